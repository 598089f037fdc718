"""A draw as torchvision.transforms.v2 calls with fixed numbers."""

from __future__ import annotations

import math

import numpy as np

from ..apply import Part, geometry, runs
from ..drawn import Drawn
from ..steps.base import Floats, Geometry, Linear, Step, Values
from ..steps.colour import colour_matrix
from ..steps.geometry import Crop
from ..warp import PLAIN_STRIDE, strides
from .exported import Exported, Note

_PAD_MODES = {"replicate": "edge", "reflect": "symmetric", "reflect101": "reflect"}
_HEAD = """import torch
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as F

x = torch.from_numpy(image.copy()).permute(2, 0, 1)  # uint8 (3, height, width), RGB
"""


def drawn_to_torchvision(drawn: Drawn, size: tuple[int, int]) -> Exported:
    """Code that changes `image`, uint8 (H, W, 3) of size (width, height), into `result` by this draw.

    Equal up to rounding (2 levels inside the picture) unless a note says otherwise. A run of geometry is
    one call of `F.perspective`, which takes any matrix.
    """
    lines: list[str] = []
    notes: list[Note] = []
    for kind, run in runs(drawn.steps):
        lines.append("# " + ", ".join(_said(part) for part in run))
        if kind is Geometry:
            lines += _geometry(run, size, drawn.border, notes)
            size = geometry(run, size)[1]
        elif kind is Linear:
            lines += _linear(run, notes)
        else:
            for part in run:
                lines += _other(part, size, notes)
    code = _HEAD + "".join(line + "\n" for line in lines) + "result = x.permute(1, 2, 0).numpy()\n"
    return Exported(code, tuple(notes))


def _geometry(run: list[Part], size: tuple[int, int], border: str, notes: list[Note]) -> list[str]:
    """A run of geometry: the border made by padding, then the matrix, then the output's frame cut out."""
    backward, out_size = geometry(run, size)
    if max(float(stride) for stride in strides(backward, out_size)) > PLAIN_STRIDE:
        step, values = run[0]
        if len(run) == 1 and isinstance(step, Crop):
            notes.append(Note("box"))
            left, top, width, height = (round(float(edge)) for edge in step.box(values, *size))
            box, out = f"{top}, {left}, {height}, {width}", [out_size[1], out_size[0]]
            return [f"x = F.resized_crop(x, {box}, {out}, antialias=True)"]
        notes.append(Note("aliased"))
    margins = _margins(backward, size, out_size)
    # Mirroring cannot reach further than the picture itself, and wrapping is no padding mode.
    reach = {"reflect101": (size[0] - 1, size[1] - 1) * 2, "reflect": size * 2}.get(border, margins)
    if (border == "wrap" and any(margins)) or any(m > r for m, r in zip(margins, reach, strict=True)):
        notes.append(Note("border"))
    left, top, right, bottom = (min(m, r) for m, r in zip(margins, reach, strict=True))
    lines = []
    if any(margins):
        mode = _PAD_MODES.get(border, "constant")
        lines.append(f"x = F.pad(x, {[left, top, right, bottom]}, padding_mode={mode!r})")
    wider, higher = out_size[0] - size[0] - left - right, out_size[1] - size[1] - top - bottom
    if wider > 0 or higher > 0:
        lines.append(f"x = F.pad(x, [0, 0, {max(wider, 0)}, {max(higher, 0)}])")
    # torchvision counts from the outer edge, where pixel 0 has its centre at 0.5; the padding moved the source.
    edge = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    moved = np.array([[1, 0, left], [0, 1, top], [0, 0, 1]]) @ edge @ backward @ np.linalg.inv(edge)
    coefficients = (moved / moved[2, 2]).ravel()[:8].tolist()
    return [
        *lines,
        f"x = F.perspective(x, None, None, InterpolationMode.BILINEAR, coefficients={coefficients})",
        f"x = F.crop(x, 0, 0, {out_size[1]}, {out_size[0]})",
    ]


def _margins(backward: Floats, size: tuple[int, int], out_size: tuple[int, int]) -> tuple[int, int, int, int]:
    """How far outside the source is read, in whole pixels: left, top, right, bottom."""
    corners = np.array([[x, y, 1] for x in (0, out_size[0] - 1) for y in (0, out_size[1] - 1)]) @ backward.T
    xs, ys = corners[:, 0] / corners[:, 2], corners[:, 1] / corners[:, 2]

    def over(excess: float) -> int:
        # One pixel more than needed: bilinear reading mixes in the neighbour.
        return math.ceil(excess) + 1 if excess > 1e-9 else 0

    return over(-xs.min()), over(-ys.min()), over(xs.max() - size[0] + 1), over(ys.max() - size[1] + 1)


def _linear(run: list[Part], notes: list[Note]) -> list[str]:
    calls = [call for part in run for call in _colour_calls(part)]
    if len(calls) > 1:
        notes.append(Note("clipping"))
    # In floats: on 8-bit pictures these calls cut fractions off, half a level darker each time.
    lines = ["x = x.float() / 255"]
    for call in calls:
        if isinstance(call, str):
            lines.append(f"x = {call}")
        else:
            lines += [
                f"matrix = torch.tensor({call.tolist()})",
                "x = torch.einsum('ij,jhw->ihw', matrix, x).clamp(0, 1)",
            ]
    return [*lines, "x = (x * 255).round().to(torch.uint8)"] if calls else []


def _colour_calls(part: Part) -> list[str | Floats]:
    """One step of linear colour as calls, or as a matrix where torchvision has no such operation."""
    step, values = part
    if step.KIND == "brightness":
        return [f"F.adjust_brightness(x, {values['factor']})"]
    if step.KIND == "contrast":
        return [f"F.adjust_contrast(x, {values['factor']})"]
    if step.KIND == "saturation":
        return [f"F.adjust_saturation(x, {values['factor']})"]
    if step.KIND == "grayscale":
        return ["F.rgb_to_grayscale(x, num_output_channels=3)"]
    if step.KIND == "hue":
        return [_matrix_of(step, values)]
    calls: list[str | Floats] = [
        f"F.adjust_{name}(x, {values[name]})"
        for name in ("brightness", "contrast", "saturation")
        if values[name] != 1
    ]
    if getattr(step, "form") == "yiq" and values["hue"] != 0:  # noqa: B009
        plain = {"brightness": 1.0, "contrast": 1.0, "saturation": 1.0, "hue": values["hue"]}
        calls.append(_matrix_of(step, plain))
    return calls


def _matrix_of(step: Step, values: Values) -> Floats:
    assert isinstance(step, Linear)
    luma, chroma, _ = step.gains(values)
    return colour_matrix(luma, chroma)[:, :3]


def _other(part: Part, size: tuple[int, int], notes: list[Note]) -> list[str]:
    """Tables and filters, one by one; what torchvision lacks is left out with a note."""
    step, values = part
    kind = step.KIND
    if kind == "" and "reads" in vars(step):  # the HSV part of hue and jitter
        turn = (values[vars(step)["reads"]] + 0.5) % 1 - 0.5
        return [f"x = F.adjust_hue(x, {turn})"]
    if kind == "posterise":
        return [f"x = F.posterize(x, {values['bits']})"]
    if kind == "solarise":
        threshold = values["threshold"]
        return [f"x = F.solarize(x, {threshold})"] if threshold <= 255 else []
    if kind == "gamma":
        return [f"x = F.adjust_gamma(x, {values['gamma']})"]
    if kind == "equalise":
        return ["x = F.equalize(x)"]
    if kind == "autocontrast":
        return ["x = F.autocontrast(x)"]
    if kind == "sharpness":
        return [f"x = F.adjust_sharpness(x, {values['factor']})"]
    if kind == "blur" and values["sigma"] > 0:
        taps = 2 * math.ceil(4 * values["sigma"]) + 1
        # torchvision mirrors at most once; a picture smaller than the kernel needs a shorter one.
        most = 2 * (min(size) - 1) + 1
        if taps > most:
            notes.append(Note("border"))
        return [f"x = F.gaussian_blur(x, {[min(taps, most)] * 2}, {[values['sigma']] * 2})"]
    if kind == "jpeg":
        notes.append(Note("codec"))
        return [f"x = F.jpeg(x, {values['quality']})"]
    if kind == "cutout":
        left, top, right, bottom = step.box(values, *size)  # type: ignore[attr-defined]
        fill = f"torch.full((3, 1, 1), {vars(step)['fill']}, dtype=torch.uint8)"
        return [f"x = F.erase(x, {top}, {left}, {bottom - top}, {right - left}, {fill})"]
    if kind == "blur":
        return []
    notes.append(Note("left_out", {"step": kind}))
    return []


def _said(part: Part) -> str:
    step, values = part
    said = " ".join(f"{name}={value:.4g}" for name, value in values.items())
    return f"{step.KIND or 'hue'} {said}".rstrip()
