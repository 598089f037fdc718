"""What is painted over the picture, and what is put in its place, without a browser."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.core.images import Image, encode_png, open_image
from contrastlab.data.datasets import photo
from contrastlab.data.degrade import Mask
from contrastlab.metrics.fidelity import psnr
from contrastlab.text import say
from contrastlab.ui.tabs.restore.paint import Paint, filled
from contrastlab.ui.tabs.restore.painting import brought, in_the_whole, painted, picture_stamp
from contrastlab.ui.tabs.restore.scene import PIECES, STAGE, Scene
from contrastlab.ui.tabs.restore.view import MINE, View

from .visiting import MendingVisit


def scene(mending: MendingVisit, own: str | None = None, **values: Any) -> Scene:
    return Scene(mending.lab, replace(View(photo="" if own else View().photo), **values), own, "", "en")


def strokes() -> Mask:
    """A line and a dot on the stage."""
    mask = np.zeros((STAGE[1], STAGE[0]), bool)
    mask[60:66, 40:200] = mask[120:130, 220:230] = True
    return mask


def canvas(mask: Mask) -> bytes:
    """As a browser gives it out: colour where it is painted, nothing elsewhere."""
    colour = np.zeros((*mask.shape, 3), np.uint8)
    colour[mask] = (213, 94, 0)
    return encode_png(colour, (mask * np.uint8(255)))


def said(looked: Scene, content: bytes) -> str:
    return f"{picture_stamp(looked)} data:image/png;base64,{base64.b64encode(content).decode()}"


def pictures(html: str) -> list[Image]:
    return [open_image(base64.b64decode(one)).pixels for one in re.findall(r'base64,([^"]+)"', html)]


def test_what_was_painted_arrives_to_the_pixel(mending: MendingVisit) -> None:
    looked = scene(mending)
    found = painted(said(looked, canvas(strokes())), looked)
    assert found is not None
    assert np.array_equal(found, strokes())


def test_nothing_painted_is_nothing_missing(mending: MendingVisit) -> None:
    looked = scene(mending)
    for empty in ("", said(looked, canvas(np.zeros_like(strokes())))):
        assert painted(empty, looked) is None
        assert say("restore.paint.nothing", "en") in filled(looked, painted(empty, looked))


def test_what_was_painted_on_another_picture_does_not_count_here(mending: MendingVisit) -> None:
    there = said(scene(mending, photo="coffee"), canvas(strokes()))
    assert painted(there, scene(mending)) is None
    # The damage that is looked at does not matter: it is painted on what was there before.
    assert painted(said(scene(mending), canvas(strokes())), scene(mending, damage="jpeg", strength=30.0)) is not None


@pytest.mark.parametrize(
    "wrong",
    ["x", "data:text/html,hello", *(f"data:image/png;base64,{one}" for one in ("####", "AAAA", "A" * 10_000_000))],
)
def test_what_no_canvas_sends_is_refused(mending: MendingVisit, wrong: str) -> None:
    looked = scene(mending)
    with pytest.raises(LabError):
        painted(f"{picture_stamp(looked)} {wrong}", looked)


def test_outside_the_marks_every_pixel_is_as_it_was_and_inside_the_truth_is_told(mending: MendingVisit) -> None:
    looked, mask = scene(mending), strokes()
    drawn = filled(looked, mask)
    network, older = pictures(drawn)
    for image in (network, older):
        assert np.array_equal(image[~mask], looked.source[~mask])
        assert f"{psnr(image, looked.source, mask):.1f} dB" in drawn
    assert np.array_equal(network, mending.lab.restorer().restore(looked.source, mask, strength=0.0))
    assert f"{int(mask.sum()):,}" in drawn


def test_nobody_knows_what_was_behind_a_scratch_of_ones_own(mending: MendingVisit, tmp_path: Path) -> None:
    path = tmp_path / "mine.png"
    path.write_bytes(encode_png(photo("coffee")[:150, :200]))
    drawn = re.sub(r"base64,[^\"]+", "", filled(scene(mending, str(path)), np.eye(150, 200, dtype=bool)))
    assert " dB" not in drawn
    assert say("restore.paint.truth", "en") not in drawn


def test_all_painted_over_leaves_nothing_to_work_from(mending: MendingVisit) -> None:
    looked = scene(mending)
    with pytest.raises(LabError) as told:
        filled(looked, np.ones_like(strokes()))
    assert told.value.key == "restore.all_missing"


def test_a_mask_may_be_of_the_stage_or_of_the_whole_and_of_nothing_else(mending: MendingVisit, tmp_path: Path) -> None:
    looked, white = scene(mending), tmp_path / "mask.png"

    def as_file(mask: Mask) -> str:
        white.write_bytes(encode_png(np.repeat(mask[:, :, None] * np.uint8(255), 3, axis=2)))
        return str(white)

    assert np.array_equal(brought(as_file(strokes()), looked), strokes())
    height, width = photo("chelsea").shape[:2]
    whole = in_the_whole(strokes(), looked, height, width)
    assert np.array_equal(brought(as_file(whole), looked), strokes())
    with pytest.raises(LabError) as told:
        brought(as_file(np.zeros((50, 60), bool)), looked)
    assert told.value.key == "restore.wrong_mask"


@pytest.mark.parametrize("name", sorted(PIECES))
def test_a_mark_lies_in_the_whole_photograph_where_it_was_painted(mending: MendingVisit, name: str) -> None:
    looked = scene(mending, photo=name)
    height, width = photo(name).shape[:2]
    left, top, across = PIECES[name]
    whole = in_the_whole(strokes(), looked, height, width)
    assert whole.shape == (height, width)
    rows, columns = np.nonzero(whole)
    scale = across / STAGE[0]
    assert rows.min() == pytest.approx(top + 60 * scale, abs=2)
    assert columns.min() == pytest.approx(left + 40 * scale, abs=2)
    assert whole.sum() == pytest.approx(strokes().sum() * scale**2, rel=0.1)


def test_a_piece_of_ones_own_damaged_picture_is_marked_where_it_was_cut(mending: MendingVisit, tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(encode_png(np.zeros((500, 700, 3), np.uint8)))
    looked = scene(mending, str(path), damage=MINE, strength=100.0, place=(1000, 0))
    whole = in_the_whole(strokes(), looked, 500, 700)
    assert np.array_equal(whole[: STAGE[1], 700 - STAGE[0] :], strokes())
    assert whole.sum() == strokes().sum()


def fold(mending: MendingVisit) -> Paint:
    return next(one for one in mending.tab.folds if isinstance(one, Paint))


def test_a_moved_slider_does_not_wipe_the_canvas_and_another_picture_does(mending: MendingVisit) -> None:
    here, looked = fold(mending), scene(mending)
    first = here.show(looked, "", "")
    assert "<canvas" in first[here.canvas]
    shown = first[here.shown]
    assert here.show(scene(mending, strength=20.0), "", shown) == {}
    other = here.show(scene(mending, photo="coffee"), "", shown)
    assert "<canvas" in other[here.canvas]
    spoken = here.show(replace(looked, language="zh"), "", shown)
    assert here.canvas not in spoken
    assert say("restore.paint.nothing", "zh") in spoken[here.filled]


def test_the_whole_picture_is_filled_in_and_offered(mending: MendingVisit) -> None:
    here, looked = fold(mending), scene(mending)
    steps = here._save(looked, strokes())
    try:
        while True:
            next(steps)
    except StopIteration as end:
        last = end.value
    pixels = open_image(Path(last[here.file]["value"])).pixels
    missing = in_the_whole(strokes(), looked, *pixels.shape[:2])
    assert np.array_equal(pixels[~missing], photo("chelsea")[~missing])
    assert np.array_equal(pixels, mending.lab.restorer().restore(photo("chelsea"), missing, strength=0.0))
