"""Checkpoints: what was saved comes back, and whatever is wrong with a file is said plainly."""

import json
import pickle

import pytest
import torch
from safetensors import safe_open

from contrastlab.core import checkpoint as room
from contrastlab.core.checkpoint import (
    list_checkpoints,
    load_checkpoint,
    load_fitting_weights,
    load_weights,
    read_config,
    save_checkpoint,
    save_metrics,
)
from contrastlab.core.errors import LabError


def save(folder, **changes):
    settings = {
        "family": "encoder", "architecture": {"width": 2}, "preprocessing": {"side": 32}, "training": {"step": 5},
        "weights": {"weight": torch.tensor([[0.1, -2.0]]), "count": torch.tensor(7)}, "draft": True,
    }
    return save_checkpoint(folder, **{**settings, **changes})


def test_a_saved_checkpoint_comes_back_in_full_precision_of_half(tmp_path):
    save(tmp_path / "one")
    back = load_checkpoint(tmp_path / "one", family="encoder")
    assert back.name == "one" and back.draft and back.architecture == {"width": 2} and back.metrics == {}
    assert back.weights["weight"].dtype is torch.float32
    assert torch.equal(back.weights["weight"], torch.tensor([[0.1, -2.0]]).half().float())
    assert back.weights["count"].item() == 7


def test_what_half_precision_cannot_hold_stays_whole(tmp_path):
    save(tmp_path / "one", weights={"variance": torch.tensor([1e6, 2.5])})
    assert load_checkpoint(tmp_path / "one").weights["variance"].tolist() == [1e6, 2.5]


def test_what_is_kept_in_bytes_is_half_as_large_and_off_by_half_a_step_of_its_row(tmp_path):
    torch.manual_seed(0)
    rows = torch.randn(4, 3, 5, 5) * torch.tensor([1.0, 1e-3, 100.0, 0.0]).reshape(4, 1, 1, 1)
    weights = {"judge.kernel": rows, "judge.bias": torch.tensor([0.1]), "judge.seen": torch.tensor(3), "kernel": rows}
    back = save(tmp_path / "one", weights=weights, in_bytes="judge.").weights
    assert set(back) == set(weights) and back["judge.kernel"].dtype is torch.float32
    step = rows.abs().amax((1, 2, 3), keepdim=True) / 127
    assert ((back["judge.kernel"] - rows).abs() <= 0.51 * step + 127 * step * 2**-11).all()
    assert torch.equal(back["kernel"], rows.half().float()) and torch.equal(back["judge.seen"], torch.tensor(3))
    with safe_open(tmp_path / "one" / room.WEIGHTS, "pt") as stored:
        assert stored.get_slice("judge.kernel").get_dtype() == "I8" and stored.get_slice("kernel").get_dtype() == "F16"
    again = save(tmp_path / "two", weights=back, in_bytes="judge.").weights
    assert all(torch.equal(again[name], back[name]) for name in back)


def test_the_index_lists_every_checkpoint_by_name(tmp_path):
    assert list_checkpoints(tmp_path) == []
    save(tmp_path / "two")
    save(tmp_path / "one")
    assert list_checkpoints(tmp_path) == ["one", "two"]


def test_metrics_are_merged_and_new_weights_start_unmeasured(tmp_path):
    save(tmp_path / "one")
    save_metrics(tmp_path / "one", {"knn": 0.5, "band": 1})
    save_metrics(tmp_path / "one", {"knn": 0.6})
    assert load_checkpoint(tmp_path / "one").metrics == {"knn": 0.6, "band": 1}
    save(tmp_path / "one")
    assert load_checkpoint(tmp_path / "one").metrics == {}


def refused(folder, **wanted):
    with pytest.raises(LabError) as caught:
        load_checkpoint(folder, **wanted)
    assert caught.value.facts["name"] == folder.name
    return caught.value.key


def test_each_kind_of_damage_has_its_own_sentence(tmp_path):
    folder = tmp_path / "one"
    assert refused(folder) == "checkpoint.missing"
    save(folder)
    weights, config = folder / room.WEIGHTS, folder / room.CONFIG
    whole, text = weights.read_bytes(), config.read_text()
    assert refused(folder, family="gan") == "checkpoint.wrong_family"
    weights.write_bytes(whole[:-1])
    assert refused(folder) == "checkpoint.wrong_hash"
    weights.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    assert refused(folder) == "checkpoint.wrong_hash"
    weights.unlink()
    assert refused(folder) == "checkpoint.missing"
    weights.write_bytes(whole)
    for broken in ("", "{", "[]", '{"name": "one"}', text.replace('"draft"', '"extra"')):
        config.write_text(broken)
        assert refused(folder) == "checkpoint.broken_config"
    config.write_text(text)
    assert load_checkpoint(folder).sha256 == json.loads(text)["sha256"]


class Bomb:
    def __reduce__(self):
        return exec, ("raise SystemExit('unpickled')",)


def test_a_pickle_renamed_is_never_unpickled_even_with_a_matching_hash(tmp_path):
    import hashlib

    folder = tmp_path / "one"
    save(folder)
    hostile = pickle.dumps(Bomb())
    (folder / room.WEIGHTS).write_bytes(hostile)
    config = json.loads((folder / room.CONFIG).read_text())
    config["sha256"] = hashlib.sha256(hostile).hexdigest()
    (folder / room.CONFIG).write_text(json.dumps(config))
    assert refused(folder) == "checkpoint.broken_weights"


def test_weights_must_fit_the_network_exactly(tmp_path):
    stored = save(tmp_path / "one", weights={"weight": torch.ones(1, 2), "bias": torch.zeros(1)})
    network = torch.nn.Linear(2, 1)
    load_weights(network, stored)
    assert torch.equal(network.weight, torch.ones(1, 2))
    for other in (torch.nn.Linear(3, 1), torch.nn.Linear(2, 1, bias=False), torch.nn.BatchNorm1d(2)):
        with pytest.raises(LabError, match="checkpoint.wrong_weights"):
            load_weights(other, stored)


def test_a_damaged_index_says_so(tmp_path):
    (tmp_path / room.INDEX).write_text("{]")
    with pytest.raises(LabError, match="checkpoint.broken_index"):
        list_checkpoints(tmp_path)


def test_a_config_is_read_without_its_weights(tmp_path):
    stored = save(tmp_path / "one")
    (tmp_path / "one" / room.WEIGHTS).write_bytes(b"damaged")
    assert read_config(tmp_path / "one").config == stored.config
    assert refused(tmp_path / "one") == "checkpoint.wrong_hash"
    (tmp_path / "one" / room.CONFIG).write_text("{}")
    with pytest.raises(LabError, match="checkpoint.broken_config"):
        read_config(tmp_path / "one")


def test_only_what_may_differ_is_made_anew(tmp_path):
    class Two(torch.nn.Module):
        def __init__(self, outputs, *, inputs=2, bias=True):
            super().__init__()
            self.body = torch.nn.Linear(inputs, 3)
            self.head = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Linear(3, outputs, bias=bias))

    ones = {name: torch.ones_like(weight) for name, weight in Two(4).state_dict().items()}
    stored = save(tmp_path / "one", weights=ones)
    network = Two(5)
    before = network.head[1].weight.clone()
    assert load_fitting_weights(network, stored, may_differ=("head.",)) == ("head.1.weight", "head.1.bias")
    assert torch.equal(network.head[1].weight, before)
    assert (network.body.weight == 1).all() and (network.head[0].weight == 1).all()
    assert load_fitting_weights(Two(4), stored, may_differ=("head.",)) == ()
    assert load_fitting_weights(Two(4, bias=False), stored, may_differ=("head.",)) == ()  # its head has less to take
    with pytest.raises(LabError, match="checkpoint.wrong_weights.*body"):
        load_fitting_weights(Two(4, inputs=3), stored, may_differ=("head.",))
    with pytest.raises(LabError, match="checkpoint.wrong_weights"):
        load_fitting_weights(network.body, stored, may_differ=("head.",))
