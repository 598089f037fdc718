from __future__ import annotations

import base64
import io
import re

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contrastlab.metrics.retrieval import Band
from contrastlab.ui.drawing import (
    bars,
    complaint,
    exact,
    framed,
    histogram,
    line_chart,
    number,
    overlay,
    photograph,
    share,
    tag,
    text,
    track,
)

BAND = Band(0.1, 0.3, 0.58, (1 / 80,) * 80)
HOSTILE = "\"'><script>alert(1)</script>&"


def decoded(address: str) -> np.ndarray:
    head, _, data = address.partition(",")
    assert head in ("data:image/jpeg;base64", "data:image/png;base64")
    return np.asarray(PIL.Image.open(io.BytesIO(base64.b64decode(data))))


@given(st.text())
def test_text_and_attributes_never_become_markup(words: str) -> None:
    made = tag("p", text(words), title=words)
    assert len(re.findall(r"<", made)) == 2
    assert made.count('"') == 2


def test_everything_that_takes_words_escapes_them() -> None:
    pictures = photograph(np.zeros((8, 8, 3), np.uint8))
    drawn = [
        complaint(HOSTILE),
        framed(pictures, alt=HOSTILE),
        track(role="learned", who=HOSTILE, value=0.5, reference=HOSTILE, band=BAND, spoken=HOSTILE),
        bars([("learned", HOSTILE, 0.1)], spoken=HOSTILE),
        histogram(np.array([0.5], np.float32), BAND.shares, x_label=HOSTILE, spoken=HOSTILE),
        line_chart([0, 1], [("learned", HOSTILE, [0, 1])], x_label=HOSTILE, x_ticks=[(0, HOSTILE)], spoken=HOSTILE),
    ]
    for made in drawn:
        assert "<script" not in made
        assert "alert(1)" in made


def test_numbers_have_a_real_minus_and_no_minus_nought() -> None:
    assert number(-0.456) == "−0.46"
    assert number(-0.001) == "0.00"
    assert number(12.34, 0) == "12"


@pytest.mark.parametrize(("value", "expected"), [(-1, 0), (0, 0), (0.25, 25), (1, 100), (1.2, 100)])
def test_shares_stay_on_the_rail(value: float, expected: float) -> None:
    assert share(value) == expected


def test_the_mark_stands_at_its_value_and_the_band_where_it_was_measured() -> None:
    made = track(role="learned", who="Network", value=0.81, reference="", band=BAND, spoken="")
    assert 'class="dot" style="left:81.0%"' in made
    assert 'class="band" style="left:10.0%;width:48%"' in made


def test_previews_are_jpeg_and_small_pictures_are_exact() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    assert decoded(photograph(picture)).shape == (20, 30, 3)
    np.testing.assert_array_equal(decoded(exact(picture)), picture)


def test_an_overlay_is_coloured_where_its_area_is_and_clear_elsewhere() -> None:
    area = np.zeros((4, 6), bool)
    area[1, 2] = True
    made = decoded(overlay({"caution": area, "generated": np.zeros_like(area)}))
    assert tuple(made[1, 2][:3]) == (0xE6, 0x9F, 0x00)
    assert made[1, 2, 3] > 0
    assert made[..., 3].sum() == made[1, 2, 3]


def test_histogram_bars_have_the_heights_of_their_shares() -> None:
    values = np.array([0.01] * 30 + [0.99] * 10, np.float32)
    made = histogram(values, None, x_label="", spoken="")
    heights = [float(tall) for tall in re.findall(r'class="bin learned"[^>]*height="([\d.]+)"', made)]
    assert len(heights) == 2
    assert heights[0] == pytest.approx(3 * heights[1], rel=0.01)
