"""The room "The filter at this pixel": what the network makes one pixel of, as one enlarged picture of weights."""

from __future__ import annotations

import re
from typing import Any

import gradio as gr
import numpy as np
import numpy.typing as npt

from ....core.images import Image, encode_png
from ....models.restorer.jacobian import PixelFilter, pixel_filter, telling_places
from ....text import say
from ...drawing import embedded, exact, framed, legend, number, tag, text
from ...fold import Part
from ...theme import MEANING
from ...widgets import panel
from .scene import Scene

#: Pixels to each side of the chosen one that are shown.
REACH = 16
# So many times as long as wide, and one sees it.
_LONG = 1.3
# Of fewer pixels one does not speak of a mean.
_MANY = 1.5
# A click, or the arrow keys, aim at a pixel; page and keyboard stay where they are, since only the weights are redrawn.
_AIMING = """const frame = () => element.querySelector('.aim');
const aim = (column, row) => {
    const { width, height } = frame().dataset;
    const fit = (value, most) => Math.min(Math.max(Math.floor(value), 0), most - 1);
    const [x, y] = [fit(column, width), fit(row, height)];
    Object.assign(frame().dataset, { column: x, row: y });
    frame().style.setProperty('--x', `${100 * (x + 0.5) / width}%`);
    frame().style.setProperty('--y', `${100 * (y + 0.5) / height}%`);
    window.contrastlab.picked = `${x},${y}`;
    trigger('select', { value: window.contrastlab.picked, index: 0 });
};
element.addEventListener('click', (event) => {
    const chip = event.target.closest('[data-pick]');
    if (chip) return aim(...chip.dataset.pick.split(',').map(Number));
    if (!event.target.closest('.aim')) return;
    const box = frame().getBoundingClientRect(), { width, height } = frame().dataset;
    aim(width * (event.clientX - box.left) / box.width, height * (event.clientY - box.top) / box.height);
});
element.addEventListener('keydown', (event) => {
    const far = event.shiftKey ? 10 : 2;
    const way = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] }[event.key];
    if (!way || !event.target.closest('.aim')) return;
    event.preventDefault();
    aim(Number(frame().dataset.column) + way[0], Number(frame().dataset.row) + way[1]);
})"""


class Pixel(Part):
    """The damaged picture to aim at; beside it the pixels around the aim, and what each of them counts."""

    NAME = "pixel"

    def lay_out(self) -> None:
        words = self.words
        panel(words, lambda language: tag("p", text(say("restore.pixel.what", language))), elem_classes=["note"])
        self.place = gr.Textbox("", visible="hidden")
        #: Which picture there is to aim at.
        self.of = gr.Textbox("", visible="hidden")
        with gr.Row(elem_classes=["telling"]):
            with gr.Column():
                self.picture = panel(elem_id="restore-aim", js_on_load=_AIMING)
            with gr.Column():
                self.weights = panel(elem_id="restore-weights")
        self.inputs = [self.of, self.place]
        self.outputs = [self.of, self.picture, self.weights]
        self.triggers = [self.place.change]

    def wire(self, tab: Any) -> None:
        self.picture.select(None, None, [self.place], js="() => window.contrastlab.picked")

    def show(self, scene: Scene, of: str, place: str) -> dict[Any, Any]:
        row, column = read_place(place, scene)
        missing = scene.damaged.missing
        found = pixel_filter(
            scene.repairer, scene.damaged.image, row, column, told=scene.findings,
            missing=missing if missing.any() else None,
        )
        drawn = {self.weights: _weights(scene, found, row, column)}
        now = f"{scene.stamp} {scene.language}"
        return drawn if of == now else {**drawn, self.of: now, self.picture: _target(scene, row, column)}


def read_place(said: str, scene: Scene) -> tuple[int, int]:
    """(row, column) of a place written as "column,row"; an edge where nobody has aimed, or beside the picture."""
    height, width = scene.source.shape[:2]
    found = re.fullmatch(r"(\d{1,4}),(\d{1,4})", str(said))
    if found and int(found[2]) < height and int(found[1]) < width:
        return int(found[2]), int(found[1])
    return telling_places(scene.source)["edge"]


def _target(scene: Scene, row: int, column: int) -> str:
    """The damaged picture with the aim in it, and two places that are worth it."""
    language, image = scene.language, scene.damaged.image
    height, width = image.shape[:2]
    name = say("restore.damaged", language)
    aim = tag("span", class_="aim-mark", aria_hidden="true")
    frame = tag(
        "span", tag("img", src=exact(image), alt=name, draggable="false"), aim, class_="aim", tabindex=0,
        role="application", aria_label=say("restore.pixel.aim", language), data_width=width, data_height=height,
        data_column=column, data_row=row,
        style=f"--x:{100 * (column + 0.5) / width:.2f}%;--y:{100 * (row + 0.5) / height:.2f}%;"
              f"aspect-ratio:{width}/{height}",
    )
    chips = [tag("button", text(say(f"restore.pixel.{place}", language)), type="button", data_pick=f"{at[1]},{at[0]}",
                 class_="chip") for place, at in telling_places(scene.source).items()]
    hint = tag("p", text(say("restore.pixel.hint", language)), class_="note")
    return frame + tag("div", *chips, class_="chips") + hint


def _weights(scene: Scene, found: PixelFilter, row: int, column: int) -> str:
    language = scene.language
    around, counts = (say(f"restore.pixel.{one}", language) for one in ("around", "counts"))
    side = 2 * REACH + 1
    tiles = [
        framed(_cut_out(scene.damaged.image, row, column), alt=around, role="query", small=True,
               caption=tag("b", text(around)) + text(say("restore.pixel.side", language, side=side))),
        framed(_coloured(found, row, column), alt=counts, role="learned", small=True,
               caption=tag("b", text(counts)) + text(say("restore.pixel.strongest", language,
                                                         most=number(100 * float(np.abs(found.kernel).max()), 1)))),
    ]
    noise = say(f"restore.pixel.{'quietens' if found.effective >= _MANY else 'sharpens'}", language,
                count=f"{found.effective:.0f}", times=number(max(found.effective, 1e-6) ** -0.5, 1))
    facts = say("restore.pixel.facts", language, noise=noise, radius=number(found.radius(0.5), 1),
                total=number(float(found.kernel.sum())))
    long = found.elongation
    shape = say(f"restore.pixel.{'long' if long >= _LONG else 'round'}", language, times=number(long, 1))
    marks = legend((role, say(f"restore.pixel.{role}", language)) for role in ("positive", "negative"))
    return (tag("p", tag("b", text(shape)), class_="says") + tag("div", *tiles, class_="twins") + marks
            + tag("p", text(facts), class_="note"))


def _cut_out(image: Image, row: int, column: int) -> str:
    """The pixels around a place; beside the picture there are none."""
    plane, inside = _window(image.astype(np.float32), row, column)
    return embedded(encode_png(plane.astype(np.uint8), np.where(inside, 255, 0).astype(np.uint8)), "png")


def _coloured(found: PixelFilter, row: int, column: int) -> str:
    """What counts is seen, what counts against is of the other colour, what counts nothing is the page's ground."""
    kernel, _ = _window(found.kernel, row - found.top, column - found.left)
    # The root, since a filter's tail is what makes it wide.
    alpha = np.sqrt(np.abs(kernel) / max(float(np.abs(kernel).max()), 1e-12))
    colours = np.empty((*kernel.shape, 3), np.uint8)
    for meaning, where in (("positive", kernel >= 0), ("negative", kernel < 0)):
        colours[where] = [int(MEANING[meaning][place : place + 2], 16) for place in (1, 3, 5)]
    return embedded(encode_png(colours, np.rint(255 * alpha).astype(np.uint8)), "png")


def _window(
    plane: npt.NDArray[np.float32], row: int, column: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """`REACH` around a place, 0 where the plane ends, and where it has not."""
    beyond = [(REACH, REACH), (REACH, REACH), (0, 0)][: plane.ndim]
    rows, columns = slice(row, row + 2 * REACH + 1), slice(column, column + 2 * REACH + 1)
    inside = np.pad(np.ones(plane.shape[:2], bool), beyond[:2])[rows, columns]
    return np.pad(plane, beyond)[rows, columns], inside
