"""How far can draws be trusted? Overlap of replicas, and distance from other draws or from all probabilities.

    replica overlap        q = (1/N) sum_i s_i^a s_i^b of two independent configurations a and b
    total variation        (1/2) sum_s |n_s/n - p(s)|, against all probabilities of a small model

Two sets of draws of one distribution differ by chance. Every distance comes with the size that it is expected to have.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from qgen.files import InputError
from qgen.ising import Ising, Spins
from qgen.ising.checks import clamp_rows, require_spins
from qgen.samplers.exact import ExactSampler

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """By how much mean values of two sets of draws differ.

    Attributes:
        rms: root of the mean square of the differences.
        expected: what it is on average for two sets of independent draws of one distribution.
        excess: sqrt(rms^2 - expected^2), or 0 if that is negative: what is left for a true difference.
        worst: the largest difference in units of its standard error.
        values: differences, first minus second, shape (k,).
    """

    rms: float
    expected: float
    excess: float
    worst: float
    values: Floats


@dataclass(frozen=True)
class TotalVariation:
    """Distance of draws from an enumerated distribution.

    Attributes:
        value: from 0 to 1.
        floor: its mean for as many independent exact draws.
        floor_sd: their standard deviation.
    """

    value: float
    floor: float
    floor_sd: float


def overlap(first: Spins, second: Spins, *, clamp: Spins | None = None) -> Floats:
    """q of every pair of configurations, over the free spins, shape (n,).

    For independent spins of means m_i its mean is sum m_i^2 / N, and its variance sum (1 - m_i^4) / N^2. Two peaks, or
    a spread that does not shrink with N, tell of several valleys.

    Args:
        first: (n, n_nodes).
        second: drawn independently of the first, under the same clamps, (n, n_nodes).
        clamp: (n, n_nodes) or (n_nodes,), pinned spins, which are left out; 0 = free.

    Raises:
        InputError: shapes disagree, or a configuration has no free spin.
    """
    if np.shape(first) != np.shape(second) or np.ndim(first) != 2:
        raise InputError(f"overlap: expected two arrays (n, n_nodes), found {np.shape(first)} and {np.shape(second)}")
    free = np.ones(np.shape(first)) if clamp is None else np.broadcast_to(clamp, np.shape(first)) == 0
    n_free = free.sum(axis=1)
    if not n_free.all():
        raise InputError(f"clamp: expected a free spin in every configuration, found none in {np.argmin(n_free)}")
    return np.asarray(np.sum(free * (np.asarray(first, dtype=np.float64) * second), axis=1) / n_free)


def marginal_difference(first: Spins, second: Spins, *, paired: bool = False) -> Difference:
    """Differences of the mean spins of two sets of draws.

    Args:
        first: (n, n_nodes).
        second: (m, n_nodes).
        paired: row i of both was drawn under the same condition (n = m): what conditions do to both is left out.

    Raises:
        InputError: shapes disagree, or fewer than 2 draws.
    """
    return _difference(np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64), paired)


def correlation_difference(first: Spins, second: Spins, pairs: NDArray[np.intp], *, paired: bool = False) -> Difference:
    """Differences of the means of s_i s_j of two sets of draws.

    Args:
        first: (n, n_nodes).
        second: (m, n_nodes).
        pairs: nodes i and j, e.g. a model's edges, shape (k, 2).
        paired: as of `marginal_difference`.

    Raises:
        InputError: shapes disagree, or fewer than 2 draws.
    """
    i, j = np.asarray(pairs).T
    one, two = (np.asarray(np.asarray(s)[:, i] * np.asarray(s)[:, j], dtype=np.float64) for s in (first, second))
    return _difference(one, two, paired)


def total_variation(
    model: Ising,
    spins: Spins,
    *,
    clamp: Spins | None = None,
    beta: float = 1.0,
    n_floor: int = 100,
    rng: np.random.Generator,
) -> TotalVariation:
    """Distance of draws from the enumerated distribution of a small model, beside that of exact draws.

    Args:
        model: at most 20 free spins.
        spins: draws, shape (n, n_nodes).
        clamp: (n_nodes,), under which all were drawn; 0 = free.
        beta: inverse temperature.
        n_floor: sets of exact draws that give the floor's standard deviation.
        rng: for these.

    Raises:
        InputError: too many free spins, or spins that disagree with the clamp.
    """
    require_spins(spins, model, clamp)
    states, p = ExactSampler().distribution(model, clamp=clamp, beta=beta)
    free = np.flatnonzero(clamp_rows(clamp, model, 1)[0] == 0)
    powers = 1 << np.arange(len(free))[::-1]
    n = len(spins)
    counts = np.bincount((np.asarray(spins)[:, free] > 0) @ powers, minlength=len(states))
    drawn = rng.multinomial(n, p, size=n_floor)
    sd = np.abs(drawn / n - p).sum(axis=1).std(ddof=1) / 2
    return TotalVariation(float(np.abs(counts / n - p).sum() / 2), float(variation_floor(p, n)), float(sd))


def variation_floor(p: Floats, n: int) -> Floats:
    """Expected total variation of distributions (..., n_states) to the histogram of n own draws each, shape (...).

    Half the sum of the mean absolute deviations of binomial counts, E|k - np| = 2 v (1 - p) Pr(k = v) with
    v = floor(np) + 1 (de Moivre).
    """
    p = np.clip(p, 0, 1)
    deviation = 2 * n * p * (1 - p) ** n  # v = 1; scipy overflows at very small p
    often = n * p >= 1
    v = np.floor(n * p[often]) + 1
    deviation[often] = 2 * v * (1 - p[often]) * binom.pmf(v, n, p[often])
    return np.asarray(deviation.sum(axis=-1) / (2 * n))


def _difference(first: Floats, second: Floats, paired: bool) -> Difference:
    """Of the means of columns."""
    shapes = first.shape, second.shape
    if first.ndim != 2 or first.shape[1:] != second.shape[1:] or min(len(first), len(second)) < 2:
        raise InputError(f"draws: expected at least 2 rows and as many columns in both, found {shapes}")
    values = first.mean(axis=0) - second.mean(axis=0)
    if paired:
        if len(first) != len(second):
            raise InputError(f"draws: expected pairs of rows, found {shapes}")
        variance = (first - second).var(axis=0, ddof=1) / len(first)
    else:
        variance = first.var(axis=0, ddof=1) / len(first) + second.var(axis=0, ddof=1) / len(second)
    square, expected = float(np.mean(values**2)), float(variance.mean())
    moved = values != 0
    with np.errstate(divide="ignore"):  # constants that differ: infinitely many standard errors
        worst = np.max(np.abs(values[moved]) / np.sqrt(variance[moved]), initial=0)
    return Difference(
        float(np.sqrt(square)),
        float(np.sqrt(expected)),
        float(np.sqrt(max(square - expected, 0))),
        float(worst),
        values,
    )
