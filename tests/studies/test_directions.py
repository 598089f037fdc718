"""Directions of a generator whose latents are known to do one thing each, and of what is kept of them."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from contrastlab.core.device import Device
from contrastlab.nn.decoding import Decoder
from contrastlab.studies.directions import DISTINCT, find_directions, moved, read_directions, write_directions

SIDE = 16


@dataclass(frozen=True, slots=True, eq=False)
class Known(Decoder):
    """Latent 3 makes its pictures brighter, 1 bluer, 0 lighter on the left; the other three do nothing."""

    def _painted(self, noise, classes):
        pictures = torch.full((len(noise), 3, SIDE, SIDE), 0.5)
        pictures += 0.02 * classes[:, None, None, None]
        pictures += 0.06 * noise[:, 3, None, None, None]
        pictures[:, 2] += 0.04 * noise[:, 1, None, None]
        pictures[:, 0] -= 0.04 * noise[:, 1, None, None]
        pictures[..., : SIDE // 2] += 0.02 * noise[:, 0, None, None, None]
        pictures[..., SIDE // 2 :] -= 0.02 * noise[:, 0, None, None, None]
        return pictures.clamp(0, 1)


@pytest.fixture(scope="module")
def decoder():
    return Known("known", "a" * 64, ("one", "two"), 6, SIDE, Device("cpu", torch.float32))


@pytest.fixture(scope="module")
def found(decoder):
    *before, last = find_directions(decoder, samples=400, measured=20)
    assert all(now.directions is None and 0 <= now.done < now.total for now in before)
    assert last.done == last.total
    return last.directions


def test_each_is_found_named_and_turned_the_right_way(found):
    named = {one.changes: one for one in found[:DISTINCT]}
    assert set(named) == {"brightness", "warmth", "right_light"}
    for aspect, latent, sign in (("brightness", 3, 1), ("warmth", 1, -1), ("right_light", 0, -1)):
        expected = np.zeros(6)
        expected[latent] = sign
        assert named[aspect].vector == pytest.approx(expected, abs=0.05)
        assert named[aspect].agreement == 1
    # Nearly all that brightness varies comes from there: a step is about one standard deviation of it.
    assert named["brightness"].effect == pytest.approx(1, abs=0.1)
    assert [one.effect for one in found[:DISTINCT]] == sorted((one.effect for one in found[:DISTINCT]), reverse=True)


def test_what_changes_nothing_gets_no_name_and_all_stand_at_right_angles(found):
    assert len(found) == 6
    assert [one.changes for one in found[3:]] == ["", "", ""]
    vectors = np.stack([one.vector for one in found])
    assert vectors @ vectors.T == pytest.approx(np.eye(6), abs=1e-4)


def test_moving_is_a_sum_of_steps(found):
    latents = np.ones((2, 6), np.float32)
    steps = (1.5, 0.0, -2.0)
    expected = latents + 1.5 * found[0].vector - 2 * found[2].vector
    assert moved(latents, found, steps) == pytest.approx(expected, abs=1e-6)
    assert np.array_equal(moved(latents, found, ()), latents)


def test_what_is_kept_comes_back_and_only_for_these_weights(decoder, found, tmp_path):
    path = tmp_path / "directions.json"
    assert read_directions(path, decoder) == ()
    write_directions(path, decoder, found)
    again = read_directions(path, decoder)
    assert [one.changes for one in again] == [one.changes for one in found]
    for one, kept in zip(found, again, strict=True):
        assert kept.vector == pytest.approx(one.vector, abs=1e-4)
        assert np.linalg.norm(kept.vector) == pytest.approx(1, abs=1e-6)
    other = Known("known", "b" * 64, ("one", "two"), 6, SIDE, decoder.device)
    assert read_directions(path, other) == ()


@pytest.mark.parametrize("damage", [
    lambda told: told.pop("directions"), lambda told: told["directions"][0].pop("vector"),
    lambda told: told["directions"][0].update(vector=[1.0]), lambda told: told["directions"][0].update(changes="joy"),
    lambda told: told["directions"][0].update(vector=[float("nan")] * 6),
    lambda told: told.update(directions="none"), lambda told: told.update(weights="other"),
])
def test_a_damaged_file_holds_nothing(decoder, found, tmp_path, damage):
    path = tmp_path / "directions.json"
    write_directions(path, decoder, found)
    told = json.loads(path.read_text())
    damage(told)
    path.write_text(json.dumps(told))
    assert read_directions(path, decoder) == ()
    path.write_bytes(b"\xff{")
    assert read_directions(path, decoder) == ()
