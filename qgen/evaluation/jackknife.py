"""Errors of total variations by leaving out each test shower in turn (the jackknife; Efron & Stein 1981).

A total variation to a histogram of few showers over many states is mostly counting noise. A bootstrap counts showers
twice, so its histograms have twice the noise: distances are moved up, ratios of distances towards 1, and intervals come
out too narrow. With theta_i the statistic without shower i of n,

    Var theta = (n - 1)/n sum_i (theta_i - theta.)^2,

whose expectation is at least the variance for n - 1 showers (Efron & Stein). The same showers test all machines, so
covariances are had in the same way.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm, t

from qgen.metrics.arrays import Floats


def covariance(parts: Sequence[ArrayLike]) -> Floats:
    """Covariance of d statistics, shape (d, d).

    Args:
        parts: for each group of showers (a bin of energy), the statistics without each of its showers in turn, shape
            (n, d), or (n,) of a single statistic; groups are independent.
    """
    total: Floats = np.zeros(())
    for part in parts:
        values = np.asarray(part, dtype=np.float64).reshape(len(np.asarray(part)), -1)
        deviations = values - values.mean(axis=0)
        total = total + (len(values) - 1) / len(values) * deviations.T @ deviations
    return total


def covariance_of_means(values: ArrayLike) -> Floats:
    """Covariance of means over training seeds, shape (d, d), for values (n_seeds, d); 0 of a single seed.

    Stretched so that one standard deviation is the 68 % interval of Student's distribution.
    """
    of_seeds = np.asarray(values, dtype=np.float64)
    n, d = of_seeds.shape
    if n < 2:
        return np.zeros((d, d))
    stretch = t.ppf(norm.cdf(1), n - 1)
    return np.asarray(np.atleast_2d(np.cov(of_seeds.T)) / n * stretch**2)


def ratio_interval(b: float, a: float, cov: Floats, z: float = 1.0) -> tuple[float, float] | None:
    """Interval of b : a by Fieller's theorem (1954): ratios r for which |b - r a| is within z standard deviations.

    Args:
        b: numerator.
        a: denominator.
        cov: of (b, a), shape (2, 2).
        z: standard deviations; 1 is 68 %.

    Returns:
        Its ends, or None where a itself is not z standard deviations above 0: then no ratio is told from any other.
    """
    (vb, vab), (_, va) = np.asarray(cov) * z**2
    if a <= 0 or a**2 <= va:
        return None
    middle, width = (a * b - vab) / (a**2 - va), 1 / (a**2 - va)
    root = float(np.sqrt(max((a * b - vab) ** 2 - (a**2 - va) * (b**2 - vb), 0.0)) * width)
    return float(middle - root), float(middle + root)
