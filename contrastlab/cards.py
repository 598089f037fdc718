"""Model cards and README tables, written from committed numbers, so that text and numbers cannot part."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .core.checkpoint import WEIGHTS, Checkpoint, list_checkpoints, load_checkpoint, write_atomically
from .core.errors import LabError
from .text import say

#: The language each file is written in, by the file's name.
_LANGUAGE = {"README.md": "en", "README.zh.md": "zh"}
#: Names of data sets on the Hub, for the cards' heads.
_ON_THE_HUB = {"cifar10": "uoft-cs/cifar10"}
_TABLE = re.compile(r"(<!-- table:([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def write_cards(root: Path) -> list[Path]:
    """Write the cards and README tables of the project in `root` anew; return the files that changed."""
    changed = []
    for path, text in written_files(root).items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_atomically(path, text.encode())
            changed.append(path)
    return changed


def written_files(root: Path) -> dict[Path, str]:
    """Every file that is written from numbers -> what it should hold: the cards, then the READMEs.

    Raises the LabErrors of a checkpoint that cannot be loaded, and ``cards.unknown_table`` for a marker in a
    README that names no table.
    """
    folder = root / "checkpoints"
    checkpoints = [load_checkpoint(folder / name) for name in list_checkpoints(folder)]
    files = {}
    for checkpoint in checkpoints:
        megabytes = (folder / checkpoint.name / WEIGHTS).stat().st_size / 1e6
        for name, language in _LANGUAGE.items():
            files[folder / checkpoint.name / name] = model_card(checkpoint, megabytes, language)
    measured = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in _measured(root)}
    for name, language in _LANGUAGE.items():
        readme = (root / name).read_text(encoding="utf-8")
        files[root / name] = fill_tables(readme, checkpoints, measured, language)
    return files


def model_card(checkpoint: Checkpoint, megabytes: float, language: str = "en") -> str:
    """A checkpoint's card as Markdown, with the head that the Hub reads. `megabytes` is the weights' file size."""
    training, family, kind = checkpoint.training, checkpoint.family, _KINDS[checkpoint.family]
    facts = {**training, **checkpoint.preprocessing, "name": checkpoint.name, **kind.facts(checkpoint, language)}

    def section(key: str, *parts: str) -> str:
        return "\n\n".join([f"## {say(f'card.{key}', language)}", *parts])

    recipe = "\n".join(f"{key} = {json.dumps(value)}" for key, value in training["recipe"].items())
    count = sum(weight.numel() for weight in checkpoint.weights.values())
    parts = [
        _head(checkpoint) + f"\n# {checkpoint.name}",
        facts["about"],
        *([say("card.draft", language, **facts)] if checkpoint.draft else []),
        section("takes", say(f"card.{family}.takes", language, **facts)),
        section("use", say(f"card.{family}.use", language)),
        section("limits", say(f"card.{family}.limits", language, **facts)),
        section("start", f"```python\n{kind.start.format(name=checkpoint.name)}```"),
        section(
            "data", say(f"card.{family}.data", language, **facts),
            f"```\npython -m contrastlab train {training['recipe']['name']}\n```", f"```toml\n{recipe}\n```",
        ),
        section("numbers", kind.numbers(checkpoint, language)),
        section(
            "file", say("card.file.text", language, megabytes=megabytes, count=count, sha256=checkpoint.sha256)
        ),
    ]
    return "\n\n".join(parts) + "\n"


def fill_tables(
    text: str, checkpoints: Sequence[Checkpoint], measured: Mapping[str, Any], language: str = "en"
) -> str:
    """`text` with everything between ``<!-- table:NAME -->`` and ``<!-- end -->`` written anew.

    NAME is a family with checkpoints, or a file of measured numbers (its name without .json).
    Raises LabError ``cards.unknown_table`` naming those there are.
    """

    def fill(found: re.Match[str]) -> str:
        name = found[2]
        if name in _KINDS:
            family = [one for one in checkpoints if one.family == name]
            parts = [f"**{_standing(one, language)}**\n\n{_KINDS[name].numbers(one, language)}" for one in family]
            body = "\n\n".join(parts)
        elif name in _TABLES and name in measured:
            body = _TABLES[name](measured[name], language)
        else:
            options = ", ".join([*_KINDS, *(each for each in _TABLES if each in measured)])
            raise LabError("cards.unknown_table", got=name, options=options)
        return f"{found[1]}{body}\n{found[3]}"

    return _TABLE.sub(fill, text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table: the first column to the left, numbers to the right."""
    align = ["---", *("---:" for _ in head[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, align, *rows])


def _head(checkpoint: Checkpoint) -> str:
    """The YAML that the Hub reads. https://huggingface.co/docs/hub/model-cards"""
    kind, data = _KINDS[checkpoint.family], _ON_THE_HUB.get(checkpoint.training["data"])
    lines = ["license: apache-2.0", "library_name: contrastlab", f"pipeline_tag: {kind.pipeline}", "tags:"]
    lines += [f"- {tag}" for tag in ("pytorch", "safetensors", *kind.tags)]
    lines += ["datasets:", f"- {data}"] if data else []
    return "\n".join(["---", *lines, "---", ""])


def _standing(checkpoint: Checkpoint, language: str) -> str:
    """The name, and where the training stands if it is not finished."""
    if not checkpoint.draft:
        return checkpoint.name
    steps = {name: checkpoint.training[name] for name in ("step", "max_steps")}
    return say("table.model.stands", language, name=checkpoint.name, **steps)


def _encoder_facts(checkpoint: Checkpoint, language: str) -> dict[str, Any]:
    """What the sentences of an encoder's card need besides what every checkpoint has."""
    method = _method(checkpoint)
    labels = "unlabelled" if method == "simclr" else "labelled"
    return {
        "about": say(f"card.encoder.about.{labels}", language, method=method),
        "labels": say(f"card.encoder.labels.{labels}", language),
        "dimension": checkpoint.architecture["widths"][-1],
    }


def _method(checkpoint: Checkpoint) -> str:
    # Recipes were SimCLR's before they named a method.
    return str(checkpoint.training["recipe"].get("method", "simclr"))


def _encoder_numbers(checkpoint: Checkpoint, language: str) -> str:
    """What `models.encoder.evaluation` measured: accuracy and the band of different pictures, by embedding."""
    if "knn" not in checkpoint.metrics:
        return say("card.not_measured", language, name=checkpoint.name)
    knn, bands = checkpoint.metrics["knn"], checkpoint.metrics["different_pairs"]
    rows = []
    for name in ("embedding", "projection", "untrained", "pixels"):
        band = bands.get(name)
        similar = " · ".join(f"{band[part]:.2f}" for part in ("low", "middle", "high")) if band else ""
        rows.append([say(f"table.encoder.{name}", language), f"{100 * knn[name]:.1f} %", similar])
    columns = [say(f"table.encoder.{column}", language) for column in ("network", "accuracy", "different")]
    counts = {name: knn[name] for name in ("k", "train", "test")}
    about = say("card.encoder.numbers", language, name=checkpoint.name, **counts)
    return f"{about}\n\n{table(columns, rows)}"


def _gan_facts(checkpoint: Checkpoint, language: str) -> dict[str, Any]:
    """What the sentences of a GAN's card need besides what every checkpoint has."""
    classes = checkpoint.preprocessing["classes"]
    return {
        "about": say("card.gan.about", language, side=checkpoint.preprocessing["side"], count=len(classes)),
        "latent": checkpoint.architecture["latent"],
        "names": say("card.gan.between", language).join(classes),
        "loss": checkpoint.training["recipe"]["loss"],
    }


def _gan_numbers(checkpoint: Checkpoint, language: str) -> str:
    """What `models.gan.evaluation` measured: how different pictures are, generated ones and real ones."""
    if "diversity" not in checkpoint.metrics:
        return say("card.not_measured", language, name=checkpoint.name)
    found = checkpoint.metrics["diversity"]
    rows = [
        [say(f"table.gan.{which}", language), f"{found[which]:.1f}", f"{found[f'{which}_within_class']:.1f}"]
        for which in ("generated", "test")
    ]
    columns = [say(f"table.gan.{column}", language) for column in ("pictures", "any", "within")]
    about = say("card.gan.numbers", language, name=checkpoint.name, count=found["pictures"])
    return f"{about}\n\n{table(columns, rows)}"


def _needs_table(found: Mapping[str, Any], language: str) -> str:
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


def _app_table(found: Mapping[str, Any], language: str) -> str:
    """docs/measured/app.json, written by `python -m contrastlab benchmark app --json`."""
    (row,) = found["rows"]
    rows = [
        [say(f"table.app.{who}", language), *(f"{row[f'{who}_{part}_ms']:.0f} ms" for part in ("p50", "p95"))]
        for who in ("ours", "bare")
    ]
    rows.append([say("table.app.ratio", language), "", f"{row['ratio_p95']:.2f}"])
    columns = [say(f"table.app.{column}", language) for column in ("who", "half", "most")]
    return f"{say('table.app.about', language, **row)}\n\n{table(columns, rows)}"


def _augment_table(found: Mapping[str, Any], language: str) -> str:
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


def _hue_table(found: Mapping[str, Any], language: str) -> str:
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


def _measured(root: Path) -> list[Path]:
    return sorted((root / "docs" / "measured").glob("*.json"))


@dataclass(frozen=True, slots=True)
class _Kind:
    """What the card of one family says besides its sentences.

    Attributes:
        pipeline: the Hub's word for what such a model does.
        tags: the Hub's tags.
        start: lines that use the checkpoint {name}; a test runs them.
        facts: (checkpoint, language) -> what its sentences need; among it "about", the first of them.
        numbers: (checkpoint, language) -> its measured numbers as Markdown.
    """

    pipeline: str
    tags: tuple[str, ...]
    start: str
    facts: Callable[[Checkpoint, str], dict[str, Any]]
    numbers: Callable[[Checkpoint, str], str]


_KINDS = {
    "encoder": _Kind(
        pipeline="image-feature-extraction",
        tags=("contrastive-learning", "representation-learning", "image-retrieval"),
        start="""\
from contrastlab.data.datasets import photo
from contrastlab.lab import Lab

encoder = Lab().encoder("{name}")
cat, cup = encoder.embed([photo("chelsea"), photo("coffee")])
print(cat @ cup)
""",
        facts=_encoder_facts,
        numbers=_encoder_numbers,
    ),
    "gan": _Kind(
        pipeline="unconditional-image-generation",
        tags=("gan", "image-generation", "class-conditional"),
        start="""\
from contrastlab.lab import Lab

generator = Lab().generator("{name}")
pictures = generator.generate(seeds=[1, 2, 3], classes=[0, 1, 1])
print(pictures.shape, [generator.classes[number] for number in (0, 1, 1)])
""",
        facts=_gan_facts,
        numbers=_gan_numbers,
    ),
}
#: Files of measured numbers, by their names without .json.
_TABLES: dict[str, Callable[[Any, str], str]] = {
    "needs": _needs_table, "app": _app_table, "augment": _augment_table, "hue": _hue_table,
}
