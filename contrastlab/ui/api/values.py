"""Values of a call: checked by what the endpoint's signature says they are, pictures in and out as files."""

from __future__ import annotations

import inspect
import math
import reprlib
import types
import typing
from collections.abc import Mapping
from typing import Any

import gradio as gr

from ...core.errors import LabError
from ...core.images import Image as Pixels
from ...core.images import Picture, encode_png, open_image
from ...models.restorer.inference import MOST
from ..guard import check_uploaded
from ..offering import kept


def checked(signature: inspect.Signature, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, if each is of the kind that the signature says; what they mean is checked further in.

    Raises LabError ``knob.not_whole``, ``knob.not_a_number``, ``api.not_text`` or ``api.not_settings``.
    """
    return {
        name: _checked(name, signature.parameters[name].annotation, value) for name, value in arguments.items()
    }


def picture_of(upload: Any, *, max_side: int | None = None) -> Picture:
    """The uploaded picture. Raises LabError ``api.not_uploaded``, ``api.too_large``, and what `open_image` raises."""
    path = upload.get("path") if isinstance(upload, dict) else getattr(upload, "path", None)
    if not isinstance(path, str):
        raise LabError("api.not_uploaded")
    picture = open_image(check_uploaded(path), max_side=max_side)
    height, width = picture.pixels.shape[:2]
    if height * width > MOST:
        raise LabError("api.too_large", width=width, height=height, limit=MOST // 1_000_000)
    return picture


def file_of(pixels: Pixels, name: str, source: Picture | None = None, **about: Any) -> gr.FileData:
    """A PNG of the pixels, with the colour profile of `source` and what else `encode_png` is told."""
    profile = None if source is None else source.icc_profile
    path = kept(f"{name}.png", encode_png(pixels, icc_profile=profile, **about))
    return gr.FileData(path=str(path), orig_name=path.name, mime_type="image/png")


def _checked(name: str, kind: Any, value: Any) -> Any:
    options = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    if value is None and types.NoneType in options:
        return None
    if str in options and not isinstance(value, str):
        raise LabError("api.not_text", name=name)
    if int in options and (isinstance(value, bool) or not isinstance(value, int)):
        raise LabError("knob.not_whole", name=name, got=reprlib.repr(value))
    if float in options and not _is_number(value):
        raise LabError("knob.not_a_number", name=name, got=reprlib.repr(value))
    if any(typing.get_origin(one) is dict for one in options) and not _is_settings(value):
        raise LabError("api.not_settings", name=name)
    return value


def _is_number(value: Any) -> bool:
    try:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


def _is_settings(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(settings, dict) for settings in value.values())
