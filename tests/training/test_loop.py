import csv
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from training import training_job

from qgen.files import InputError, TrainingError
from qgen.training import Batch, Loss, Run, holdout, train


def weights(objective: nn.Module) -> torch.Tensor:
    return torch.cat([value.ravel() for value in objective.state_dict().values()])


def killed_after(folder: Path, epochs: int) -> None:
    """Run the job in another process and `kill -9` it as soon as its checkpoint holds some epochs."""
    job = subprocess.Popen([sys.executable, training_job.__file__, str(folder)])
    deadline = time.monotonic() + 120
    while not (folder / "history.csv").exists() or len(rows(folder)) < epochs:
        assert job.poll() is None, "the job ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(job.pid, signal.SIGKILL)
    assert job.wait() == -signal.SIGKILL


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "history.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_resumes_after_kill_9_to_the_same_weights(tmp_path: Path) -> None:
    killed_after(tmp_path, 10)
    assert 10 <= len(rows(tmp_path)) < training_job.EPOCHS
    resumed, history = training_job.fit(tmp_path)
    whole, expected = training_job.fit(None)
    assert len(resumed.progress) < training_job.EPOCHS
    assert torch.equal(weights(resumed), weights(whole))
    assert history == expected


def test_a_finished_training_is_not_repeated(tmp_path: Path) -> None:
    first, history = training_job.fit(tmp_path)
    again, same = training_job.fit(tmp_path)
    assert again.progress == []
    assert same == history
    assert torch.equal(weights(again), weights(first))


def test_history_is_written_as_csv(tmp_path: Path) -> None:
    _, history = training_job.fit(tmp_path)
    assert [{name: float(value) for name, value in row.items()} for row in rows(tmp_path)] == history
    assert list(rows(tmp_path)[0]) == ["epoch", "squared", "scaled_gradients", "validation"]


def test_a_value_that_an_epoch_lacks_is_empty(tmp_path: Path) -> None:
    run = Run(0, checkpoint=tmp_path)
    train(training_job.Noisy(), training_job.data(), run, epochs=5, batch_size=50, validate_every=3)
    assert [row["validation"] != "" for row in rows(tmp_path)] == [False, False, True, False, True]


@pytest.mark.parametrize(("seed", "settings", "named"), [(1, {}, "seed=0"), (0, {"depth": 4}, "depth=None")])
def test_other_settings_do_not_continue(tmp_path: Path, seed: int, settings: dict[str, Any], named: str) -> None:
    training_job.fit(tmp_path)
    with pytest.raises(InputError, match=rf"checkpoint.pt: made with {named}, expected .*; delete it"):
        training_job.fit(tmp_path, seed=seed, **settings)


def test_a_state_with_other_weights_does_not_continue(tmp_path: Path) -> None:
    """As other versions of a model leave it."""
    training_job.fit(tmp_path)
    path = tmp_path / "checkpoint.pt"
    content = torch.load(path, weights_only=True)
    content["objective"] = {f"old.{name}": array for name, array in content["objective"].items()}
    torch.save(content, path)
    with pytest.raises(InputError, match=r"checkpoint.pt: damaged, or made by another version of qgen; delete it"):
        training_job.fit(tmp_path)


class Scripted(nn.Module):
    """Follows written scores; its one weight counts the steps."""

    def __init__(self, scores: list[float], loss: float = 0.0, slope: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.sgd = torch.optim.SGD([self.weight], lr=1.0)
        self.scores, self.constant, self.slope = iter(scores), loss, slope

    def losses(self) -> Mapping[str, Loss]:
        return {"line": lambda batch, rng: (self.constant - self.slope * self.weight).sum()}

    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        return {"line": self.sgd}

    def begin_epoch(self, progress: float) -> None:
        pass

    def score(self, data: Batch, rng: torch.Generator) -> float:
        return next(self.scores)


ROWS = {"x": torch.arange(10.0)}
RUN = Run(0, validation=0.2)


def test_keeps_the_weights_with_the_best_score() -> None:
    objective = Scripted([3.0, 1.0, 2.0, 1.5])
    history = train(objective, ROWS, RUN, epochs=4, batch_size=10)
    assert [row["validation"] for row in history] == [3.0, 1.0, 2.0, 1.5]
    assert objective.weight.item() == 2


def test_stops_when_patience_ends() -> None:
    objective = Scripted([3.0, 1.0, 2.0, 1.5, 0.0])
    assert len(train(objective, ROWS, RUN, epochs=5, batch_size=10, patience=2)) == 4
    assert objective.weight.item() == 2


def test_without_validation_the_last_weights_stay() -> None:
    objective = Scripted([])
    train(objective, ROWS, replace(RUN, validation=0), epochs=3, batch_size=5)
    assert objective.weight.item() == 6


def test_no_epochs_leave_the_weights() -> None:
    assert train(Scripted([]), ROWS, RUN, epochs=0, batch_size=5) == []


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        (Scripted([1.0], loss=math.nan), r"the line loss at epoch 0, step 0 is nan: lower the learning rate"),
        (Scripted([1.0], slope=math.inf), r"the line loss at epoch 0, step 0 is nan"),
        (Scripted([math.nan]), r"the validation score at epoch 0 is nan"),
    ],
)
def test_guards_say_what_happened(objective: Scripted, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        train(objective, ROWS, RUN, epochs=1, batch_size=10)


class Root(Scripted):
    """sqrt at 0: a finite loss with an infinite gradient."""

    def losses(self) -> Mapping[str, Loss]:
        return {"root": lambda batch, rng: self.weight.sqrt().sum()}

    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        return {"root": self.sgd}


def test_infinite_gradient_is_named() -> None:
    with pytest.raises(TrainingError, match="the root loss at epoch 0, step 0 is 0, but its gradient norm is inf"):
        train(Root([1.0]), ROWS, RUN, epochs=1, batch_size=10)


def test_large_gradients_are_scaled_down_and_counted() -> None:
    objective = Scripted([1.0], slope=1000.0)
    history = train(objective, ROWS, RUN, epochs=1, batch_size=10, max_gradient=5.0)
    assert objective.weight.item() == pytest.approx(5, rel=1e-5)
    assert history[0]["scaled_gradients"] == 1


def test_callbacks_see_every_epoch() -> None:
    seen = []
    training_job.fit(None, lambda epoch, row: seen.append((epoch, row["squared"])))
    assert [epoch for epoch, _ in seen] == list(range(training_job.EPOCHS))


def test_holdout_parts_are_disjoint_and_whole() -> None:
    kept, held = holdout(10, 0.3, seed=4)
    assert len(held) == 3
    assert sorted([*kept.tolist(), *held.tolist()]) == list(range(10))
    assert len(holdout(10, 0.0, seed=4)[1]) == 0
    assert len(holdout(10, 0.999, seed=4)[0]) == 1
    assert len(holdout(10, 0.3, seed=4, most=2)[1]) == 2


@pytest.mark.parametrize(("rows_per_step", "expected"), [(100, 1), (2 * 10**6, 2)])
def test_small_steps_take_one_thread(rows_per_step: int, expected: int) -> None:
    """The job has 33 weights; what was set before is set again, also after a failure."""
    seen: list[int] = []

    class Watched(training_job.Noisy):
        def squared(self, batch: Batch, rng: torch.Generator) -> torch.Tensor:
            seen.append(torch.get_num_threads())
            if len(seen) == 3:
                raise ValueError("stop")
            return super().squared(batch, rng)

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with pytest.raises(ValueError, match="stop"):
            train(Watched(), training_job.data(), Run(seed=0), epochs=3, batch_size=rows_per_step)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert seen == [expected] * 3
