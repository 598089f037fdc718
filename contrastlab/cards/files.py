"""The files themselves: every checkpoint's card, what stands between the marks in the READMEs, and their figures."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.checkpoint import WEIGHTS, Checkpoint, list_checkpoints, load_checkpoint, write_atomically
from ..core.errors import LabError
from ..text import keys, say
from . import encoder, gan, quality, restorer, vae
from .figures import FIGURES
from .measured import TABLES

#: The language each file is written in, by the file's name.
_LANGUAGE = {"README.md": "en", "README.zh.md": "zh"}
#: Names of data sets on the Hub, for the cards' heads.
_ON_THE_HUB = {"cifar10": "uoft-cs/cifar10", "mnist": "ylecun/mnist"}
#: The table of all generators, whatever their family.
_GENERATORS = "generators"
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
    """Every file that is written from numbers -> what it should hold: the cards, the READMEs, the figures in them.

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
        for figure in FIGURES.keys() & measured.keys():
            path = root / "docs" / "pictures" / f"{figure}{name.removeprefix('README').removesuffix('.md')}.svg"
            files[path] = FIGURES[figure](measured[figure], language)
    return files


def model_card(checkpoint: Checkpoint, megabytes: float, language: str = "en") -> str:
    """A checkpoint's card as Markdown, with the head that the Hub reads. `megabytes` is the weights' file size."""
    training, family = checkpoint.training, _word(checkpoint)
    kind = _KINDS[family]
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
        section("numbers", *_quality(checkpoint, language), kind.numbers(checkpoint, language)),
        section(
            "file", say(
                "card.file.text", language, megabytes=megabytes, count=count, sha256=checkpoint.sha256,
                but=say("card.file.but", language) if checkpoint.family == "gan" else "",
            ),
            *_exported(checkpoint, language),
        ),
    ]
    return "\n\n".join(parts) + "\n"


def fill_tables(
    text: str, checkpoints: Sequence[Checkpoint], measured: Mapping[str, Any], language: str = "en"
) -> str:
    """`text` with everything between ``<!-- table:NAME -->`` and ``<!-- end -->`` written anew.

    NAME is a kind of checkpoints (see `_KINDS`), "generators" for how good the pictures of all of them are, or a
    file of measured numbers (its name without .json); of a long study that nobody has run yet it says so.
    Raises LabError ``cards.unknown_table`` naming those there are.
    """

    def fill(found: re.Match[str]) -> str:
        name = found[2]
        if name in _KINDS:
            family = [one for one in checkpoints if _word(one) == name]
            body = _KINDS[name].together([(_standing(one, language), one) for one in family], language)
        elif name == _GENERATORS:
            those = [one for one in checkpoints if "quality" in one.metrics]
            body = quality.together([(_standing(one, language), one) for one in those], language)
        elif name in TABLES and name in measured:
            body = TABLES[name](measured[name], language)
        elif name in TABLES and f"table.{name}.none" in keys(language):
            body = say(f"table.{name}.none", language)
        else:
            options = ", ".join([*_KINDS, _GENERATORS, *(each for each in TABLES if each in measured)])
            raise LabError("cards.unknown_table", got=name, options=options)
        return f"{found[1]}{body}\n{found[3]}"

    return _TABLE.sub(fill, text)


def _head(checkpoint: Checkpoint) -> str:
    """The YAML that the Hub reads. https://huggingface.co/docs/hub/model-cards"""
    kind, data = _KINDS[_word(checkpoint)], _ON_THE_HUB.get(checkpoint.training["data"])
    lines = ["license: apache-2.0", "library_name: contrastlab", f"pipeline_tag: {kind.pipeline}", "tags:"]
    lines += [f"- {tag}" for tag in ("pytorch", "safetensors", *kind.tags)]
    lines += ["datasets:", f"- {data}"] if data else []
    return "\n".join(["---", *lines, "---", ""])


def _quality(checkpoint: Checkpoint, language: str) -> list[str]:
    """How good a generator's pictures are, whatever its family, once that was measured."""
    found = checkpoint.metrics.get("quality")
    return [] if found is None else [quality.numbers(found, checkpoint.name, language)]


def _exported(checkpoint: Checkpoint, language: str) -> list[str]:
    """What the ONNX file is beside torch, once `export --measure` was run."""
    found = checkpoint.metrics.get("onnx")
    if found is None:
        return []
    one, many = found["rows"]
    return [say(
        "card.onnx", language, name=checkpoint.name, megabytes=found["megabytes"], difference=found["difference"],
        one=one["ratio"], many=many["ratio"], count=many["pictures"], threads=found["threads"],
    )]


def _word(checkpoint: Checkpoint) -> str:
    """Which of `_KINDS` it is: its family, but for the autoencoders that paint nothing out of noise."""
    nested = checkpoint.family == "vae" and checkpoint.architecture["method"] == "nested"
    return "autoencoder" if nested else checkpoint.family


def _standing(checkpoint: Checkpoint, language: str) -> str:
    """The name, and where the training stands if it is not finished."""
    if not checkpoint.draft:
        return checkpoint.name
    steps = {name: checkpoint.training[name] for name in ("step", "max_steps")}
    return say("table.model.stands", language, name=checkpoint.name, **steps)


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
        together: ([(name and standing, checkpoint)], language) -> what the READMEs show of the whole family.
    """

    pipeline: str
    tags: tuple[str, ...]
    start: str
    facts: Callable[[Checkpoint, str], dict[str, Any]]
    numbers: Callable[[Checkpoint, str], str]
    together: Callable[[Sequence[tuple[str, Checkpoint]], str], str]


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
        facts=encoder.facts,
        numbers=encoder.numbers,
        together=encoder.together,
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
        facts=gan.facts,
        numbers=gan.numbers,
        together=gan.together,
    ),
    "vae": _Kind(
        pipeline="unconditional-image-generation",
        tags=("vae", "image-generation", "class-conditional"),
        start="""\
from contrastlab.lab import Lab

generator = Lab().generator("{name}")
pictures = generator.generate(seeds=[1, 2, 3], classes=[0, 1, 1])
means, deviations = generator.encode(pictures, [0, 1, 1])
print(pictures.shape, means.shape)
""",
        facts=vae.variational_facts,
        numbers=vae.variational_numbers,
        together=vae.variational_together,
    ),
    "autoencoder": _Kind(
        pipeline="image-feature-extraction",
        tags=("autoencoder", "nested-dropout", "compression"),
        start="""\
from contrastlab.data.datasets import glyphs
from contrastlab.lab import Lab

autoencoder = Lab().autoencoder("{name}")
digits = glyphs(4, seed=0).pictures
print([abs(autoencoder.reconstruct(digits, length=length) - 1.0 * digits).mean() for length in (1, 4, 16)])
""",
        facts=vae.nested_facts,
        numbers=vae.nested_numbers,
        together=vae.nested_together,
    ),
    "restorer": _Kind(
        pipeline="image-to-image",
        tags=("image-restoration", "denoising", "inpainting"),
        start="""\
from contrastlab.data.datasets import photo
from contrastlab.data.degrade import degrade
from contrastlab.lab import Lab
from contrastlab.metrics.fidelity import psnr

clean = photo("chelsea")
damaged = degrade(clean, [("noise", {{"noise": 25}})]).image
repaired = Lab().restorer("{name}").restore(damaged)
print(f"{{psnr(damaged, clean):.1f}} dB -> {{psnr(repaired, clean):.1f}} dB")
""",
        facts=restorer.facts,
        numbers=restorer.numbers,
        together=restorer.together,
    ),
}
