import pytest
import torch

from contrastlab.training.snapshots import SNAPSHOTS, WATCHED, Snapshots, read_strip


@pytest.fixture
def kept():
    torch.manual_seed(0)
    snapshots = Snapshots(5, 3)
    for step in (16, 8, 20):
        snapshots.keep(step, torch.full((WATCHED, 3, 4, 4), step / 20))
    return snapshots


def test_the_strip_has_a_row_a_step_and_a_column_a_latent(kept, tmp_path):
    kept.write(tmp_path)
    strip = read_strip(tmp_path, [8, 16, 20])
    assert strip is not None and strip.steps == (8, 16, 20) and strip.side == 4
    assert strip.pixels.shape == (12, 4 * WATCHED, 3)
    assert strip.pixels[::4, 0, 0].tolist() == [102, 204, 255]


def test_latents_and_pictures_survive_a_restart(kept):
    other = Snapshots(5, 3)
    assert not torch.equal(other.latents, kept.latents)
    other.load_state_dict(kept.state_dict())
    assert torch.equal(other.latents, kept.latents) and other.steps == [8, 16, 20]
    assert other.classes.tolist() == [number % 3 for number in range(WATCHED)]


@pytest.mark.parametrize("steps", [[], [8], [8, 16, 20, 40]])
def test_a_strip_of_other_steps_is_none(kept, tmp_path, steps):
    kept.write(tmp_path)
    assert read_strip(tmp_path, steps) is None


def test_a_strip_that_is_not_there_or_damaged_is_none(tmp_path):
    assert read_strip(tmp_path, [8]) is None
    (tmp_path / SNAPSHOTS).write_bytes(b"RIFF" + bytes(40))
    assert read_strip(tmp_path, [8]) is None
    Snapshots(2, 1).write(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()
