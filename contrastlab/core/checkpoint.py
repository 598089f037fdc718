"""Checkpoints are data: config.json beside model.safetensors. Nothing is ever unpickled."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as parse_safetensors
from safetensors.torch import save as pack_safetensors

from .errors import LabError

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
INDEX = "index.json"

#: Half precision ends here; statistics beyond it stay in float32.
_LARGEST_HALF = 65504.0
#: What the steps of an 8-bit tensor are stored under, after its own name, and the largest whole number used.
_STEPS, _LARGEST_BYTE = ".steps", 127
_FIELDS = ("name", "family", "draft", "architecture", "preprocessing", "training", "metrics", "sha256")


@dataclass(frozen=True, slots=True)
class CheckpointConfig:
    """What config.json says of a checkpoint: all but the weights.

    Attributes:
        name: the folder's name, `<family or method>-<data>`.
        family: which loader understands it ("encoder", "gan", "vae", "restorer").
        architecture: keyword arguments that rebuild the network.
        preprocessing: how pictures become the network's input.
        training: facts (recipe, step, seconds, ...).
        metrics: measured numbers, each written by `evaluate`.
        draft: the training is not finished.
        sha256: of the weights file.
    """

    name: str
    family: str
    architecture: dict[str, Any]
    preprocessing: dict[str, Any]
    training: dict[str, Any]
    metrics: dict[str, Any]
    draft: bool
    sha256: str

    @property
    def config(self) -> dict[str, Any]:
        """The fields by name, in the order in which config.json holds them."""
        return {name: getattr(self, name) for name in _FIELDS}


@dataclass(frozen=True, slots=True)
class Checkpoint(CheckpointConfig):
    """Weights and everything needed to use them.

    Attributes:
        weights: name -> float32 tensor on the CPU.
    """

    weights: dict[str, torch.Tensor]


def save_checkpoint(
    folder: Path,
    *,
    family: str,
    architecture: Mapping[str, Any],
    preprocessing: Mapping[str, Any],
    training: Mapping[str, Any],
    weights: Mapping[str, torch.Tensor],
    draft: bool,
    in_bytes: str | None = None,
) -> Checkpoint:
    """Write a checkpoint folder, weights in half precision, and list it in the index beside it.

    The matrices and kernels whose names begin with `in_bytes` take a byte a number, each row with a step of its own
    (symmetric, Krishnamoorthi 2018, arXiv:1806.08342, section 2): for networks that only judge beside one that paints.
    Each file is replaced in one step. Metrics start empty: new weights have not been measured.
    """
    folder.mkdir(parents=True, exist_ok=True)
    packed = pack_safetensors(_packed(weights, in_bytes))
    checkpoint = Checkpoint(
        name=folder.name, family=family, architecture=dict(architecture), preprocessing=dict(preprocessing),
        training=dict(training), metrics={}, draft=draft, sha256=hashlib.sha256(packed).hexdigest(), weights={},
    )
    write_atomically(folder / WEIGHTS, packed)
    _write_config(folder, checkpoint.config)
    _write_index(folder.parent)
    return load_checkpoint(folder, family=family)


def save_metrics(folder: Path, metrics: Mapping[str, Any]) -> None:
    """Merge measured numbers into a checkpoint's config.json; a name measured again is replaced."""
    config = _read_config(folder)
    config["metrics"] = {**config["metrics"], **metrics}
    _write_config(folder, config)


def read_config(folder: Path) -> CheckpointConfig:
    """What a checkpoint says of itself; its weights are neither read nor checked.

    Raises LabError ``checkpoint.missing`` or ``checkpoint.broken_config``.
    """
    return CheckpointConfig(**_read_config(folder))


def load_checkpoint(folder: Path, *, family: str | None = None) -> Checkpoint:
    """Read config and weights onto the CPU, as float32 where they were stored in half precision or bytes.

    Raises LabError ``checkpoint.missing``, ``checkpoint.broken_config``, ``checkpoint.wrong_family``,
    ``checkpoint.wrong_hash`` (truncated, replaced or not the file the config belongs to) or
    ``checkpoint.broken_weights``. Format: https://github.com/huggingface/safetensors
    """
    config = _read_config(folder)
    if family is not None and config["family"] != family:
        raise LabError("checkpoint.wrong_family", name=folder.name, got=config["family"], expected=family)
    path = folder / WEIGHTS
    if not path.is_file():
        raise LabError("checkpoint.missing", name=folder.name, file=WEIGHTS)
    packed = path.read_bytes()
    if hashlib.sha256(packed).hexdigest() != config["sha256"]:
        raise LabError("checkpoint.wrong_hash", name=folder.name, file=WEIGHTS)
    try:
        weights = parse_safetensors(packed)
    except SafetensorError as error:
        raise LabError("checkpoint.broken_weights", name=folder.name, why=str(error)) from None
    return Checkpoint(weights=_unpacked(weights), **config)


def list_checkpoints(root: Path) -> list[str]:
    """Names in the index, in its order; an absent index means none."""
    try:
        names = json.loads((root / INDEX).read_text(encoding="utf-8"))["checkpoints"]
    except FileNotFoundError:
        return []
    except (json.JSONDecodeError, KeyError, UnicodeDecodeError) as error:
        raise LabError("checkpoint.broken_index", file=INDEX, why=str(error)) from None
    return [str(name) for name in names]


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a crash, sees the old content or the new, never a half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _packed(weights: Mapping[str, torch.Tensor], in_bytes: str | None) -> dict[str, torch.Tensor]:
    packed = {}
    for name, tensor in weights.items():
        if in_bytes is None or not name.startswith(in_bytes) or tensor.ndim < 2 or not tensor.is_floating_point():
            packed[name] = _half(tensor)
            continue
        rows = tensor.detach().cpu().float().flatten(1)
        # Rounded to half precision before it divides, so that no row ends beyond the largest byte.
        steps = (rows.abs().amax(1, keepdim=True) / _LARGEST_BYTE).half()
        whole = torch.where(steps > 0, rows / steps.float(), 0.0).round().clamp(-_LARGEST_BYTE, _LARGEST_BYTE)
        packed[name] = whole.to(torch.int8).reshape(tensor.shape).contiguous()
        packed[name + _STEPS] = steps.squeeze(1)
    return packed


def _unpacked(packed: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    full = {}
    for name, tensor in packed.items():
        steps = packed.get(name + _STEPS)
        if steps is not None:
            full[name] = tensor.float() * steps.float().reshape(-1, *[1] * (tensor.ndim - 1))
        elif not name.endswith(_STEPS):
            full[name] = tensor.float() if tensor.dtype is torch.float16 else tensor
    return full


def _half(tensor: torch.Tensor) -> torch.Tensor:
    tensor = tensor.detach().cpu().contiguous()
    if not tensor.is_floating_point():
        return tensor
    if tensor.numel() and float(tensor.abs().max()) > _LARGEST_HALF:
        return tensor.float()
    return tensor.half()


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise LabError("checkpoint.missing", name=folder.name, file=CONFIG) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise LabError("checkpoint.broken_config", name=folder.name, why=str(error)) from None
    if not isinstance(config, dict) or set(config) != set(_FIELDS):
        found = ", ".join(sorted(config)) if isinstance(config, dict) else type(config).__name__
        raise LabError("checkpoint.broken_config", name=folder.name, why=f"fields: {found}")
    return config


def _write_config(folder: Path, config: Mapping[str, Any]) -> None:
    text = json.dumps(config, indent=1, ensure_ascii=False) + "\n"
    write_atomically(folder / CONFIG, text.encode())


def _write_index(root: Path) -> None:
    names = sorted(path.parent.name for path in root.glob(f"*/{CONFIG}"))
    write_atomically(root / INDEX, (json.dumps({"checkpoints": names}, indent=1) + "\n").encode())


def load_weights(network: torch.nn.Module, checkpoint: Checkpoint) -> None:
    """Put a checkpoint's weights into `network`, every one of them and no other.

    Raises LabError ``checkpoint.wrong_weights`` naming the first lines of what does not fit.
    """
    try:
        network.load_state_dict(checkpoint.weights, strict=True)
    except RuntimeError as error:
        why = " ".join(str(error).split())[:200]
        raise LabError("checkpoint.wrong_weights", name=checkpoint.name, why=why) from None


def load_fitting_weights(
    network: torch.nn.Module, checkpoint: Checkpoint, *, may_differ: tuple[str, ...]
) -> tuple[str, ...]:
    """As `load_weights`, but what begins with one of `may_differ` is only taken over where name and shape agree.

    Returns the names of the network's weights that keep the values they had.
    Raises LabError ``checkpoint.wrong_weights`` if any of the others does not fit.
    """
    own, given = network.state_dict(), checkpoint.weights
    anew = tuple(
        name for name, tensor in own.items()
        if name.startswith(may_differ) and (name not in given or given[name].shape != tensor.shape)
    )
    taken = {name: tensor for name, tensor in given.items() if name in own or not name.startswith(may_differ)}
    load_weights(network, dataclasses.replace(checkpoint, weights={**taken, **{name: own[name] for name in anew}}))
    return anew
