"""The loop: schedules, budgets, divergence, and above all a kill in the middle."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch

from contrastlab.core.errors import LabError
from contrastlab.training.ema import Ema
from contrastlab.training.loop import LOG, STATE, Schedule, batch_indices, fit, step_seed
from contrastlab.training.state import load_state, save_state


class Line:
    """A trainee small enough to reason about: one layer with dropout, Adam and an average."""

    def __init__(self) -> None:
        torch.manual_seed(7)
        self.network = torch.nn.Linear(4, 1)
        self.ema = Ema(self.network, decay=0.9)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=0.1)
        self.rates: list[float] = []

    def optimizers(self):
        return [self.optimizer]

    def step(self, step):
        self.rates.append(self.optimizer.param_groups[0]["lr"])
        x = torch.randn(8, 4)  # from the generator that the loop seeds
        loss = (self.network(torch.dropout(x, 0.5, True)) - x.sum(1, keepdim=True)).pow(2).mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.ema.update(self.network, step)
        return {"loss": loss.item()}

    def state_dict(self):
        return {
            "network": self.network.state_dict(), "ema": self.ema.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state_dict(self, state):
        self.network.load_state_dict(state["network"])
        self.ema.network.load_state_dict(state["ema"])
        self.optimizer.load_state_dict(state["optimizer"])


def run(folder: Path, trainee: Line, **changes):
    settings = {"schedule": Schedule(warmup_steps=5), "batch_size": 8, "seed": 3, "steps": 40, "log_every": 10}
    return list(fit(trainee, folder=folder, **{**settings, **changes}))


def test_schedule_rises_linearly_then_falls_along_a_cosine():
    schedule = Schedule(warmup_steps=4, final=0.1)
    assert [schedule.factor(step, 104) for step in range(4)] == [0.25, 0.5, 0.75, 1.0]
    assert schedule.factor(4, 104) == 1.0
    assert schedule.factor(54, 104) == pytest.approx(0.55)  # half-way between 1 and .1
    assert schedule.factor(104, 104) == pytest.approx(0.1)


def test_learning_rates_follow_the_schedule(tmp_path):
    trainee = Line()
    run(tmp_path, trainee)
    schedule = Schedule(warmup_steps=5)
    assert trainee.rates == pytest.approx([0.1 * schedule.factor(step, 40) for step in range(40)])


def test_progress_reports_means_of_the_steps_since_the_last(tmp_path):
    trainee = Line()
    losses = []
    take = trainee.step
    trainee.step = lambda step: losses.append(take(step)["loss"]) or {"loss": losses[-1]}
    progress = run(tmp_path, trainee)
    assert [now.step for now in progress] == [10, 20, 30, 40]
    assert progress[1].metrics["loss"] == pytest.approx(sum(losses[10:20]) / 10)
    assert [now.saved for now in progress] == [False, False, False, True]
    rows = [json.loads(line) for line in (tmp_path / LOG).read_text().splitlines()]
    assert [row["step"] for row in rows] == [10, 20, 30, 40]
    assert rows[1]["loss"] == pytest.approx(progress[1].metrics["loss"])


def test_stopped_and_resumed_ends_with_the_same_weights(tmp_path):
    whole = Line()
    run(tmp_path / "whole", whole)
    progress = fit(Line(), folder=tmp_path / "parts", schedule=Schedule(5), batch_size=8, seed=3, steps=40,
                   log_every=10, save_every_seconds=0.0)
    for now in progress:
        if now.step == 17:
            break
    progress.close()
    resumed = Line()
    run(tmp_path / "parts", resumed)
    assert len(resumed.rates) == 23
    for name in ("network", "ema"):
        a, b = whole.state_dict()[name], resumed.state_dict()[name]
        assert all(torch.equal(a[key], b[key]) for key in a)


KILLED = """
    import sys, time
    sys.path[:0] = {paths!r}
    import torch
    torch.set_num_threads(1)
    from pathlib import Path
    from test_loop import Line, Schedule, fit
    trainee = Line()
    slow = trainee.step
    def step(number):
        if number >= 20 and {hang}:
            print("here", flush=True)
            time.sleep(600)
        return slow(number)
    trainee.step = step
    list(fit(trainee, folder=Path({folder!r}), schedule=Schedule(5), batch_size=8, seed=3, steps=40,
             log_every=10, save_every_seconds=0.0))
    torch.save(trainee.ema.network.weight, {folder!r} + "/weight.pt")
"""


def test_kill_nine_half_way_and_resume_ends_with_the_same_weights(tmp_path):
    paths = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

    def start(folder: Path, hang: bool):
        folder.mkdir(exist_ok=True)
        code = textwrap.dedent(KILLED).format(paths=paths, hang=hang, folder=str(folder))
        return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)

    assert start(tmp_path / "whole", hang=False).wait(120) == 0
    killed = start(tmp_path / "killed", hang=True)
    assert killed.stdout.readline() == "here\n"
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert load_state(tmp_path / "killed" / STATE)["step"] == 20
    assert start(tmp_path / "killed", hang=False).wait(120) == 0
    weights = [torch.load(tmp_path / name / "weight.pt", weights_only=True) for name in ("whole", "killed")]
    assert torch.equal(*weights)


def test_log_lines_after_the_last_saved_state_are_written_once(tmp_path):
    run(tmp_path, Line(), steps=20)
    with (tmp_path / LOG).open("a") as stream:
        stream.write(json.dumps({"step": 30, "loss": 1.0}) + "\n")  # what a killed run had logged but not saved
    saved = load_state(tmp_path / STATE)
    save_state(tmp_path / STATE, {**saved, "max_steps": 40})
    run(tmp_path, Line())
    steps = [json.loads(line)["step"] for line in (tmp_path / LOG).read_text().splitlines()]
    assert steps == [10, 20, 30, 40]


def test_a_time_budget_becomes_steps_once_and_stays(tmp_path):
    first = fit(Line(), folder=tmp_path, schedule=Schedule(1), batch_size=8, seed=0, minutes=0.01, log_every=1,
                save_every_seconds=0.0)
    total = next(first).max_steps
    first.close()
    assert total > 1
    again = fit(Line(), folder=tmp_path, schedule=Schedule(1), batch_size=8, seed=0, minutes=99.0, log_every=1)
    assert next(again).max_steps == total
    again.close()


def test_timing_the_steps_leaves_the_trainee_as_it_was(tmp_path):
    timed, plain = Line(), Line()
    progress = fit(timed, folder=tmp_path / "a", schedule=Schedule(1), batch_size=8, seed=0, minutes=0.05, log_every=1)
    next(progress)
    progress.close()
    progress = fit(plain, folder=tmp_path / "b", schedule=Schedule(1), batch_size=8, seed=0, steps=100, log_every=1)
    next(progress)
    progress.close()
    assert torch.equal(timed.network.weight, plain.network.weight)


def test_a_number_that_is_not_finite_stops_the_run_and_names_step_and_value(tmp_path):
    trainee = Line()
    trainee.step = lambda step: {"loss": float("nan") if step == 12 else 1.0}
    with pytest.raises(LabError) as caught:
        run(tmp_path, trainee)
    assert caught.value.key == "training.diverged"
    assert caught.value.facts["step"] == 12 and caught.value.facts["name"] == "loss"


@pytest.mark.parametrize(("steps", "minutes"), [(0, 0.0), (10, 1.0)])
def test_exactly_one_length_is_wanted(tmp_path, steps, minutes):
    with pytest.raises(LabError, match="training.no_length"):
        run(tmp_path, Line(), steps=steps, minutes=minutes)


def test_a_fresh_run_may_start_further_along(tmp_path):
    trainee = Line()
    progress = run(tmp_path, trainee, first_step=30)
    assert progress[-1].step == 40 and len(trainee.rates) == 10


def test_snapshots_come_after_the_steps_asked_for(tmp_path):
    seen = []
    run(tmp_path, Line(), snapshots=(1, 4, 16), on_snapshot=seen.append)
    assert seen == [1, 4, 16]


def test_batches_pass_over_everything_once_an_epoch_and_differ_between_epochs():
    epochs = {}
    for step in range(8):
        epoch, indices = batch_indices(20, 5, seed=1, step=step)
        epochs.setdefault(epoch, []).extend(indices.tolist())
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(20))
    assert epochs[0] != epochs[1]
    assert batch_indices(20, 5, seed=2, step=0)[1].tolist() != epochs[0][:5]


def test_a_batch_larger_than_the_data_is_refused():
    with pytest.raises(LabError, match="training.too_few"):
        batch_indices(4, 5, seed=0, step=0)


def test_step_seeds_do_not_repeat():
    seeds = {step_seed(seed, step) for seed in range(50) for step in range(-50, 200)}
    assert len(seeds) == 50 * 250 and all(0 <= seed < 2**63 for seed in seeds)
