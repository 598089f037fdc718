"""Commands and their arguments. Nothing heavy is imported here, so that --help answers at once."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import uuid
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

from ..core.errors import LabError
from ..text import choose_language, explain, say

#: The damages of `data.degrade`, each with what its strength is counted in.
_DAMAGES = {
    "blur": "PIXELS", "motion": "PIXELS", "small": "FACTOR", "noise": "LEVELS", "salt": "SHARE", "fade": "SHARE",
    "jpeg": "QUALITY", "holes": "SHARE",
}


def main(argv: Sequence[str] | None = None) -> int:
    """0: done. 1: one of our errors, told in one line. 2: wrong use, told in one line. Tracebacks only with --debug."""
    language = choose_language(None, _locale())
    arguments = _parser(language).parse_args(argv)
    arguments.language = language
    try:
        # The command's module is imported only now: torch alone takes seconds.
        module = importlib.import_module(f"{__package__}.{arguments.module}")
        result = getattr(module, arguments.function)(arguments)
        return int(result or 0)
    except LabError as error:
        if arguments.debug:
            raise
        print(explain(error, language), file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader of our output has gone, as with `| head`: nothing is left to say, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print(say("cli.interrupted", language), file=sys.stderr)
        return 130
    except Exception:
        if arguments.debug:
            raise
        identity = uuid.uuid4().hex[:8]
        print(say("error.unexpected", language, id=identity), file=sys.stderr)
        return 1


class _Parser(argparse.ArgumentParser):
    """One line for wrong use; argparse would print the whole usage before it."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}", file=sys.stderr)
        raise SystemExit(2)


def _parser(language: str) -> argparse.ArgumentParser:
    parser = _Parser(prog="contrastlab", description=say("cli.about", language))
    parser.add_argument("--debug", action="store_true", help=say("cli.debug", language))
    commands = parser.add_subparsers(dest="command", required=True, metavar=say("cli.command", language))

    def command(name: str, module: str, *, within: argparse._SubParsersAction[_Parser] = commands,  # type: ignore[assignment]
                key: str | None = None) -> _Parser:
        text = say(f"cli.{key or name}", language)
        made = within.add_parser(name, help=text, description=text)
        # SUPPRESS, or the subcommand's default would undo a --debug given before it.
        made.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=say("cli.debug", language))
        made.set_defaults(module=module, function=(key or name).replace(".", "_").replace("-", "_"))
        return made

    def option(made: argparse.ArgumentParser, name: str, **settings: object) -> None:
        made.add_argument(name, help=say(f"cli.option.{name.strip('-')}", language), **settings)  # type: ignore[arg-type]

    app = command("app", "serve")
    option(app, "--port", type=int)
    option(app, "--no-browser", action="store_true")
    option(app, "--lan", action="store_true")
    option(app, "--public", action="store_true")
    option(app, "--mcp", action="store_true")
    option(app, "--auth", metavar="NAME:PASSWORD")
    option(app, "--root-path", metavar="PATH")
    option(app, "--checkpoints", type=Path)

    data = command("data", "data").add_subparsers(dest="what", required=True, metavar=say("cli.command", language))
    prepare = command("prepare", "data", within=data, key="data.prepare")
    prepare.add_argument("names", nargs="*", metavar="NAME", help=say("cli.option.names", language))
    option(prepare, "--data", type=Path)

    train = command("train", "training")
    train.add_argument("recipe", metavar="RECIPE", help=say("cli.option.recipe", language))
    train.add_argument("overrides", nargs="*", metavar="key=value", help=say("cli.option.overrides", language))
    option(train, "--data", type=Path)
    option(train, "--runs", type=Path, default=Path("runs"))
    option(train, "--checkpoints", type=Path)
    option(train, "--init", metavar="CHECKPOINT")
    option(train, "--from-step", type=int, default=0)
    option(train, "--dry-run", action="store_true")

    evaluate = command("evaluate", "training")
    evaluate.add_argument("name", metavar="NAME", help=say("cli.option.checkpoint", language))
    option(evaluate, "--no-baselines", action="store_true")
    evaluate.add_argument("--data", type=Path, help=say("cli.option.data_or_pictures", language))
    option(evaluate, "--checkpoints", type=Path)
    option(evaluate, "--json", action="store_true")

    augment = command("augment", "pictures")
    augment.add_argument("input", metavar="IN", type=Path, help=say("cli.option.input", language))
    augment.add_argument("output", metavar="OUT", type=Path, help=say("cli.option.output", language))
    option(augment, "--policy", default="simclr")
    option(augment, "--seed", type=int, default=0)
    option(augment, "--set", action="append", default=[], metavar="STEP.KNOB=VALUE")

    degrade = command("degrade", "restoring")
    degrade.add_argument("input", metavar="IN", type=Path, help=say("cli.option.input", language))
    degrade.add_argument("output", metavar="OUT", type=Path, help=say("cli.option.output", language))
    for name, metavar in _DAMAGES.items():
        degrade.add_argument(
            f"--{name}", dest="damages", action="append", type=partial(_named, name), metavar=metavar,
            help=say(f"cli.option.damage.{name}", language),
        )
    option(degrade, "--set", action="append", default=[], metavar="DAMAGE.KNOB=VALUE")
    degrade.add_argument("--mask", metavar="FILE", type=Path, help=say("cli.option.mask_out", language))
    option(degrade, "--seed", type=int, default=0)

    restore = command("restore", "restoring")
    restore.add_argument("input", metavar="IN|DIR", type=Path, help=say("cli.option.input_or_folder", language))
    restore.add_argument("output", metavar="OUT", type=Path, help=say("cli.option.output_or_folder", language))
    option(restore, "--mask", metavar="FILE|DIR", type=Path)
    option(restore, "--method", default="restorer")
    option(restore, "--sigma", dest="noise", metavar="LEVELS")
    option(restore, "--quality", metavar="1-100")
    option(restore, "--blur", metavar="PIXELS")
    restore.add_argument("--strength", metavar="0-1", default="1", help=say("cli.option.blend", language))
    option(restore, "--checkpoints", type=Path)

    embed = command("embed", "pictures")
    embed.add_argument("inputs", metavar="FILES|DIR", nargs="+", type=Path, help=say("cli.option.inputs", language))
    option(embed, "--encoder", default=None)
    option(embed, "--out", type=Path, required=True)
    option(embed, "--checkpoints", type=Path)

    neighbours = command("neighbours", "neighbours")
    neighbours.add_argument("query", metavar="QUERY", type=Path, help=say("cli.option.input", language))
    option(neighbours, "--gallery", metavar="NAME|DIR", default="cifar10")
    option(neighbours, "--encoder", default=None)
    option(neighbours, "--k", type=int, default=10)
    option(neighbours, "--json", action="store_true")
    option(neighbours, "--data", type=Path)
    option(neighbours, "--checkpoints", type=Path)

    gallery = command("gallery", "neighbours").add_subparsers(
        dest="what", required=True, metavar=say("cli.command", language)
    )
    build = command("build", "neighbours", within=gallery, key="gallery.build")
    build.add_argument("gallery", metavar="NAME|DIR", help=say("cli.option.gallery", language))
    option(build, "--encoder", default=None)
    option(build, "--data", type=Path)
    option(build, "--checkpoints", type=Path)

    bundle = command("bundle", "generating", within=gallery, key="gallery.bundle")
    option(bundle, "--model", default="gan-cifar10")
    option(bundle, "--per-class", type=int, default=200)
    option(bundle, "--checkpoints", type=Path)

    generate = command("generate", "generating")
    generate.add_argument("name", metavar="NAME", help=say("cli.option.checkpoint", language))
    option(generate, "--n", type=int, default=16)
    option(generate, "--seed", type=int, default=0)
    option(generate, "--class", dest="class_", metavar="CLASS")
    option(generate, "--truncation", type=float, default=1.0)
    generate.add_argument("--out", metavar="DIR", type=Path, required=True, help=say("cli.option.out_dir", language))
    option(generate, "--checkpoints", type=Path)

    interpolate = command("interpolate", "generating")
    interpolate.add_argument("name", metavar="NAME", help=say("cli.option.checkpoint", language))
    option(interpolate, "--from", dest="from_", metavar="SEED", required=True)
    option(interpolate, "--to", metavar="SEED", required=True)
    option(interpolate, "--class", dest="class_", metavar="CLASS")
    option(interpolate, "--truncation", type=float, default=1.0)
    option(interpolate, "--frames", type=int, default=24)
    interpolate.add_argument("--out", metavar="FILE|DIR", type=Path, required=True,
                             help=say("cli.option.out_animation", language))
    option(interpolate, "--checkpoints", type=Path)

    invert = command("invert", "searching")
    invert.add_argument("picture", metavar="PICTURE", type=Path, help=say("cli.option.input", language))
    option(invert, "--model", default="gan-cifar10")
    option(invert, "--encoder")
    option(invert, "--class", dest="class_", metavar="CLASS")
    invert.add_argument("--steps", type=int, help=say("cli.option.search_steps", language))
    option(invert, "--restarts", type=int)
    option(invert, "--seed", type=int, default=0)
    invert.add_argument("--out", metavar="DIR", type=Path, help=say("cli.option.out_dir", language))
    option(invert, "--json", action="store_true")
    option(invert, "--checkpoints", type=Path)

    ascend = command("ascend", "searching")
    ascend.add_argument("name", metavar="NAME", help=say("cli.option.checkpoint", language))
    option(ascend, "--toward", metavar="CLASS|real|PICTURE", required=True)
    option(ascend, "--from", dest="from_", metavar="SEED", default="0")
    option(ascend, "--class", dest="class_", metavar="CLASS")
    option(ascend, "--where", choices=("latents", "pixels"), default="latents")
    option(ascend, "--begin", choices=("picture", "chance"), default="picture")
    ascend.add_argument("--steps", type=int, help=say("cli.option.search_steps", language))
    option(ascend, "--pace", type=float)
    option(ascend, "--restraint", type=float)
    ascend.add_argument("--out", metavar="DIR", type=Path, help=say("cli.option.out_dir", language))
    option(ascend, "--json", action="store_true")
    option(ascend, "--checkpoints", type=Path)

    calibrate = command("calibrate", "searching")
    calibrate.add_argument("name", metavar="NAME", help=say("cli.option.checkpoint", language))
    option(calibrate, "--count", type=int, default=40)
    option(calibrate, "--data", type=Path)
    option(calibrate, "--checkpoints", type=Path)

    directions = command("directions", "generating")
    directions.add_argument("name", metavar="NAME", help=say("cli.option.checkpoint", language))
    option(directions, "--checkpoints", type=Path)

    sample = command("sample-card", "generating")
    sample.add_argument("name", metavar="NAME", help=say("cli.option.checkpoint", language))
    option(sample, "--data", type=Path)
    option(sample, "--checkpoints", type=Path)

    label = command("label", "neighbours")
    label.add_argument("folder", metavar="DIR", type=Path, help=say("cli.option.folder", language))
    option(label, "--csv", type=Path, required=True)
    option(label, "--gallery", metavar="NAME|DIR", default="cifar10")
    option(label, "--encoder", default=None)
    option(label, "--k", type=int, default=20)
    option(label, "--sure", type=float)
    option(label, "--data", type=Path)
    option(label, "--checkpoints", type=Path)

    benchmark = command("benchmark", "benchmarks").add_subparsers(
        dest="what", required=True, metavar=say("cli.command", language)
    )
    for what in ("augment", "search", "generate", "restore", "app", "load", "start", "all"):
        bench = command(what, "benchmarks", within=benchmark, key=f"benchmark.{what}")
        option(bench, "--json", action="store_true")
        if what != "load":
            option(bench, "--rounds", type=int, default=5 if what == "start" else 15)
        if what in ("augment", "search", "all"):
            option(bench, "--peer-python", type=Path)
        if what in ("load", "all"):
            option(bench, "--clients", type=int, default=30)
            option(bench, "--seconds", type=float, default=60.0)
        if what in ("generate", "restore", "load", "start", "all"):
            option(bench, "--checkpoints", type=Path)

    study = command("study", "studies").add_subparsers(
        dest="what", required=True, metavar=say("cli.command", language)
    )
    few_labels = command("few-labels", "studies", within=study, key="study.few-labels")
    option(few_labels, "--encoder", default=None)
    option(few_labels, "--steps", type=int)
    option(few_labels, "--data", type=Path)
    option(few_labels, "--checkpoints", type=Path)
    option(few_labels, "--json", action="store_true")
    for what in ("low-data", "transfer"):
        long = command(what, "studies", within=study, key=f"study.{what}")
        kept = Path("docs/measured") / f"{what.replace('-', '_')}.json"
        long.add_argument(
            "--out", metavar="FILE", type=Path, default=kept, help=say("cli.option.out_json", language)
        )
        option(long, "--seeds", type=int, default=3)
        option(long, "--steps", type=int)
        option(long, "--encoder", default=None)
        option(long, "--data", type=Path)
        option(long, "--runs", type=Path, default=Path("runs"))
        option(long, "--checkpoints", type=Path)

    export = command("export", "exporting")
    export.add_argument("name", metavar="NAME", help=say("cli.option.checkpoint", language))
    option(export, "--format", choices=("onnx",), default="onnx")
    export.add_argument("--out", type=Path, help=say("cli.option.onnx", language))
    option(export, "--measure", action="store_true")
    option(export, "--checkpoints", type=Path)

    models = command("models", "models")
    option(models, "--write-cards", action="store_true")
    option(models, "--json", action="store_true")
    option(models, "--checkpoints", type=Path)

    selfcheck = command("selfcheck", "models")
    option(selfcheck, "--checkpoints", type=Path)
    return parser


def _named(name: str, much: str) -> tuple[str, str]:
    """Options that share a list, so that their order is known."""
    return name, much


def _locale() -> str:
    """The terminal's language as a tag: zh_CN.UTF-8 -> zh-CN."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable)
        if value:
            return value.split(".")[0].replace("_", "-")
    return ""
