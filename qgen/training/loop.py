"""How is anything optimised? The only loop: checkpoint and resume, history, early stop, guards.

A model family hands over an `Objective`: its modules, its losses and their optimisers. One epoch goes once through
the shuffled data; for every batch each named loss takes one optimiser step, in the order of `losses()` (a
discriminator before its generator). All randomness of epoch k comes from a `torch.Generator` seeded by
(seed, k), so a run that continues from a checkpoint ends with the weights of one that was never interrupted.
"""

import csv
import logging
import math
import pickle
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from qgen.files import COMPLAINTS, InputError, TrainingError, replacing
from qgen.training.progress import progress
from qgen.training.rows import Batch, InMemory, Rows, length
from qgen.training.seeds import generator

logger = logging.getLogger(__name__)

CHECKPOINT = "checkpoint.pt"
HISTORY = "history.csv"
SMALL_STEP = 5e7
"""Rows of a batch times weights below which threads would spend the step waiting for one another."""

Loss = Callable[[Batch, torch.Generator], Tensor]
Row = dict[str, float]
Callback = Callable[[int, Row], None]


class Objective(Protocol):
    """What a family trains. Everything that it must remember (weights, persistent chains) is in its state dict."""

    def state_dict(self) -> dict[str, Any]:
        """Weights and buffers, as of a `torch.nn.Module`."""

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> Any:
        """Take back what `state_dict` gave."""

    def losses(self) -> Mapping[str, Loss]:
        """Named losses in the order of their steps; each maps (batch, rng) to a scalar."""

    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        """One optimiser under the name of each loss, made once."""

    def begin_epoch(self, progress: float) -> None:
        """Set what is annealed; `progress` runs from 0 to 1 over the training."""

    def score(self, data: Batch, rng: torch.Generator) -> float:
        """Figure of merit on validation data, lower is better; named parts of it may be left in `details`."""


@dataclass(frozen=True)
class Run:
    """How one training is run.

    Attributes:
        seed: of everything random.
        validation: fraction of the training showers kept aside for early stop and for the choice of weights.
        checkpoint: folder for `checkpoint.pt` and `history.csv`; None keeps nothing on disk.
        callbacks: called after every epoch with its number and its row of the history.
        label: what the progress bar calls it.
        settings: plain values that a checkpoint must agree with before it is continued.
    """

    seed: int
    validation: float = 0.1
    checkpoint: Path | None = None
    callbacks: tuple[Callback, ...] = ()
    label: str = "training"
    settings: Mapping[str, Any] = field(default_factory=dict)


def holdout(n: int, fraction: float, *, seed: int, most: int | None = None) -> tuple[Tensor, Tensor]:
    """Numbers of the rows for training and for validation, in random order.

    Args:
        n: rows in all.
        fraction: of them for validation, at least one row on either side when 0 < fraction < 1.
        seed: of the choice.
        most: no more rows than these for validation; all others are trained on.
    """
    n_validation = min(max(round(fraction * n), 1), n - 1, n if most is None else most) if fraction > 0 else 0
    order = torch.randperm(n, generator=generator(seed, 0))
    return order[n_validation:], order[:n_validation]


def train(
    objective: Objective,
    data: Batch | Rows,
    run: Run,
    *,
    epochs: int,
    batch_size: int,
    patience: int | None = None,
    validate_every: int = 1,
    max_gradient: float = 100.0,
    checkpoint_every_s: float = 5.0,
) -> list[Row]:
    """Train, and leave in `objective` the weights with the best validation score (the last ones without validation).

    Args:
        objective: what to train.
        data: tensors with one row per shower, or `Rows` that are read as they are needed.
        run: seed, validation fraction, checkpoint folder, callbacks.
        epochs: passes through the data.
        batch_size: rows per step; a smaller last batch is used too.
        patience: stop after so many validations without a better score; None never stops early.
        validate_every: epochs between validations; the last epoch is always validated.
        max_gradient: a gradient norm above it is scaled down to it.
        checkpoint_every_s: least time between two checkpoints [s].

    Returns:
        The history, one row of named values per epoch.

    Raises:
        TrainingError: a loss or a gradient stopped being finite.
        InputError: the checkpoint in the folder belongs to other settings; epochs or batch size that make no sense.
    """
    for name, value, least in (("epochs", epochs, 0), ("batch_size", batch_size, 1)):
        if not isinstance(value, int) or value < least:
            raise InputError(f"train: expected {name} to be a whole number >= {least}, found {value!r}")
    rows: Rows = InMemory(data) if isinstance(data, Mapping) else data
    training, held = holdout(len(rows), run.validation, seed=run.seed, most=rows.most_held)
    validation = rows.take(held)
    sizes = {"seed": run.seed, "epochs": epochs, "batch_size": batch_size, "n": len(rows)}
    settings = {**run.settings, **rows.settings, **sizes}
    state = _State(objective, settings, run.checkpoint)
    state.resume()
    with _threads(objective, batch_size), progress(run.label, epochs, done=state.epoch) as advance:
        while state.epoch < epochs and not state.exhausted(patience):
            epoch = state.epoch
            objective.begin_epoch(epoch / max(epochs - 1, 1))
            rng = generator(run.seed, 1, epoch)
            batches = rows.batches(training, batch_size, rng)
            row = _epoch(objective, batches, epoch, rng, max_gradient)
            if run.validation > 0 and ((epoch + 1) % validate_every == 0 or epoch + 1 == epochs):
                row["validation"] = objective.score(validation, generator(run.seed, 2, epoch))
                row |= getattr(objective, "details", {})
            state.record(row)
            if time.monotonic() - state.saved_at > checkpoint_every_s:
                state.save()
            for callback in run.callbacks:
                callback(epoch, row)
            advance(row)
    state.save()
    state.restore_best()
    return state.history


@contextmanager
def _threads(objective: Objective, batch_size: int) -> Iterator[None]:
    """One thread of torch for small steps, as many as there are for large ones."""
    weights = {id(p): p.numel() for o in objective.optimisers().values() for g in o.param_groups for p in g["params"]}
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1 if batch_size * sum(weights.values()) < SMALL_STEP else before)
        yield
    finally:
        torch.set_num_threads(before)


def _epoch(
    objective: Objective, batches: Iterable[Batch], epoch: int, rng: torch.Generator, max_gradient: float
) -> Row:
    """One pass through the data; the mean of every loss, and how many gradients were scaled down."""
    optimisers = objective.optimisers()
    sums, scaled, n = dict.fromkeys(optimisers, 0.0), 0, 0
    for step, batch in enumerate(batches):
        n += length(batch)
        for name, loss in objective.losses().items():
            value = loss(batch, rng)
            scaled += _step(optimisers[name], value, f"the {name} loss at epoch {epoch}, step {step}", max_gradient)
            sums[name] += value.item() * length(batch)
    return {"epoch": epoch, **{name: total / n for name, total in sums.items()}, "scaled_gradients": scaled}


def _step(optimiser: torch.optim.Optimizer, loss: Tensor, where: str, max_gradient: float) -> bool:
    """One optimiser step, or a `TrainingError` that says what stopped being finite; whether it was scaled down."""
    if not torch.isfinite(loss):
        raise TrainingError(f"{where} is {loss.item()}: lower the learning rate or look at the data")
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    norm = torch.nn.utils.clip_grad_norm_(parameters, max_gradient)
    if not torch.isfinite(norm):
        raise TrainingError(f"{where} is {loss.item():.4g}, but its gradient norm is {norm.item()}")
    optimiser.step()
    return bool(norm > max_gradient)


class _State:
    """Where a training stands, in memory and in its checkpoint."""

    def __init__(self, objective: Objective, settings: Mapping[str, Any], folder: Path | None) -> None:
        self.objective = objective
        self.settings = {name: str(value) for name, value in settings.items()}
        self.folder = folder
        self.history: list[Row] = []
        self.best_score = math.inf
        self.best: dict[str, Any] | None = None
        self.validations_since_best = 0
        self.saved_at = time.monotonic()

    @property
    def epoch(self) -> int:
        return len(self.history)

    def exhausted(self, patience: int | None) -> bool:
        return patience is not None and self.validations_since_best >= patience

    def record(self, row: Row) -> None:
        self.history.append(row)
        if "validation" not in row:
            return
        if not math.isfinite(row["validation"]):
            raise TrainingError(f"the validation score at epoch {self.epoch - 1} is {row['validation']}")
        self.validations_since_best += 1
        if row["validation"] < self.best_score:
            self.best_score, self.validations_since_best = row["validation"], 0
            self.best = {name: value.clone() for name, value in self.objective.state_dict().items()}

    def restore_best(self) -> None:
        if self.best is not None:
            self.objective.load_state_dict(self.best)

    def save(self) -> None:
        self.saved_at = time.monotonic()
        if self.folder is None:
            return
        content = {
            "settings": self.settings,
            "objective": self.objective.state_dict(),
            "optimisers": {name: o.state_dict() for name, o in self.objective.optimisers().items()},
            "history": self.history,
            "best_score": self.best_score,
            "best": self.best,
            "validations_since_best": self.validations_since_best,
        }
        with replacing(self.folder / CHECKPOINT) as aside:
            torch.save(content, aside)
        write_history(self.folder / HISTORY, self.history)

    def resume(self) -> None:
        if self.folder is None or not (self.folder / CHECKPOINT).exists():
            return
        path = self.folder / CHECKPOINT
        try:
            self._take(path, torch.load(path, weights_only=True))
        except InputError:
            raise
        except (*COMPLAINTS, EOFError, pickle.UnpicklingError) as error:
            raise InputError(f"{path}: damaged, or made by another version of qgen; delete it to start anew") from error
        logger.info("%s: continuing after epoch %d", path, self.epoch)

    def _take(self, path: Path, content: Mapping[str, Any]) -> None:
        names = self.settings.keys() | content["settings"].keys()
        for name in sorted(names, key=lambda name: (name != "generator", name)):
            saved, expected = content["settings"].get(name), self.settings.get(name)
            if saved != expected:
                raise InputError(
                    f"{path}: made with {name}={saved}, expected {name}={expected}; delete it to start anew"
                )
        self.history, self.best = [{**row} for row in content["history"]], content["best"]
        self.best_score, self.validations_since_best = content["best_score"], int(content["validations_since_best"])
        numbers = [self.best_score, *(value for row in self.history for value in row.values())]
        if [row["epoch"] for row in self.history] != [*range(self.epoch)] or not all(map(_is_number, numbers)):
            raise ValueError("no history of a training")
        self.restore_best()  # what cannot be restored is found out now, not after the training
        self.objective.load_state_dict(content["objective"])
        for name, optimiser in self.objective.optimisers().items():
            _restore(optimiser, content["optimisers"][name])


def _restore(optimiser: torch.optim.Optimizer, saved: dict[str, Any]) -> None:
    """Take back moments and learning rates; all else an optimiser has from today's settings."""
    settings = _settings(optimiser)
    optimiser.load_state_dict(saved)
    if _settings(optimiser) != settings:
        raise ValueError("an optimiser of other settings")
    for parameter, moments in optimiser.state.items():
        if any(moment.shape != (() if name == "step" else parameter.shape) for name, moment in moments.items()):
            raise ValueError("an optimiser of other weights")


def _settings(optimiser: torch.optim.Optimizer) -> list[dict[str, Any]]:
    return [{key: x for key, x in group.items() if key not in ("params", "lr")} for group in optimiser.param_groups]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def write_history(path: Path, history: list[Row]) -> None:
    """Write the history as CSV, one line per epoch; a value that an epoch lacks is left empty."""
    columns = list(dict.fromkeys(name for row in history for name in row))
    with replacing(path) as aside, aside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(history)


def read_history(path: Path) -> dict[str, NDArray[np.float64]]:
    """Columns of a history; nan where an epoch has no entry, nothing where there is no epoch.

    Raises:
        InputError: the file cannot be read, or is no history.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
        return {name: np.array([float(row[name] or "nan") for row in rows]) for name in (rows[0] if rows else ())}
    except (OSError, ValueError, TypeError, csv.Error) as error:
        raise InputError(f"{path}: expected a history of a training, found: {error}") from error
