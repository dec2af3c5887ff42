"""Do the error bars of the harness hold what they promise? 68 % of them should contain the expected score.

Draws many independent pairs of toy samples (a longitudinal profile of fluctuating depth on the 8x8 image, so that the
truth is known) at the same energies, scores each pair, with the truth floor of such pairs, and counts how often value
+- error contains the mean of the values. The generated toy is the reference's, a little off, or clearly off.

    python studies/error_coverage.py --trials 200

With --folds it does so for scores that are pooled over folds (`qgen.evaluation.folds`), of generators that learn the
mean depth from the showers of the other folds: how much comes from the test showers, from the random start of a
training, and from the training showers, is known. Two equal ones are compared, too: how often does the test separate
them at 5 %?

    python studies/error_coverage.py --folds 5 --n 100 --trials 100
"""

import json
import logging
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

import qgen
from qgen.cli import run
from qgen.evaluation import Evaluation, SampleSizeWarning, evaluate, truth_floor
from qgen.evaluation.folds import FoldScores
from qgen.evaluation.pairs import ALPHA
from qgen.files import InputError, replacing
from qgen.geometry import Geometry
from qgen.metrics import built_in
from qgen.showers import Showers, concatenate

POOLED = ("auc", "mmd", "sliced_wasserstein", "fpd", "separation")
"""Metrics whose scores over folds are looked at."""
LEARNERS = {
    "test showers": (0.0, 0.0),
    "training showers": (0.0, 1.0),
    "random starts": (0.1, 1.0),
    "training showers x 5": (0.0, 5.0),
}
"""Of a generator over folds: standard deviation of its random start, in pixels of depth, and how far its mean depth
follows that of the training showers about the true one."""
SHIFTS = {"equal": 0.0, "a little off": 0.15, "clearly off": 0.5}
"""Of the mean depth, in pixels."""


def toy(
    n: int, shift: float, geometry: Geometry, rng: np.random.Generator, energy: NDArray[np.float64] | None = None
) -> Showers:
    """Images of a Gaussian spot at a fluctuating depth, with independent noise in every pixel."""
    energy = rng.uniform(10e3, 100e3, n) if energy is None else energy
    rows = np.exp(-0.5 * ((np.arange(8) - 3.5) / 1.2) ** 2)
    depth = rng.normal(2.5 + shift, 0.5, (n, 1))
    columns = np.exp(-0.5 * ((np.arange(8) - depth) / 1.5) ** 2)
    images = rows[:, None] * columns[:, None, :] * rng.gamma(8, 1 / 8, (n, 8, 8))
    images *= (energy * rng.normal(0.2 * (1 + 0.05 * shift), 0.01, n) / images.sum(axis=(1, 2)))[:, None, None]
    return Showers(images.reshape(n, 64).astype(np.float32), energy, geometry)


def coverage(
    n: int = 300, trials: int = 100, folds: int | None = None, seed: int = 0, out: Path | None = None
) -> dict[str, dict[str, float]]:
    """Count how often value +- error contains the expected value.

    Args:
        n: showers on each side, of each fold; the floor has three times as many.
        trials: pairs of samples for every shift.
        folds: pool scores over so many folds.
        seed: of the samples.
        out: JSON file to write.
    """
    logging.getLogger("qgen").setLevel(logging.WARNING)
    warnings.simplefilter("ignore", SampleSizeWarning)
    if folds is not None and folds < 2:
        raise InputError(f"--folds: expected at least 2, found {folds}")
    geometry = qgen.represent(qgen.load("clic/e-", stop=1), "image8x8").geometry
    fractions = of_seeds(n, trials, seed, geometry) if folds is None else of_folds(folds, n, trials, seed, geometry)
    if out is not None:
        with replacing(out) as aside:
            aside.write_text(json.dumps(fractions, indent=1))
    return fractions


def of_seeds(n: int, trials: int, seed: int, geometry: Geometry) -> dict[str, dict[str, float]]:
    """By metric and shift: how often the interval of a single pair of samples contains the expected value."""
    fractions: dict[str, dict[str, float]] = {metric.key: {} for metric in built_in()}
    for label, shift in SHIFTS.items():
        rng = np.random.default_rng([seed, int(100 * shift)])
        scores, training = [], toy(2 * n, 0.0, geometry, rng)
        floor = truth_floor(toy(n, 0.0, geometry, rng), training, n_generated=n, matched=True, seed=seed)
        for _ in track(range(trials), label):
            reference = toy(n, 0.0, geometry, rng)
            generated = toy(n, shift, geometry, rng, reference.incident_energy)
            scores.append(evaluate(reference, generated, floor_reference=training, floor=floor, seed=seed).scores)
        print(f"\n{label}: {trials} pairs of {n} showers")
        print(f"{'metric':<28}{'mean':>11}{'spread':>11}{'error':>11}{'covered':>9}")
        for metric in built_in():
            name = metric.key
            values, errors = (np.array([getattr(s[name], key) for s in scores]) for key in ("value", "error"))
            fractions[name][label] = float(np.mean(np.abs(values - values.mean()) < errors))
            numbers = "".join(f"{x:>11.3g}" for x in (values.mean(), values.std(ddof=1), errors.mean()))
            print(f"{metric.label:<28}{numbers}{fractions[name][label]:>9.2f}")
    return fractions


def of_folds(k: int, n: int, trials: int, seed: int, geometry: Geometry) -> dict[str, dict[str, float]]:
    """By metric and learner: how often the pooled interval contains the expected value, and false claims at 5 %."""
    rng = np.random.default_rng(seed)
    true_depth = mean_depth(toy(100_000, 0.0, geometry, rng))
    floor = truth_floor(*(toy(m, 0.0, geometry, rng) for m in (n, 2 * n)), n_generated=n, metrics=POOLED, seed=seed)
    found: dict[str, dict[str, float]] = {name: {} for name in POOLED}
    for label, (start, gain) in LEARNERS.items():
        pairs = []
        for _ in track(range(trials), label):
            parts = [toy(n, 0.0, geometry, rng) for _ in range(k)]
            scored: list[list[Evaluation]] = [[], []]
            for i, test in enumerate(parts):
                depth = mean_depth(concatenate([*parts[:i], *parts[i + 1 :]])) - true_depth
                for of_generator in scored:
                    shift = SHIFTS["a little off"] + gain * depth + rng.normal(0.0, start)
                    fake = toy(n, shift, geometry, rng)
                    of_generator.append(evaluate(test, fake, floor=floor, metrics=POOLED, seed=seed))
            pairs.append(scored)
        print(f"\n{label}: {trials} times {k} folds of {n} showers")
        print(f"{'metric':<28}{'mean':>11}{'spread':>11}{'error':>11}{'covered':>9}{'p < 0.05':>10}")
        for name in POOLED:
            both = [[FoldScores.of(of_generator, name) for of_generator in scored] for scored in pairs]
            values, errors = (np.array(x) for x in zip(*((one.value, one.error()) for one, _ in both), strict=True))
            covered = float(np.mean(np.abs(values - values.mean()) < errors))
            claimed = float(np.mean([one.minus(other)["p"] < ALPHA for one, other in both]))
            found[name] |= {label: covered, f"{label}, claimed": claimed}
            numbers = "".join(f"{x:>11.3g}" for x in (values.mean(), values.std(ddof=1), errors.mean()))
            print(f"{name:<28}{numbers}{covered:>9.2f}{claimed:>10.2f}", flush=True)
    return found


def mean_depth(showers: Showers) -> float:
    """Of all showers, in pixels, weighted with energy."""
    columns = showers.voxels.reshape(-1, 8, 8).sum(axis=1, dtype=np.float64)
    return float((columns @ np.arange(8) / columns.sum(axis=1)).mean())


if __name__ == "__main__":
    raise SystemExit(run(coverage))
