"""Tables of what was measured once and lies in docs/measured: (the file's contents, language) -> Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..text import say
from . import few, loaded
from .markdown import percent, table


def needs(found: Mapping[str, Any], language: str) -> str:
    """docs/measured/needs.json, written by `python -m docs.needs`."""
    amounts = {
        "environment": f"{found['environment_gb']:.1f} GB",
        "project": f"{found['project_mb']:.1f} MB",
        "memory": f"{found['memory_mb']:,} MB",
        "crowd": f"{found['memory_with_visitors_mb']:,} MB",
        "start": say("table.needs.seconds", language, seconds=found["start_seconds"]),
    }
    rows = [[say(f"table.needs.{key}", language, **found), amount] for key, amount in amounts.items()]
    columns = [say(f"table.needs.{column}", language) for column in ("what", "amount")]
    return f"{say('table.needs.about', language, **found)}\n\n{table(columns, rows)}"


def app(found: Mapping[str, Any], language: str) -> str:
    """docs/measured/app.json, written by `python -m contrastlab benchmark app --json`."""
    (row,) = found["rows"]
    rows = [
        [say(f"table.app.{who}", language), *(f"{row[f'{who}_{part}_ms']:.0f} ms" for part in ("p50", "p95"))]
        for who in ("ours", "bare")
    ]
    rows.append([say("table.app.ratio", language), "", f"{row['ratio_p95']:.2f}"])
    columns = [say(f"table.app.{column}", language) for column in ("who", "half", "most")]
    return f"{say('table.app.about', language, **row)}\n\n{table(columns, rows)}"


def augment(found: Mapping[str, Any], language: str) -> str:
    """docs/measured/augment.json, written by `python -m contrastlab benchmark augment --json`: a row a task."""
    peers = list(dict.fromkeys(row["peer_name"] for row in found["rows"]))
    ratios: dict[str, dict[str, str]] = {}
    speeds: dict[str, str] = {}
    for row in found["rows"]:
        ratio = f"{row['ratio']:.1f}" if isinstance(row["ratio"], (int, float)) else row["ratio"]
        if row["goal"] is not None:
            ratio = say("table.augment.goal", language, ratio=ratio, goal=row["goal"])
        ratios.setdefault(row["name"], {})[row["peer_name"]] = ratio
        speeds[row["name"]] = f"{row['ours']:,}"
    rows = [[name, speeds[name], *(against.get(peer, "") for peer in peers)] for name, against in ratios.items()]
    columns = [say(f"table.augment.{column}", language) for column in ("task", "ours")]
    columns += [say("table.augment.against", language, peer=peer) for peer in peers]
    return f"{say('table.augment.about', language, **found['rows'][0])}\n\n{table(columns, rows)}"


def hue(found: Mapping[str, Any], language: str) -> str:
    """docs/measured/hue.json: {steps, widths, k, train, test, accuracy: {form: [share in [0, 1] of each seed]}}."""
    shares: dict[str, list[float]] = found["accuracy"]
    rows = [
        [say(f"choice.form.{form}", language), *(f"{100 * one:.1f} %" for one in (*each, sum(each) / len(each)))]
        for form, each in shares.items()
    ]
    seeds = len(next(iter(shares.values())))
    columns = [say("table.hue.form", language), *(say("table.hue.seed", language, seed=n) for n in range(seeds))]
    columns.append(say("table.hue.mean", language))
    return f"{say('table.hue.about', language, seeds=seeds, **found)}\n\n{table(columns, rows)}"


def few_labels(found: Mapping[str, Any], language: str) -> str:
    """docs/measured/few_labels.json, written by `python -m contrastlab study few-labels --json`: a row a way."""
    seeds = range(len(found["settings"]["seeds"]))
    rows = [
        [
            say("table.few_labels.labels", language, labels=row["labels"], percent=100 * row["share"]),
            say(f"table.few_labels.{way}", language), *(percent(row[way][seed]) for seed in seeds),
            percent(row["mean"][way]),
        ]
        for row in found["rows"]
        for way in ("fine_tuned", "probe", "scratch")
    ]
    columns = [say(f"table.few_labels.{column}", language) for column in ("count", "way")]
    columns += [say("table.hue.seed", language, seed=found["settings"]["seeds"][seed]) for seed in seeds]
    columns.append(say("table.hue.mean", language))
    facts = {**found["settings"], **{name: found[name] for name in ("name", "data", "train", "test")}}
    return f"{say('table.few_labels.about', language, **facts)}\n\n{table(columns, rows)}"


def search(found: Mapping[str, Any], language: str) -> str:
    """docs/measured/search.json, written by `python -m contrastlab benchmark search --json`: a row a task."""
    rows = []
    for row in found["rows"]:
        key = "embed" if "encoder" in row else "one" if row["name"] == "one query" else "many"
        goal = row.get("goal_ms") or row.get("goal_ratio")
        asked = say(f"table.search.goal.{'ms' if row.get('goal_ms') else 'ratio'}", language, goal=goal)
        peer, ratio = row.get("peer_ms", ""), row.get("ratio", "")
        rows.append([
            say(f"table.search.{key}", language), f"{row['ours_ms']:.2f} ms",
            f"{peer:.2f} ms" if isinstance(peer, (int, float)) else peer,
            f"{ratio:.2f}" if isinstance(ratio, (int, float)) else ratio, asked,
        ])
    first = found["rows"][0]
    columns = [say(f"table.search.{column}", language) for column in ("task", "ours")]
    columns += [first["peer_name"], *(say(f"table.search.{column}", language) for column in ("ratio", "goal"))]
    return f"{say('table.search.about', language, **first)}\n\n{table(columns, rows)}"


def generate(found: Mapping[str, Any], language: str) -> str:
    """docs/measured/generate.json, written by `python -m contrastlab benchmark generate --json`: a row a task."""
    rows = []
    for row in found["rows"]:
        if row["name"] == "slider step":
            continue
        goal = say("table.generate.goal.ratio", language, goal=row["goal_ratio"])
        rows.append([
            say("table.generate.pictures", language, **row), *(f"{row[f'{way}_ms']:.1f} ms" for way in _WAYS),
            *(f"{row[f'{way}_ratio']:.2f}" for way in _WAYS[1:]), *(_levels(row, way) for way in _WAYS[1:]), goal,
        ])
    columns = ("task", *_WAYS, "ours_ratio", "bf16_ratio", "ours_difference", "bf16_difference", "goal")
    painting = table([say(f"table.generate.{column}", language) for column in columns], rows)
    steps = [
        [row["model"], *(f"{row[f'{part}_ms']:.0f} ms" for part in ("p50", "p95")),
         say("table.generate.goal.ms", language, goal=row["goal_ms"])]
        for row in found["rows"] if row["name"] == "slider step"
    ]
    stepping = table([say(f"table.generate.{column}", language) for column in ("step", "half", "most", "goal")], steps)
    return f"{say('table.generate.about', language, **found['rows'][0])}\n\n{painting}\n\n{stepping}"


def restore(found: Mapping[str, Any], language: str) -> str:
    """docs/measured/restore.json, written by `python -m contrastlab benchmark restore --json`: a row a question."""
    rows = []
    for row in found["rows"]:
        what = {"against NLM": "peer", "tiles": "tiles", "memory": "memory"}[row["name"]]
        measured, goal = (say(f"table.restore.{what}.{part}", language, **row) for part in ("measured", "goal"))
        rows.append([say(f"table.restore.{what}", language, **row), measured, goal])
    columns = [say(f"table.restore.{column}", language) for column in ("task", "measured", "goal")]
    return f"{say('table.restore.about', language, **found['rows'][0])}\n\n{table(columns, rows)}"


_WAYS = ("eager", "ours", "bf16")


def _levels(row: Mapping[str, Any], way: str) -> str:
    """The largest and the mean difference in levels of 255."""
    return f"{row[f'{way}_difference']:.2g} / {row[f'{way}_difference_mean']:.1g}"


#: By the files' names without .json.
TABLES: dict[str, Callable[[Any, str], str]] = {
    "needs": needs, "app": app, "augment": augment, "hue": hue, "few_labels": few_labels,
    "search": search, "generate": generate, "restore": restore, "low_data": few.low_data,
    "transfer": few.transfer, "load": loaded.load, "all": loaded.everything,
}
