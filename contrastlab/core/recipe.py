"""Recipes: one TOML file trains one checkpoint. Every field is required, unknown keys are errors."""

from __future__ import annotations

import dataclasses
import json
import tomllib
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from .errors import LabError

R = TypeVar("R")


def read_recipe(path: Path, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """The table in a recipe file with ``key=value`` overrides applied, not yet checked against a schema.

    Override values are written as in TOML; a bare word counts as a string.
    Raises LabError ``recipe.missing_file``, ``recipe.not_toml`` or ``recipe.bad_override``.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, IsADirectoryError):
        raise LabError("recipe.missing_file", path=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LabError("recipe.not_toml", path=str(path), why=str(error)) from None
    for override in overrides:
        key, separator, text = override.partition("=")
        if not separator or not key:
            raise LabError("recipe.bad_override", got=override)
        table[key.strip()] = _toml_value(text.strip())
    return table


def check_recipe(table: Mapping[str, Any], schema: type[R], *, where: str) -> R:
    """The table as the frozen dataclass of a family.

    Raises LabError ``recipe.unknown_key``, ``recipe.missing_key`` or ``recipe.wrong_type``,
    naming the file, the key, what was found and what is accepted.
    """
    fields = {field.name for field in dataclasses.fields(schema)}  # type: ignore[arg-type]
    hints = typing.get_type_hints(schema)
    for key in table:
        if key not in fields:
            raise LabError("recipe.unknown_key", where=where, key=key, options=", ".join(sorted(fields)))
    values = {}
    for name in sorted(fields):
        if name not in table:
            raise LabError("recipe.missing_key", where=where, key=name)
        values[name] = _fit(table[name], hints[name], where=where, key=name)
    return schema(**values)


def show_recipe(recipe: Any) -> str:
    """The recipe as TOML text that `read_recipe` reads back to an equal recipe."""
    lines = [f"{field.name} = {_toml_text(getattr(recipe, field.name))}" for field in dataclasses.fields(recipe)]
    return "\n".join(lines) + "\n"


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _toml_text(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml_text(item) for item in value) + "]"
    # JSON's strings, numbers and booleans are valid TOML.
    return json.dumps(value)


def _fit(value: Any, kind: Any, *, where: str, key: str) -> Any:
    origin = typing.get_origin(kind)
    if origin in (tuple, list) and isinstance(value, (list, tuple)):
        inner = typing.get_args(kind)[0]
        return tuple(_fit(item, inner, where=where, key=key) for item in value)
    if origin in (typing.Union, types.UnionType):
        raise TypeError(f"{key}: a recipe field has one type")
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if origin is None and isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool):
        return value
    accepted = getattr(kind, "__name__", str(kind)) if origin is None else str(kind)
    raise LabError("recipe.wrong_type", where=where, key=key, got=repr(value), accepted=accepted)
