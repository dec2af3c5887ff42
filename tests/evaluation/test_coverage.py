"""What errors and floors promise, by simulation. `studies/error_coverage.py` does the same at length."""

from pathlib import Path

import numpy as np
import pytest

from qgen.evaluation import FloorScore
from qgen.evaluation.errors import error_near_floor
from qgen.plugins import resolve

STUDY = f"{Path(__file__).parents[2] / 'studies' / 'error_coverage.py'}:coverage"
N_DIRECTIONS = 12


@pytest.mark.parametrize("shift", [0.0, 0.5, 1.5, 6.0])
@pytest.mark.parametrize(("order", "bias"), [(1.0, 0.0), (0.5, 0.0), (1.0, N_DIRECTIONS)])
def test_errors_of_a_squared_distance_and_of_its_root(order, bias, shift):
    """d^2 = sum (delta + noise)^2 in 12 directions, whose resamples to first order move by 2 d s times a Gaussian;
    and the unbiased estimate of delta^2, from which the mean of the noise is taken off.

    At the floor itself the intervals are a little wide: a value far above it by chance looks like a distance.
    """
    rng = np.random.default_rng([int(10 * shift), int(2 * order)])
    delta = np.full(N_DIRECTIONS, shift)

    def squared(centre: np.ndarray, n: int) -> np.ndarray:
        return ((centre + rng.normal(size=(n, N_DIRECTIONS))) ** 2).sum(axis=1)

    nulls = squared(np.zeros(N_DIRECTIONS), 4000)
    linear = 2 * np.sqrt(nulls.mean())
    floor = FloorScore.of(nulls**order - bias, linear)
    values = squared(delta, 1500)
    widths = 2 * np.sqrt(values) * (1 if order == 1 else 0.5 / np.sqrt(values))
    errors = [
        error_near_floor(float(v**order - bias), w * rng.normal(size=100), floor, order)
        for v, w in zip(values, widths, strict=True)
    ]
    covered = np.mean(np.abs(values**order - (values**order).mean()) < errors)
    assert 0.60 <= covered <= (0.80 if shift == 0 else 0.76)


@pytest.mark.slow
def test_intervals_hold_the_expected_score():
    """All metrics of the harness, each pair of samples with a floor of its own: 68 % on average."""
    found = resolve(STUDY)(n=200, trials=30)
    for shift in ("equal", "a little off", "clearly off"):
        covered = [scores[shift] for scores in found.values()]
        assert 0.60 <= np.mean(covered) <= 0.80
        assert min(covered) > 0.4
