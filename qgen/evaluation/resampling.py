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
N_PARTINGS = 199
"""Partings that floors come from: 10 of 200 are 5 %."""

Draws = tuple[Floats, Floats]
"""Weights of the blocks of both sides for the reference and for the generated showers, shape (n_draws, 2 n_blocks)."""


def resamples(truth: Blocks, sample: Blocks, seed: int) -> Draws:
    """Weights of the blocks of both sides, reference first; equal ones where both have the same energies."""
    rng, other = np.random.default_rng([seed, 23]), np.random.default_rng([seed, 29])
    ones = np.ones(truth.n_blocks)
    first = np.array([resampled(ones, rng) for _ in range(N_DRAWS)])
    paired = same_energies(truth.incident_energy, sample.incident_energy)
    second = first if paired else np.array([resampled(ones, other) for _ in range(N_DRAWS)])
    none = np.zeros_like(first)
    return np.hstack([first, none]), np.hstack([none, second])


def same_energies(ours: Floats, theirs: Floats) -> bool:
    """Whether energies are those of the reference, in the same order, to float32 precision."""
    return ours.shape == theirs.shape and bool(np.allclose(ours, theirs, rtol=1e-6, atol=0.0))


def partings(sizes: Floats, n: int, m: int, seed: int, *, matched: bool) -> Draws:
    """Partings of the blocks of GEANT4 into samples of about n and m showers, as weights 0 or 1.

    Where there are too few showers for that, both are smaller by one factor.

    Args:
        sizes: showers of every block, shape (n_blocks,).
        n: of the reference.
        m: of the sample that it is compared with; n where pairs are matched.
        seed: of the partings.
        matched: whether blocks 2g and 2g + 1 hold the showers of the same pairs: one of them goes to either side.

    Returns:
        for the reference and for the other sample, shape (N_PARTINGS, n_blocks) each.
    """
    rng = np.random.default_rng([seed, 17])
    first, second = np.zeros((2, N_PARTINGS, len(sizes)))
    if matched:
        filled = np.flatnonzero(sizes[::2])
        taken = _number(len(filled), 2 * n / sizes.sum())
        for row in range(N_PARTINGS):
            groups, side = rng.permutation(filled)[:taken], rng.integers(2, size=taken)
            first[row, 2 * groups + side] = second[row, 2 * groups + 1 - side] = 1.0
        return first, second
    filled = np.flatnonzero(sizes)
    share = 1 / max(n + m, sizes.sum())
    taken = min(_number(len(filled), n * share), len(filled) - 1)
    other = min(_number(len(filled), m * share), len(filled) - taken)
    for row in range(N_PARTINGS):
        order = rng.permutation(filled)
        first[row, order[:taken]] = second[row, order[taken : taken + other]] = 1.0
    return first, second


def _number(blocks: int, share: float) -> int:
    """How many of some blocks are a share of them: at least one."""
    return int(np.clip(round(blocks * share), 1, blocks))


def resampled(chosen: Floats, rng: np.random.Generator) -> Floats:
    """Weights of a resample of the blocks whose weight is 1; the others are 0."""
    n = int(chosen.sum())
    return chosen + EPSILON * (rng.multinomial(n, chosen / n) - chosen)


def resamples_of(parting: Draws, k: int, rng: np.random.Generator, *, matched: bool) -> Draws:
    """k resamples of one parting, shape (k, n_blocks) each; where pairs are matched, of the same on both sides."""
    if not matched:
        first, second = (np.array([resampled(side, rng) for _ in range(k)]) for side in parting)
        return first, second
    pairs = parting[0].reshape(-1, 2).sum(axis=1)
    weights = np.array([np.repeat(resampled(pairs, rng), 2) for _ in range(k)])
    return parting[0] * weights, parting[1] * weights


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
