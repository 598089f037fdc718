"""Training state on disk: nested dicts of tensors and plain values, as safetensors with a JSON outline.

Optimiser states are pickled by custom; here they are not, so a state file from anywhere is only data.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as pack_safetensors

from ..core.checkpoint import write_atomically
from ..core.errors import LabError

_TENSOR = "__tensor__"
_PAIRS = "__pairs__"
_TUPLE = "__tuple__"


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Write `state` (dicts, lists, tuples, tensors, numbers, strings, None) in one step.

    Tensors keep their dtype and their bits; killed half-way, the old file is still whole.
    """
    tensors: dict[str, torch.Tensor] = {}
    outline = _outline(state, tensors)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, pack_safetensors(tensors, metadata={"outline": json.dumps(outline)}))


def load_state(path: Path) -> dict[str, Any]:
    """What `save_state` wrote, tensors on the CPU. Raises LabError ``training.broken_state``."""
    try:
        with safe_open(path, framework="pt") as file:
            outline = json.loads((file.metadata() or {})["outline"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
        state = _rebuild(outline, tensors)
    except (SafetensorError, KeyError, json.JSONDecodeError) as error:
        raise LabError("training.broken_state", path=str(path), why=str(error)) from None
    assert isinstance(state, dict)
    return state


def load_optimizer(optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Give an optimiser back its state, each tensor laid out in memory as its weight is.

    States on disk are contiguous. Fused optimisers walk through weight and state side by side in memory, so that
    with another layout each weight would get the momentum of another one, and nothing would say so.
    """
    optimizer.load_state_dict(state)
    for weight, kept in optimizer.state.items():
        for name, value in kept.items():
            if isinstance(value, torch.Tensor) and value.shape == weight.shape:
                kept[name] = torch.empty_like(weight, dtype=value.dtype).copy_(value)


def _outline(value: Any, tensors: dict[str, torch.Tensor]) -> Any:
    if isinstance(value, torch.Tensor):
        name = str(len(tensors))
        # Clones: safetensors refuses tensors that share memory, such as tied weights.
        tensors[name] = value.detach().cpu().contiguous().clone()
        return {_TENSOR: name}
    if isinstance(value, dict):
        # Optimiser states are keyed by integers, which JSON objects cannot be.
        return {_PAIRS: [[key, _outline(item, tensors)] for key, item in value.items()]}
    if isinstance(value, tuple):
        return {_TUPLE: [_outline(item, tensors) for item in value]}
    if isinstance(value, list):
        return [_outline(item, tensors) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"a training state cannot hold a {type(value).__name__}")


def _rebuild(value: Any, tensors: dict[str, torch.Tensor]) -> Any:
    if isinstance(value, list):
        return [_rebuild(item, tensors) for item in value]
    if isinstance(value, dict):
        if _TENSOR in value:
            return tensors[value[_TENSOR]]
        if _TUPLE in value:
            return tuple(_rebuild(item, tensors) for item in value[_TUPLE])
        return {key: _rebuild(item, tensors) for key, item in value[_PAIRS]}
    return value
