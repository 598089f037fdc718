"""The layers of the package, held by a test: what may import what, and what may stand in tracked files."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.space import tracked_files

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "contrastlab"

#: Each room may import the rooms on the lines above its own: never one further down, never its neighbour.
LEVELS = (
    ("core",),
    ("text", "data", "nn", "metrics"),
    ("gallery", "cards"),
    ("training",),
    ("models",),
    ("studies",),
    ("lab",),
    ("benchmark",),
    ("ui",),
    ("cli",),
    ("app", "__main__"),
)
LEVEL = {room: number for number, level in enumerate(LEVELS) for room in level}
#: In these rooms each folder stands for itself (a family knows no other family, a tab no other tab) and may
#: import, besides its own files, only the files named here.
SEPARATE: Mapping[str, tuple[str, ...]] = {"contrastlab.models": (), "contrastlab.ui.tabs": ("built",)}
#: Who may import what comes from outside and is dear or unwanted elsewhere; every other room may not.
ONLY_IN: Mapping[str, tuple[str, ...]] = {
    "gradio": ("ui", "app"),
    "gradio_client": (),
    "albumentations": (),
    "albumentationsx": (),
}
#: Training runs where neither is installed.
NOT_IN_TRAINING = ("skimage", "gradio")
LONGEST = 350


@dataclass(frozen=True)
class Import:
    """One imported module; `always` if it happens when the importing module itself is imported."""

    module: str
    line: int
    always: bool


@dataclass(frozen=True)
class Module:
    """A parsed file. `package` is what a relative import starts from."""

    name: str
    package: str
    imports: tuple[Import, ...]


def parse(name: str, source: str, *, is_package: bool = False, known: frozenset[str] = frozenset()) -> Module:
    """A file's imports, those inside functions too. `from a import b` means the module a.b where there is one."""
    package = name if is_package else name.rpartition(".")[0]
    return Module(name, package, tuple(_imports(ast.parse(source), package, known)))


def _imports(tree: ast.AST, package: str, known: frozenset[str], always: bool = True) -> Iterator[Import]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, always) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base]) if base else ".".join(above)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                # `from . import x` in the package's own folder names a room, whether or not its file exists.
                yield Import(inner if inner in known or base == PACKAGE else base, node.lineno, always)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("importlib.import_module", "__import__"):
            named = [part.value for part in node.args[:1] if isinstance(part, ast.Constant)]
            yield from (Import(str(name), node.lineno, always) for name in named)
        lazy = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        yield from _imports(node, package, known, always and not lazy)


def room(module: str) -> str:
    """contrastlab.data.pixels -> data; app -> app; the package itself -> ""."""
    return module.split(".")[1] if module.startswith(f"{PACKAGE}.") else module.removeprefix(PACKAGE)


def is_ours(module: str) -> bool:
    return module in (PACKAGE, "app") or module.startswith(f"{PACKAGE}.")


def layer_faults(modules: Mapping[str, Module]) -> list[str]:
    """Edges that go up or sideways, rooms without a level, and imports that only some rooms may make."""
    faults = []
    for module in modules.values():
        here = room(module.name)
        if here and here not in LEVEL:
            faults.append(f"{module.name}: the room {here!r} has no level")
            continue
        for edge in module.imports:
            where = f"{module.name}:{edge.line} imports {edge.module}"
            top = edge.module.split(".")[0]
            if here not in ONLY_IN.get(top, (here,)):
                faults.append(f"{where}: not in {here or PACKAGE}")
            if not is_ours(edge.module):
                continue
            there = room(edge.module)
            if there == here:
                faults += [f"{where}: they stand for themselves" for base in SEPARATE if _apart(base, module, edge)]
            elif there not in LEVEL:
                # The package's own __init__ holds the version and imports nothing: everything below it would.
                faults += [f"{where}: no such room"] if there else []
            elif not here or LEVEL[there] >= LEVEL[here]:
                faults.append(f"{where}: {there} does not stand before {here or PACKAGE}")
    return faults


def _apart(base: str, module: Module, edge: Import) -> bool:
    """Whether an edge inside `base` leaves one of its folders."""
    if not (module.package.startswith(f"{base}.") and edge.module.startswith(f"{base}.")):
        return False
    depth = base.count(".") + 1
    return edge.module.split(".")[depth] not in (module.package.split(".")[depth], *SEPARATE[base])


def training_faults(modules: Mapping[str, Module]) -> list[str]:
    """What training must not need, found in the modules that importing it imports."""
    seen: set[str] = set()
    todo = [name for name in modules if name.endswith(".training") or name.startswith(f"{PACKAGE}.training.")]
    faults = []
    while todo:
        name = todo.pop()
        if name in seen or name not in modules:
            continue
        seen.add(name)
        todo.append(name.rpartition(".")[0])  # importing a.b runs a's __init__ first
        for edge in modules[name].imports:
            if edge.always and edge.module.split(".")[0] in NOT_IN_TRAINING:
                faults.append(f"{name}:{edge.line} imports {edge.module}, and training imports {name}")
            todo += [edge.module] if edge.always else []
    return faults


#: Machine paths and registry hosts, written so that this file does not hold them itself.
FORBIDDEN_TEXT = re.compile(
    r"/(t[m]p|w[o]rk|r[o]ot|f[a]rm)/[a-z]|[p]ypi[.]org|python[h]osted|[n]pmjs|deb[.][d]ebian|[d]ownload[.]pytorch"
)


def text_faults(files: Mapping[str, str]) -> list[str]:
    """Tracked text that names a path of one machine or the host of a package registry."""
    return [
        f"{name}:{number} holds {found.group()!r}"
        for name, text in files.items()
        for number, line in enumerate(text.splitlines(), 1)
        if (found := FORBIDDEN_TEXT.search(line))
    ]


def length_faults(files: Mapping[str, str]) -> list[str]:
    """Python files that have outgrown one sitting and become a folder."""
    counts = {name: len(text.splitlines()) for name, text in files.items() if name.endswith(".py")}
    return [f"{name} has {count} lines" for name, count in counts.items() if count > LONGEST]


@pytest.fixture(scope="module")
def modules() -> dict[str, Module]:
    """Every module of the package, and app.py."""
    files = {"app": ROOT / "app.py"}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        files[".".join(part for part in parts if part != "__init__")] = path
    known = frozenset(files)
    return {
        name: parse(name, path.read_text(encoding="utf-8"), is_package=path.name == "__init__.py", known=known)
        for name, path in files.items()
    }


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """Tracked files that are text, by their path."""
    found = {}
    for name in tracked_files(ROOT):
        content = (ROOT / name).read_bytes()
        if b"\0" not in content:
            found[name] = content.decode("utf-8")
    return found


def test_every_edge_goes_to_what_stands_before(modules: dict[str, Module]) -> None:
    assert len(modules) > 40
    assert layer_faults(modules) == []


def test_training_needs_neither_gradio_nor_scikit_image(modules: dict[str, Module]) -> None:
    assert training_faults(modules) == []


def test_training_imports_neither_when_it_really_runs() -> None:
    program = (
        "import sys, contrastlab.models.encoder.training, contrastlab.training.loop\n"
        f"print([name for name in {NOT_IN_TRAINING} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_tests_import_no_peer_under_agpl() -> None:
    found = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        parsed = parse(f"tests.{path.stem}", path.read_text(encoding="utf-8"))
        found += [f"{path.name}:{e.line}" for e in parsed.imports if e.module.lower().startswith("albumentations")]
    assert found == []


def test_tracked_text_names_no_machine_and_no_registry(texts: dict[str, str]) -> None:
    assert len(texts) > 80
    assert text_faults(texts) == []


def test_no_file_is_too_long(texts: dict[str, str]) -> None:
    assert length_faults(texts) == []


@pytest.mark.parametrize(
    ("name", "source", "fault"),
    [
        ("contrastlab.core.images", "from ..data import pixels", "data does not stand before core"),
        ("contrastlab.core.images", "def f():\n    from contrastlab.lab import Lab", "lab does not stand before core"),
        ("contrastlab.data.pixels", "from ..text import say", "text does not stand before data"),
        ("contrastlab.cards", "from . import gallery", "gallery does not stand before cards"),
        ("contrastlab.training.loop", "import contrastlab.models.encoder.losses", "models does not stand before"),
        ("contrastlab.lab", "from . import ui", "ui does not stand before lab"),
        ("contrastlab.cli.main", "import app", "app does not stand before cli"),
        ("contrastlab.data.pixels", "from .. import utils", "no such room"),
        ("contrastlab.helpers", "import os", "has no level"),
        ("contrastlab", "from .lab import Lab", "lab does not stand before contrastlab"),
        ("contrastlab.models.gan.training", "from ..encoder import losses", "stand for themselves"),
        ("contrastlab.models.gan.training", "from ..families import FAMILIES", "stand for themselves"),
        ("contrastlab.ui.tabs.augment.view", "from ..restore import view", "stand for themselves"),
        ("contrastlab.lab", "import gradio as gr", "not in lab"),
        ("contrastlab.cli.serve", "def f():\n    from gradio import Blocks", "not in cli"),
        ("contrastlab.benchmark", "import albumentations as A", "not in benchmark"),
        ("contrastlab.ui.page", "import importlib\nimportlib.import_module('albumentations')", "not in ui"),
    ],
)
def test_a_bad_edge_is_found(name: str, source: str, fault: str) -> None:
    known = frozenset({"contrastlab.models.encoder.losses", "contrastlab.data.pixels"})
    module = parse(name, source, is_package=name == PACKAGE, known=known)
    assert [found for found in layer_faults({name: module}) if fault in found]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("contrastlab.data.pixels", "import cv2\nfrom ..core.images import Image\nfrom .datasets import photo"),
        ("contrastlab.models.families", "from .encoder import training\nfrom .gan import training as other"),
        ("contrastlab.models.gan.training", "from .network import Generator\nfrom ...nn.blocks import Residual"),
        ("contrastlab.ui.tabs.augment", "import gradio\nfrom ..built import Tab\nfrom ...widgets import slider"),
        ("app", "from contrastlab.ui.page import build"),
    ],
)
def test_a_good_edge_passes(name: str, source: str) -> None:
    known = frozenset({"contrastlab.models.encoder.training", "contrastlab.models.gan.training"})
    assert layer_faults({name: parse(name, source, is_package=name.endswith("augment"), known=known)}) == []


def test_scikit_image_is_found_behind_two_imports() -> None:
    sources = {
        "contrastlab.models.encoder.training": "from ...data.datasets import load",
        "contrastlab.data.datasets": "from .photos import photo",
        "contrastlab.data.datasets.photos": "from skimage import data",
    }
    known = frozenset(sources)
    modules = {n: parse(n, s, is_package=n.endswith("datasets"), known=known) for n, s in sources.items()}
    assert "photos:1 imports skimage" in training_faults(modules)[0]

    lazy = parse("contrastlab.data.datasets.photos", "def photo():\n    from skimage import data", known=known)
    assert training_faults({**modules, lazy.name: lazy}) == []


def test_bad_text_and_a_long_file_are_found() -> None:
    bad = {"README.md": "fine\nsee /" + "work/main", "requirements.txt": "--index-url https://pypi" + ".org/simple"}
    assert [fault.split(" ")[0] for fault in text_faults(bad)] == ["README.md:2", "requirements.txt:1"]
    assert text_faults({"README.md": "a network at work, a /teammate/ and temporary files"}) == []
    assert length_faults({"long.py": "x = 1\n" * (LONGEST + 1), "fits.py": "x = 1\n" * LONGEST}) == [
        f"long.py has {LONGEST + 1} lines"
    ]
