from __future__ import annotations

from pathlib import Path

import gradio as gr
import pytest
from gradio.data_classes import ImageData

from contrastlab.core.knobs import Knob
from contrastlab.ui import widgets
from contrastlab.ui.widgets import PicturePathImage, Words, merged, slider


def test_a_slider_is_its_knob() -> None:
    knob = Knob("degrees", 0, 180, 15, 1, "deg")
    words = Words()
    with gr.Blocks():
        made = slider(words, knob, "knob.degrees", name="turn")
    assert (made.minimum, made.maximum, made.step, made.value) == (0, 180, 1, 15)
    assert made.elem_id == "knob-turn"
    assert "control-turn" in made.elem_classes
    assert "unit-degrees" in made.elem_classes
    assert made.label == "angle up to"
    assert words.in_language("zh")[made]["label"] == "最大角度"


def test_words_reach_values_labels_and_choices() -> None:
    words = Words()
    with gr.Blocks():
        button = words.on(gr.Button(), value="page.reset")
        radio = words.on(gr.Radio(["a"]), choices=lambda language: [(language, "a")])
    assert button.value == "Reset"
    chinese = words.in_language("zh")
    assert chinese[button]["value"] == "重置"
    assert chinese[radio]["choices"] == [("zh", "a")]
    assert words.components == [button, radio]


def test_two_updates_of_one_component_both_count() -> None:
    both = merged({"a": gr.update(label="L"), "b": 1}, {"a": 5, "b": gr.update(visible=False)})
    assert both["a"] == gr.update(label="L", value=5)
    assert both["b"] == gr.update(value=1, visible=False)


def test_a_picture_comes_in_as_a_path_that_nobody_has_opened(tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not a picture")
    with gr.Blocks():
        place = PicturePathImage()
    assert place.preprocess(ImageData(path=str(broken))) == str(broken)
    assert place.preprocess(None) is None
    assert place.get_block_name() == "image"
    with pytest.raises(Exception, match="cannot identify|error"):
        gr.Image().preprocess(ImageData(path=str(broken)))  # the stock one raises before any handler


def test_gradio_writes_no_file_beside_the_source() -> None:
    assert not Path(widgets.__file__).with_suffix(".pyi").exists()
