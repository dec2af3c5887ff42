"""Resamples of blocks of showers, drawn close to the sample itself; and random partings of them.

A bootstrap sample counts block b m_b times, m multinomial. Here it is moved only a part of the way, to the weights

    w = 1 + EPSILON (m - 1),    and what a metric then moves by is divided by EPSILON:

to first order in 1/n the same fluctuations (Efron's infinitesimal jackknife), without the second order, which
for a squared distance near its floor is as large and far too wide, all the more with few blocks.
"""

import numpy as np

from qgen.metrics.arrays import Floats
from qgen.metrics.blocks import Blocks

EPSILON = 0.2
N_DRAWS = 100
"""Resamples that errors come from."""
N_PARTINGS = 60
"""Partings that floors come from."""

Draws = tuple[Floats, Floats]
"""Weights of the blocks of both sides for the reference and for the generated showers, shape (n_draws, 2 n_blocks)."""


def resamples(truth: Blocks, sample: Blocks, seed: int) -> Draws:
    """Weights of the blocks of both sides, reference first; equal ones where both have the same energies."""
    rng, other = np.random.default_rng([seed, 23]), np.random.default_rng([seed, 29])
    ones = np.ones(truth.n_blocks)
    first = np.array([resampled(ones, rng) for _ in range(N_DRAWS)])
    paired = same_energies(truth, sample)
    second = first if paired else np.array([resampled(ones, other) for _ in range(N_DRAWS)])
    none = np.zeros_like(first)
    return np.hstack([first, none]), np.hstack([none, second])


def same_energies(truth: Blocks, sample: Blocks) -> bool:
    """Whether showers were made for the energies of the reference, in the same order, to float32 precision."""
    ours, theirs = truth.incident_energy, sample.incident_energy
    return ours.shape == theirs.shape and bool(np.allclose(ours, theirs, rtol=1e-6, atol=0.0))


def partings(n_blocks: int, seed: int) -> Draws:
    """Random halves of the blocks as weights, shape (N_PARTINGS, n_blocks) each."""
    rng = np.random.default_rng([seed, 13])
    half = np.arange(n_blocks) < n_blocks // 2
    first = np.array([rng.permutation(half) for _ in range(N_PARTINGS)], dtype=np.float64)
    return first, 1 - first


def resampled(chosen: Floats, rng: np.random.Generator) -> Floats:
    """Weights of a resample of the blocks whose weight is 1; the others are 0."""
    n = int(chosen.sum())
    return chosen + EPSILON * (rng.multinomial(n, chosen / n) - chosen)


def every_shower_once(draws: Draws) -> Draws:
    """One weighting of as many blocks as the draws have: every shower once."""
    first = np.repeat([[1.0, 0.0]], draws[0].shape[1] // 2, axis=1)
    return first, 1 - first


def stretched(values: Floats) -> Floats:
    """How far each resample's value is off their mean, at full length; 0 for one that could not be computed."""
    finite = np.isfinite(values)
    if not finite.any():
        return np.zeros_like(values)
    return np.where(finite, values - values[finite].mean(), 0.0) / EPSILON


def half_width(deviations: Floats) -> float:
    """Half the width of the central 68 %."""
    low, high = np.quantile(deviations, (0.16, 0.84))
    return float(high - low) / 2
