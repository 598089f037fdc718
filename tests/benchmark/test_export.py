from __future__ import annotations

from pathlib import Path

import pytest

from contrastlab.benchmark.export import exportable, measure
from contrastlab.core.errors import LabError
from contrastlab.lab import Lab
from contrastlab.nn.export import write_onnx

pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

LAB = Lab(device="cpu")
NAMES = [card.name for card in LAB.models() if card.name != "autoencoder-digits"]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name == "encoder-supcon-digits" else [pytest.mark.slow]) for name in NAMES]
)
def test_every_network_can_be_exported_and_answers_alike(name: str, tmp_path: Path) -> None:
    network = exportable(LAB, name)
    write_onnx(network, tmp_path / "it.onnx")
    found = measure(network, tmp_path / "it.onnx", rounds=1)
    assert found["difference"] <= found["goal_difference"] == 1e-3
    assert found["megabytes"] == pytest.approx((tmp_path / "it.onnx").stat().st_size / 1e6, abs=0.01)
    assert [row["pictures"] for row in found["rows"]] == [1, 16]


def test_what_cannot_be_exported_is_a_sentence() -> None:
    for name, key in (("autoencoder-digits", "export.unsupported"), ("nobody", "checkpoint.unknown")):
        with pytest.raises(LabError) as told:
            exportable(LAB, name)
        assert told.value.key == key
