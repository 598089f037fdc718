"""The named endpoints give what the package gives, and say what they take."""

from __future__ import annotations

import errno
import inspect
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from contrastlab.core.device import Device
from contrastlab.data.augment import POLICIES, apply, draw, policy
from contrastlab.data.datasets import photo
from contrastlab.data.degrade import DAMAGES, HOLES, degrade
from contrastlab.lab import BASELINES
from contrastlab.models.restorer.repairs import METHOD
from contrastlab.ui.api import Endpoints
from contrastlab.ui.api.registering import answering
from contrastlab.ui.safely import LIGHT

from .calling import Caller, Refused, serving
from .conftest import SmallLab

PICTURE = np.ascontiguousarray(photo("chelsea")[40:160, 60:240])
NAMES = {"models", "augment", "embed", "neighbours", "generate", "degrade", "restore"}


@pytest.fixture(scope="module")
def caller(lab: SmallLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    with serving(lab, tmp_path_factory.mktemp("gradio")) as caller:
        yield caller


def file_of(caller: Caller, value: dict[str, object]) -> dict[str, object]:
    """The same picture, brought anew."""
    return caller.upload((caller.cache / str(value["path"])).read_bytes())


def test_these_and_no_others_are_named_and_each_is_described(caller: Caller) -> None:
    info = caller.http.get("/gradio_api/info").json()
    assert set(info["named_endpoints"]) == {f"/{name}" for name in NAMES}
    assert info["unnamed_endpoints"] == {}
    for name, about in info["named_endpoints"].items():
        assert len(about["description"]) > 40, name
        method = getattr(Endpoints, name.removeprefix("/"))
        said = inspect.getdoc(method) or ""
        for one in about["parameters"]:
            assert one["type"], f"{name} does not say what {one['parameter_name']} is"
            assert f"{one['parameter_name']}: " in said
        assert "Returns:" in said
        # Gradio reads one line for each, so no line may go on in the next.
        arguments = said.split("Args:")[1].split("Returns:")[0].strip().splitlines() if "Args:" in said else []
        assert len(arguments) == len(about["parameters"])


def test_what_can_be_named_stands_in_the_descriptions() -> None:
    assert all(name in (Endpoints.augment.__doc__ or "") for name in POLICIES)
    assert all(name in (Endpoints.restore.__doc__ or "") for name in METHOD.options)
    assert all(name in (Endpoints.embed.__doc__ or "") for name in BASELINES)
    said = Endpoints.degrade.__doc__ or ""
    assert all(f"{name} (" in said for name in (*DAMAGES, HOLES))
    assert all(knob.name in said for damage in DAMAGES.values() for knob in damage.knobs)


def test_models_lists_what_the_others_know(caller: Caller, lab: SmallLab) -> None:
    (listed,) = caller.call("models")
    kinds = {one["name"]: one["kind"] for one in listed}
    assert kinds["gan-flowers64"] == "gan" and kinds["restorer"] == "restorer"
    assert kinds["pixels"] == kinds["untrained"] == "baseline"
    assert kinds["glyphs"] == "gallery" and "cifar10" not in kinds, "only what is on this machine"
    flowers = next(one for one in listed if one["name"] == "gan-flowers64")
    assert flowers["classes"][0] == "daisy" and flowers["draft"] is True


def test_augment_gives_what_the_package_gives(caller: Caller) -> None:
    upload = caller.picture(PICTURE)
    (answer,) = caller.call("augment", picture=upload, policy="strong", seed=7)
    assert np.array_equal(caller.pixels(answer), apply(PICTURE, draw(policy("strong"), 7)))
    (again,) = caller.call("augment", picture=upload, policy="strong", seed=8)
    assert not np.array_equal(caller.pixels(again), caller.pixels(answer))


def test_embed_gives_a_vector_of_unit_length(caller: Caller, lab: SmallLab) -> None:
    (row,) = caller.call("embed", picture=caller.picture(PICTURE))
    assert np.linalg.norm(row) == pytest.approx(1, abs=1e-5)
    assert np.allclose(row, lab.encoder().embed([PICTURE])[0], atol=1e-6)


def test_neighbours_of_a_picture_and_of_a_place(caller: Caller, lab: SmallLab) -> None:
    gallery = lab.gallery("glyphs")
    (found,) = caller.call("neighbours", picture=caller.picture(gallery.pictures[17]), gallery="glyphs", count=3)
    assert [one["rank"] for one in found] == [1, 2, 3]
    assert found[0]["place"] == 17 and found[0]["itself"] and found[0]["class"] == gallery.class_of(17)
    (others,) = caller.call("neighbours", place=17, gallery="glyphs", count=2)
    assert [one["place"] for one in others] == [one["place"] for one in found[1:]]
    with pytest.raises(Refused, match="one of the two"):
        caller.call("neighbours", gallery="glyphs")
    with pytest.raises(Refused, match="from 0 to 119"):
        caller.call("neighbours", place=120, gallery="glyphs")
    with pytest.raises(Refused, match="not on this machine"):
        caller.call("neighbours", place=0, gallery="cifar10")


def test_generate_paints_what_the_package_paints(caller: Caller, lab: SmallLab) -> None:
    (answer,) = caller.call("generate", name="gan-flowers64", seed=5, class_name="rose", truncation=0.5)
    expected = lab.generator("gan-flowers64").generate([5], [2], truncation=0.5)[0]
    assert np.array_equal(caller.pixels(answer), expected)
    (by_number,) = caller.call("generate", name="gan-flowers64", seed=5, class_name="2", truncation=0.5)
    assert np.array_equal(caller.pixels(by_number), expected)


def test_degrade_then_restore_with_the_mask(caller: Caller, lab: SmallLab) -> None:
    damages = {"noise": {"noise": 30}, "holes": {"holes": 0.2, "kind": "dots"}}
    damaged, mask = caller.call("degrade", picture=caller.picture(PICTURE), damages=damages, seed=3)
    expected = degrade(PICTURE, list(damages.items()), 3)
    assert np.array_equal(caller.pixels(damaged), expected.image)
    assert np.array_equal(caller.pixels(mask)[..., 0] > 127, expected.missing)
    again = [file_of(caller, one) for one in (damaged, mask)]
    restored, found = caller.call("restore", picture=again[0], mask=again[1], sigma=30)
    assert caller.pixels(restored).shape == PICTURE.shape
    assert found["noise"] == 30 and set(found) == {"noise", "quality", "blur"}
    plain, nothing = caller.call("degrade", picture=caller.picture(PICTURE), damages={"blur": {}})
    assert nothing is None and not np.array_equal(caller.pixels(plain), PICTURE)


def test_a_classical_method_can_be_asked_for(caller: Caller) -> None:
    restored, _ = caller.call("restore", picture=caller.picture(PICTURE), method="nlm", sigma=20, quality=100, blur=0)
    assert not np.array_equal(caller.pixels(restored), PICTURE)


def test_mistakes_are_told_in_the_language_asked_for(caller: Caller) -> None:
    for language, words in (("en", "There is no policy"), ("zh", "没有")):
        with pytest.raises(Refused, match=words):
            caller.call("augment", picture=caller.picture(PICTURE), policy="wild", language=language)


def test_what_is_sent_back_can_be_sent_in_again(caller: Caller) -> None:
    (made,) = caller.call("generate", name="gan-flowers64", seed=1)
    (row,) = caller.call("embed", picture=made)
    assert len(row) > 8


def test_a_call_that_fills_the_graphics_card_is_answered_by_the_processor() -> None:
    lab = SmallLab()
    asked: list[str] = []

    def work() -> str:
        asked.append(lab.device.kind)
        if lab.device.kind != "cpu":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return "done"

    lab.device = Device("cuda", torch.float32)
    assert answering(lab, work, LIGHT)() == "done"
    assert asked == ["cuda", "cpu"] and lab.device.kind == "cpu"


def test_a_full_disk_is_told(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, data: bytes) -> int:
        self.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    before = set(caller.cache.iterdir())
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(Refused, match="no room left"):
        caller.call("generate", name="gan-flowers64", seed=1)
    assert set(caller.cache.iterdir()) == before, "nothing half-written stays"


def test_a_bug_of_ours_is_a_number_and_no_traceback(
    caller: Caller, lab: SmallLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("the secret of /home")

    monkeypatch.setattr(lab, "generator", broken)
    with pytest.raises(Refused, match="number [0-9a-f]{6}") as told:
        caller.call("generate", name="gan-flowers64")
    assert "secret" not in str(told.value)
