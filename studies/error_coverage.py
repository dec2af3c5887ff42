"""Do the error bars of the harness hold what they promise? 68 % of them should contain the expected score.

Draws many independent pairs of toy samples (a longitudinal profile of fluctuating depth on the 8x8 image, so that the
truth is known), scores each pair with a truth floor of its own, and counts how often value +- error contains
the mean of the values. The generated toy is the reference's, a little off, or clearly off.

    python studies/error_coverage.py --trials 200
"""

import json
import logging
from pathlib import Path

import numpy as np
from rich.progress import track

import qgen
from qgen.cli import run
from qgen.evaluation import evaluate, truth_floor
from qgen.files import replacing
from qgen.geometry import Geometry
from qgen.metrics import built_in
from qgen.showers import Showers

SHIFTS = {"equal": 0.0, "a little off": 0.15, "clearly off": 0.5}
"""Of the mean depth, in pixels."""


def toy(n: int, shift: float, geometry: Geometry, rng: np.random.Generator) -> Showers:
    """Images of a Gaussian spot at a fluctuating depth, with independent noise in every pixel."""
    energy = rng.uniform(10e3, 100e3, n)
    rows = np.exp(-0.5 * ((np.arange(8) - 3.5) / 1.2) ** 2)
    depth = rng.normal(2.5 + shift, 0.5, (n, 1))
    columns = np.exp(-0.5 * ((np.arange(8) - depth) / 1.5) ** 2)
    images = rows[:, None] * columns[:, None, :] * rng.gamma(8, 1 / 8, (n, 8, 8))
    images *= (energy * rng.normal(0.2 * (1 + 0.05 * shift), 0.01, n) / images.sum(axis=(1, 2)))[:, None, None]
    return Showers(images.reshape(n, 64).astype(np.float32), energy, geometry)


def coverage(n: int = 300, trials: int = 100, seed: int = 0, out: Path | None = None) -> dict[str, dict[str, float]]:
    """Count how often value +- error contains the expected value.

    Args:
        n: showers on each side; the floor has three times as many.
        trials: pairs of samples for every shift.
        seed: of the samples.
        out: JSON file to write.
    """
    logging.getLogger("qgen").setLevel(logging.WARNING)
    geometry = qgen.represent(qgen.load("clic/e-", stop=1), "image8x8").geometry
    fractions: dict[str, dict[str, float]] = {metric.key: {} for metric in built_in()}
    for label, shift in SHIFTS.items():
        rng = np.random.default_rng([seed, int(100 * shift)])
        scores = []
        for _ in track(range(trials), label):
            reference, generated = toy(n, 0.0, geometry, rng), toy(n, shift, geometry, rng)
            training = toy(2 * n, 0.0, geometry, rng)
            floor = truth_floor(reference, training, n_generated=n, seed=seed)
            scores.append(evaluate(reference, generated, floor_reference=training, floor=floor, seed=seed).scores)
        print(f"\n{label}: {trials} pairs of {n} showers")
        print(f"{'metric':<28}{'mean':>11}{'spread':>11}{'error':>11}{'covered':>9}")
        for metric in built_in():
            name = metric.key
            values, errors = (np.array([getattr(s[name], key) for s in scores]) for key in ("value", "error"))
            fractions[name][label] = float(np.mean(np.abs(values - values.mean()) < errors))
            numbers = "".join(f"{x:>11.3g}" for x in (values.mean(), values.std(ddof=1), errors.mean()))
            print(f"{metric.label:<28}{numbers}{fractions[name][label]:>9.2f}")
    if out is not None:
        with replacing(out) as aside:
            aside.write_text(json.dumps(fractions, indent=1))
    return fractions


if __name__ == "__main__":
    raise SystemExit(run(coverage))
