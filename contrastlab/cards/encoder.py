"""What an encoder's card says besides what every card says, and the table that compares all encoders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.checkpoint import Checkpoint
from ..text import say
from .markdown import percent, table

_NAMES = ("embedding", "projection", "untrained", "pixels")
_RETRIEVAL = ("recall@1", "recall@5", "recall@10", "map@r")
_JPEG = ("as_stored", "again", "strong")
# What each policy changes has a sentence; so has how a data set's pictures were stored before.
_IGNORED = ("simclr", "supcon", "light", "digits", "flowers")
_STORED = ("cifar10", "flowers", "mnist")


def facts(checkpoint: Checkpoint, language: str) -> dict[str, Any]:
    """What the sentences of its card need besides what every checkpoint has."""
    recipe = checkpoint.training["recipe"]
    # Recipes were SimCLR's before they named a method.
    method, policy = recipe.get("method", "simclr"), recipe.get("policy", "simclr")
    labels = "unlabelled" if method == "simclr" else "labelled"
    return {
        "about": say(f"card.encoder.about.{labels}", language, method=method),
        "labels": say(f"card.encoder.labels.{labels}", language),
        "dimension": checkpoint.architecture["widths"][-1],
        "ignored": say(f"card.encoder.ignored.{policy if policy in _IGNORED else 'other'}", language, policy=policy),
    }


def numbers(checkpoint: Checkpoint, language: str) -> str:
    """What `models.encoder.evaluation` measured, in three tables; a number that an older measurement lacks is named."""
    found = checkpoint.metrics
    if "knn" not in found:
        return say("card.not_measured", language, name=checkpoint.name)
    counts = {name: found["knn"][name] for name in ("k", "train", "test")}
    parts = [
        say("card.encoder.numbers", language, name=checkpoint.name, **counts), _accuracies(found, language),
        _geometry_text(found, language), _geometry(found, language),
        _jpeg_text(found, checkpoint.training["data"], language), _jpeg(found, language),
    ]
    return "\n\n".join(part for part in parts if part)


def together(rows: Sequence[tuple[str, Checkpoint]], language: str) -> str:
    """A row for each encoder, under the name it is given, beside what has learned nothing."""
    cells = [[name, *_compared(one.metrics, language)] for name, one in rows]
    columns = ("encoder", "accuracy", "linear", "recall@1", "map@r", "strong_short", "untrained_short", "pixels_short")
    about = say("table.encoder.about", language)
    return f"{about}\n\n{table([say(f'table.encoder.{column}', language) for column in columns], cells)}"


def _compared(found: Mapping[str, Any], language: str) -> list[str]:
    places = (
        ("knn", "embedding"), ("linear", "embedding"), ("retrieval", "embedding", "recall@1"),
        ("retrieval", "embedding", "map@r"), ("jpeg", "strong", "embedding"), ("knn", "untrained"), ("knn", "pixels"),
    )
    return [_share(found, place, language) for place in places]


def _accuracies(found: Mapping[str, Any], language: str) -> str:
    rows = [
        [
            say(f"table.encoder.{name}", language), _share(found, ("knn", name), language),
            _share(found, ("linear", name), language),
            *(_share(found, ("retrieval", name, measure), language) for measure in _RETRIEVAL),
        ]
        for name in _measured(found)
    ]
    columns = ("network", "accuracy", "linear", *_RETRIEVAL)
    return table([say(f"table.encoder.{column}", language) for column in columns], rows)


def _geometry_text(found: Mapping[str, Any], language: str) -> str:
    parts = [say("card.encoder.geometry", language)]
    if "alignment" in found:
        parts.append(say("card.encoder.twins", language, **found["alignment"]))
    if "loss" in found:
        parts.append(say("card.encoder.loss", language, **found["loss"]))
    return " ".join(parts) if language == "en" else "".join(parts)


def _geometry(found: Mapping[str, Any], language: str) -> str:
    rows = []
    for name in _measured(found):
        band = found["different_pairs"].get(name)
        similar = " · ".join(f"{band[part]:.2f}" for part in ("low", "middle", "high")) if band else ""
        rows.append([
            say(f"table.encoder.{name}", language), similar, _number(found, ("alignment", name), "{:.2f}", language),
            _bounded(found, "uniformity", "floor", name, "{:.2f}", language),
            _bounded(found, "effective_rank", "most", name, "{:.0f}", language),
        ])
    columns = ("network", "different", "alignment", "uniformity", "effective_rank")
    return table([say(f"table.encoder.{column}", language) for column in columns], rows)


def _jpeg_text(found: Mapping[str, Any], data: str, language: str) -> str:
    if "jpeg" not in found:
        return ""
    stored = [say(f"card.encoder.stored.{data}", language)] if data in _STORED else []
    parts = [say("card.encoder.jpeg", language), *stored]
    return " ".join(parts) if language == "en" else "".join(parts)


def _jpeg(found: Mapping[str, Any], language: str) -> str:
    if "jpeg" not in found:
        return ""
    rows = []
    for name in (one for one in _NAMES if one in found["jpeg"]["as_stored"]):
        shares = [found["jpeg"][how][name] for how in _JPEG]
        changed = [f"{percent(share)} ({100 * (share - shares[0]):+.1f})" for share in shares[1:]]
        rows.append([say(f"table.encoder.{name}", language), percent(shares[0]), *changed])
    columns = [say(f"table.encoder.{column}", language) for column in ("network", *_JPEG)]
    return table(columns, rows)


def _measured(found: Mapping[str, Any]) -> list[str]:
    """The embeddings that were measured: without baselines only two."""
    return [name for name in _NAMES if name in found["knn"]]


def _at(found: Mapping[str, Any], place: Sequence[str]) -> float | None:
    value: Any = found
    for key in place:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, (int, float)) else None


def _number(found: Mapping[str, Any], place: Sequence[str], form: str, language: str) -> str:
    value = _at(found, place)
    return say("table.encoder.unmeasured", language) if value is None else form.format(value)


def _share(found: Mapping[str, Any], place: Sequence[str], language: str) -> str:
    value = _at(found, place)
    return say("table.encoder.unmeasured", language) if value is None else percent(value)


def _bounded(found: Mapping[str, Any], what: str, bound: str, name: str, form: str, language: str) -> str:
    """A number with the best that it could be in brackets; nothing where it makes no sense for this embedding."""
    limit = _at(found, (what, bound, name))
    if what in found and limit is None:
        return ""
    value = _number(found, (what, name), form, language)
    return value if limit is None else f"{value} ({form.format(limit)})"
