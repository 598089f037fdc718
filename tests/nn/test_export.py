"""A network's ONNX file answers as the network does, for batches and sizes that it was not traced with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from contrastlab.core.errors import LabError
from contrastlab.nn import export
from contrastlab.nn.export import Exportable, check_installed, write_onnx


class Mixing(nn.Module):
    """Two inputs, one of any size whose sides divide by 2, one that is the same everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Conv2d(3, 4, 2, stride=2)
        self.up = nn.ConvTranspose2d(4, 3, 2, stride=2)

    def forward(self, pictures: Tensor, told: Tensor) -> Tensor:
        mixed: Tensor = self.up(torch.relu(self.down(pictures) * told))
        return pictures - mixed


def test_the_file_answers_as_the_network_for_any_batch_and_size(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    torch.manual_seed(0)
    network = Mixing().eval()
    example = (("pictures", torch.rand(2, 3, 8, 10)), ("told", torch.rand(2, 4, 1, 1)))
    write_onnx(Exportable(network, network, example, "mixed", {0: 1, 2: 2, 3: 2}), tmp_path / "mixing.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "mixing.onnx"), providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_inputs()] == ["pictures", "told"]
    assert [one.name for one in session.get_outputs()] == ["mixed"]
    for shape in ((1, 3, 4, 6), (3, 3, 12, 8)):
        pictures, told = torch.rand(shape), torch.rand(shape[0], 4, 1, 1)
        given, = session.run(None, {"pictures": pictures.numpy(), "told": told.numpy()})
        with torch.inference_mode():
            np.testing.assert_allclose(given, network(pictures, told).numpy(), atol=1e-5)
    assert [path.name for path in tmp_path.iterdir()] == ["mixing.onnx"]  # the weights are within


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(export, "WRITING", ("no_such_package", "torch"))
    with pytest.raises(LabError) as told:
        check_installed(("no_such_package", "torch"))
    assert told.value.key == "export.missing"
    assert told.value.facts == {"packages": "no_such_package"}
