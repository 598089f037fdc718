"""Networks as ONNX files, for programs that have no torch. https://onnx.ai"""

from __future__ import annotations

import importlib.util
import logging
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.export import Dim

from ..core.errors import LabError

#: What writing and running such a file needs besides torch, and nothing else does.
WRITING, RUNNING = ("onnx", "onnxscript"), ("onnxruntime",)
#: What a dimension of any size is called in the file. Inputs share them: they are of one batch and one size.
_CALLED = {0: "count", 2: "rows", 3: "columns"}


@dataclass(frozen=True, slots=True)
class Exportable:
    """A network as a plain function of tensors.

    Attributes:
        function: what is written.
        network: whose weights it uses; in evaluation mode.
        example: (name, tensor) of each input, to trace it with; more than one picture, of no special size.
        output: name of what comes out.
        free: dimensions of any size -> what their size divides by. Inputs of size 1 there are the same everywhere.
    """

    function: Callable[..., Tensor]
    network: nn.Module
    example: tuple[tuple[str, Tensor], ...]
    output: str
    free: Mapping[int, int]

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        return tuple(tensor for _, tensor in self.example)


class _Called(nn.Module):
    """A function as a module: what PyTorch exports."""

    def __init__(self, function: Callable[..., Tensor], network: nn.Module) -> None:
        super().__init__()
        self.function, self.network = function, network

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.function(*inputs)


def write_onnx(exportable: Exportable, path: Path) -> None:
    """Write the function to `path`, weights within.

    Raises LabError ``export.missing`` naming the packages that are not installed.
    """
    check_installed(WRITING)
    sizes = {place: step * Dim(_CALLED[place]) if step > 1 else Dim(_CALLED[place])
             for place, step in exportable.free.items()}
    shapes = tuple(
        {place: size for place, size in sizes.items() if place < tensor.ndim and tensor.shape[place] > 1}
        for tensor in exportable.inputs
    )
    talkative = logging.getLogger("torch.onnx")
    level = talkative.level
    talkative.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what the exporter does within itself
            program = torch.onnx.export(
                _Called(exportable.function, exportable.network).eval(), exportable.inputs,
                input_names=[name for name, _ in exportable.example], output_names=[exportable.output],
                dynamo=True, verbose=False, dynamic_shapes=(shapes,),
            )
        assert program is not None
        program.save(path, external_data=False)
    finally:
        talkative.setLevel(level)


def check_installed(packages: tuple[str, ...]) -> None:
    """Raises LabError ``export.missing`` naming those of the packages that are not installed."""
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise LabError("export.missing", packages=" ".join(missing))
