"""A policy as torchvision.transforms.v2 classes, which draw for themselves."""

from __future__ import annotations

from typing import Any

from ..policies import Policy
from ..steps import Step
from .exported import Exported, Note

_HEAD = """import torch
from torchvision.transforms import v2
from torchvision.transforms.v2 import InterpolationMode
"""
_BILINEAR = "interpolation=InterpolationMode.BILINEAR"


def policy_to_torchvision(policy: Policy, size: tuple[int, int]) -> Exported:
    """Code that makes `transform`, for uint8 tensors (3, H, W) or PIL pictures of size (width, height).

    Random numbers are torchvision's own, so only the kind and range of change agree, not the single draw;
    notes say where the ranges differ too. Steps that torchvision lacks are left out with a note.
    """
    lines, notes = [], []
    for step in policy.steps:
        call, step_notes = _call(step, size)
        notes += step_notes
        if call:
            lines.append(f"    {call},")
        if call and policy.border != "constant" and step.KIND in ("rotate", "translate", "scale", "shear"):
            notes.append(Note("filled_black", {"step": step.KIND, "border": policy.border}))
    lines = lines or ["    v2.Identity(),"]
    code = "\n".join([_HEAD, "transform = v2.Compose([", *lines, "])"]) + "\n"
    return Exported(code, tuple(notes))


def _call(step: Step, size: tuple[int, int]) -> tuple[str, list[Note]]:
    """One step's constructor ('' where there is none) and notes."""
    s: Any = step
    width, height = size
    other = [Note("other_range", {"step": step.KIND})]
    kind = step.KIND
    if kind == "flip":
        return f"v2.RandomHorizontalFlip(p={s.p})", []
    if kind == "flip-vertical":
        return f"v2.RandomVerticalFlip(p={s.p})", []
    if kind == "grayscale":
        return f"v2.RandomGrayscale(p={s.p})", []
    if kind == "equalise":
        return f"v2.RandomEqualize(p={s.p})", []
    if kind == "autocontrast":
        return f"v2.RandomAutocontrast(p={s.p})", []
    if kind == "posterise":
        return f"v2.RandomPosterize({s.bits}, p={s.p})", other
    if kind == "solarise":
        return f"v2.RandomSolarize({min(s.threshold, 255)}, p={s.p})", other
    if kind == "sharpness":
        return f"v2.RandomAdjustSharpness({1 + s.strength}, p={s.p})", other
    if kind == "perspective":
        return f"v2.RandomPerspective({s.distortion / 100}, p={s.p})", other
    if kind == "cutout":
        share = (s.side / 100 * min(size)) ** 2 / (width * height)
        return f"v2.RandomErasing(p={s.p}, scale=({share}, {share}), ratio=(1, 1), value={s.fill})", other
    if kind == "rotate":
        return _by_chance(s.p, f"v2.RandomRotation({s.degrees}, {_BILINEAR})"), []
    if kind == "translate":
        shares = [s.distance / 100] * 2 if s.measure == "%" else [s.distance / width, s.distance / height]
        fits = [min(share, 1) for share in shares]
        return _by_chance(s.p, f"v2.RandomAffine(0, translate={tuple(fits)}, {_BILINEAR})"), []
    if kind == "scale":
        return _by_chance(s.p, f"v2.RandomAffine(0, scale=({s.smallest}, {s.largest}), {_BILINEAR})"), other
    if kind == "shear":
        reach = (-s.degrees_x, s.degrees_x, -s.degrees_y, s.degrees_y)
        return _by_chance(s.p, f"v2.RandomAffine(0, shear={reach}, {_BILINEAR})"), other
    if kind == "crop":
        out = (s.size, s.size) if s.size else (height, width)
        scale, ratio = (s.smallest, s.largest), (1 / s.stretch, s.stretch)
        call = f"v2.RandomResizedCrop({out}, scale={scale}, ratio={ratio}, antialias=True)"
        return _by_chance(s.p, call), [Note("crop_draw")]
    if kind in ("brightness", "contrast", "saturation"):
        return _by_chance(s.p, f"v2.ColorJitter({kind}={s.strength})"), []
    if kind == "hue":
        return _by_chance(s.p, f"v2.ColorJitter(hue={s.turn})"), _hue_notes(s.form)
    if kind == "jitter":
        strengths = ", ".join(
            f"{name}={getattr(s, name)}" for name in ("brightness", "contrast", "saturation", "hue")
        )
        return _by_chance(s.p, f"v2.ColorJitter({strengths})"), [*_hue_notes(s.form), Note("jitter_order")]
    if kind == "blur" and s.smallest > 0:
        taps = min(2 * int(4 * s.largest + 1) + 1, 2 * (min(size) - 1) + 1)
        return _by_chance(s.p, f"v2.GaussianBlur({taps}, sigma=({s.smallest}, {s.largest}))"), []
    if kind == "jpeg":
        return _by_chance(s.p, f"v2.JPEG(({s.lowest}, {s.highest}))"), [Note("codec")]
    if kind == "randaugment":
        return _by_chance(s.p, f"v2.RandAugment({s.count}, {s.strength}, {_BILINEAR})"), other
    if kind == "trivialaugment":
        return _by_chance(s.p, f"v2.TrivialAugmentWide({_BILINEAR})"), other
    return "", [Note("left_out", {"step": kind})]


def _by_chance(p: float, call: str) -> str:
    return call if p == 1 else f"v2.RandomApply([{call}], p={p})"


def _hue_notes(form: str) -> list[Note]:
    return [Note("hue")] if form == "yiq" else []
