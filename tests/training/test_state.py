"""States go to disk and come back bit by bit, and are only data."""

import pickle

import pytest
import torch

from contrastlab.core.errors import LabError
from contrastlab.training.state import load_optimizer, load_state, save_state


def test_nested_values_come_back_with_their_types_and_bits(tmp_path):
    state = {
        "step": 3, "names": ["a", None, True], "betas": (0.9, 0.999), "empty": {},
        "tensors": {0: torch.randn(3, 2), "half": torch.randn(2).bfloat16(), "count": torch.tensor(5)},
    }
    save_state(tmp_path / "s", state)
    back = load_state(tmp_path / "s")
    assert {key: back[key] for key in ("step", "names", "betas", "empty")} == {
        key: state[key] for key in ("step", "names", "betas", "empty")
    }
    assert list(back["tensors"]) == [0, "half", "count"]
    for key, tensor in state["tensors"].items():
        assert back["tensors"][key].dtype is tensor.dtype and torch.equal(back["tensors"][key], tensor)


def test_an_optimiser_goes_on_as_if_never_stopped(tmp_path):
    def steps(network, optimizer, count):
        for _ in range(count):
            optimizer.zero_grad()
            network(torch.ones(1, 3)).sum().square().backward()
            optimizer.step()

    torch.manual_seed(0)
    network = torch.nn.Linear(3, 2)
    optimizer = torch.optim.Adam(network.parameters())
    steps(network, optimizer, 3)
    save_state(tmp_path / "s", {"network": network.state_dict(), "optimizer": optimizer.state_dict()})
    twin = torch.nn.Linear(3, 2)
    other = torch.optim.Adam(twin.parameters(), lr=9.0)
    back = load_state(tmp_path / "s")
    twin.load_state_dict(back["network"])
    other.load_state_dict(back["optimizer"])
    steps(network, optimizer, 4)
    steps(twin, other, 4)
    assert torch.equal(network.weight, twin.weight)


def test_tensors_that_share_memory_are_kept_apart(tmp_path):
    base = torch.arange(6.0)
    save_state(tmp_path / "s", {"all": base, "part": base[2:4], "again": base})
    back = load_state(tmp_path / "s")
    assert back["part"].tolist() == [2, 3] and back["again"].tolist() == base.tolist()


def test_what_is_not_data_is_refused(tmp_path):
    with pytest.raises(TypeError, match="object"):
        save_state(tmp_path / "s", {"thing": object()})
    assert not (tmp_path / "s").exists()


class Bomb:
    def __reduce__(self):
        return exec, ("raise SystemExit('unpickled')",)


@pytest.mark.parametrize("content", [b"", b"\x00" * 40, pickle.dumps(Bomb())])
def test_a_damaged_or_hostile_file_is_an_error_that_says_so(tmp_path, content):
    (tmp_path / "s").write_bytes(content)
    with pytest.raises(LabError, match="training.broken_state"):
        load_state(tmp_path / "s")


def test_a_crash_while_writing_keeps_the_old_file(tmp_path, monkeypatch):
    save_state(tmp_path / "s", {"step": 1})
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save_state(tmp_path / "s", {"step": 2})
    assert load_state(tmp_path / "s") == {"step": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["s"]


@pytest.mark.parametrize("fused", [False, True])
def test_an_optimiser_goes_on_as_if_never_stopped_whatever_the_layout_of_its_weights(tmp_path, fused):
    def begin():
        torch.manual_seed(0)
        layer = torch.nn.Conv2d(4, 6, 3).to(memory_format=torch.channels_last)
        return layer, torch.optim.Adam(layer.parameters(), lr=0.1, fused=fused)

    def step(layer, optimizer, number):
        x = torch.rand(2, 4, 5, 5, generator=torch.Generator().manual_seed(number))
        optimizer.zero_grad()
        layer(x).square().sum().backward()
        optimizer.step()

    (whole, whole_optimizer), (half, half_optimizer), (rest, rest_optimizer) = begin(), begin(), begin()
    for number in range(6):
        step(whole, whole_optimizer, number)
    for number in range(3):
        step(half, half_optimizer, number)
    path = tmp_path / "state.safetensors"
    save_state(path, {"layer": half.state_dict(), "optimizer": half_optimizer.state_dict()})
    saved = load_state(path)
    rest.load_state_dict(saved["layer"])
    load_optimizer(rest_optimizer, saved["optimizer"])
    for number in range(3, 6):
        step(rest, rest_optimizer, number)
    assert torch.allclose(rest.weight, whole.weight, atol=1e-6)
