from __future__ import annotations

from typing import NoReturn

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.data.datasets import photo
from contrastlab.models.restorer.inference import Findings
from contrastlab.models.restorer.repairs import Repairs

PICTURE = photo("chelsea")[:48, :64]
KNOWN = {"noise": 20, "quality": 90, "blur": None}


def absent() -> NoReturn:
    raise LabError("checkpoint.missing", name="restorer", file="config.json")


def test_what_was_told_is_enough_for_a_classical_method_without_the_network() -> None:
    repairs = Repairs.of(absent, "nlm", 1, KNOWN)
    found = repairs.findings(PICTURE, None)
    assert found == Findings(noise=20, quality=90, blur=0)
    (step,) = repairs.steps(PICTURE, None, found)
    assert step.image is not None and step.image.shape == PICTURE.shape
    assert not np.array_equal(step.image, PICTURE)


def test_the_network_itself_cannot_be_done_without() -> None:
    repairs = Repairs.of(absent, "restorer", 1, KNOWN)
    with pytest.raises(LabError, match="checkpoint.missing"):
        repairs.findings(PICTURE, None)
    with pytest.raises(LabError, match="restore.nobody_estimates"):
        Repairs.of(absent, "nlm", 1, {}).findings(PICTURE, None)


@pytest.mark.parametrize(("method", "strength", "told", "key"), [
    ("magic", 1, {}, "restore.unknown_method"), ("nlm", 2, {}, "knob.out_of_range"),
    ("nlm", 1, {"noise": float("nan")}, "knob.not_a_number"), ("nlm", 1, {"quality": 0}, "knob.out_of_range"),
])
def test_what_cannot_be_is_refused(method: str, strength: float, told: dict[str, object], key: str) -> None:
    with pytest.raises(LabError, match=key):
        Repairs.of(absent, method, strength, told)


def test_a_mask_of_another_size_is_refused_before_anything_is_estimated() -> None:
    with pytest.raises(LabError, match="restore.wrong_mask"):
        Repairs.of(absent, "telea", 1, {}).findings(PICTURE, np.ones((3, 3), bool))
