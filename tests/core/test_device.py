"""The device is chosen once and says what it can do."""

import pytest
import torch

from contrastlab.core import device as room
from contrastlab.core.device import choose_device, set_threads
from contrastlab.core.errors import LabError


def test_the_best_present_device_is_chosen(monkeypatch):
    monkeypatch.delenv("CONTRASTLAB_DEVICE", raising=False)
    monkeypatch.setattr(room, "_present", lambda: ["mps", "cpu"])
    assert choose_device().kind == "mps"
    monkeypatch.setenv("CONTRASTLAB_DEVICE", "cpu")
    assert choose_device().kind == "cpu"
    assert choose_device("mps").kind == "mps"


def test_unknown_and_absent_devices_are_named(monkeypatch):
    monkeypatch.setattr(room, "_present", lambda: ["cpu"])
    with pytest.raises(LabError, match="device.unknown.*abacus"):
        choose_device("abacus")
    with pytest.raises(LabError, match="device.missing.*cuda"):
        choose_device("cuda")


def test_autocast_computes_in_the_dtype_it_announces():
    for dtype, name in ((torch.float32, "fp32"), (torch.bfloat16, "bf16")):
        device = room.Device("cpu", dtype)
        assert device.precision == name
        with device.autocast():
            assert torch.nn.Linear(2, 2)(torch.ones(1, 2)).dtype is dtype


def test_threads_are_set_and_counted():
    before = torch.get_num_threads()
    try:
        assert set_threads(1) == torch.get_num_threads() == 1
        with pytest.raises(LabError, match="threads"):
            set_threads(0)
    finally:
        torch.set_num_threads(before)


def test_a_card_that_is_lent_to_one_function_at_a_time_is_not_for_everything(monkeypatch):
    monkeypatch.delenv("CONTRASTLAB_DEVICE", raising=False)
    monkeypatch.setattr(room, "_present", lambda: ["cuda", "cpu"])
    monkeypatch.setattr(room, "_training_dtype", lambda kind: torch.float32)
    monkeypatch.setenv("SPACES_ZERO_GPU", "1")
    assert choose_device().kind == "cpu"
    assert choose_device("cuda").kind == "cuda"
