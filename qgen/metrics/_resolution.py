"""Resolution of a sample of responses, with an error that assumes no shape.

    r = s / m,    Var(r) / r^2 = (m4 / s^4 - 1) / (4 n) + r^2 / n - m3 / (s^2 m n)

with mean m, standard deviation s and central moments m3, m4; 1 / (2 n) + r^2 / n for Gaussian fluctuations.
It is the first order of the propagation of Var(m) = s^2/n, Var(s) and Cov(m, s).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["mean_is_zero", "resolution"]


def resolution(sample: NDArray[np.float64]) -> tuple[float, float]:
    """r and its standard error; nan for fewer than two values or a mean of 0, (0, 0) for a constant."""
    n = len(sample)
    if n < 2 or mean_is_zero(sample):
        return np.nan, np.nan
    if np.ptp(sample) == 0:
        return 0.0, 0.0
    sample = sample / np.abs(sample).max()  # r has no scale, but squares of tiny values vanish
    mean = sample.mean()
    r = sample.std(ddof=1) / mean
    unit = (sample - mean) / sample.std()
    relative = (np.mean(unit**4) - 1) / 4 + r**2 - r * np.mean(unit**3)
    return float(r), float(abs(r) * np.sqrt(max(relative, 0.0) / n))


def mean_is_zero(sample: NDArray[np.float64]) -> bool:
    """Whether the mean of a sample (of one value or more) is 0, or not to be told from 0 by rounding."""
    return bool(abs(sample.mean()) <= np.finfo(np.float64).eps * np.abs(sample).max())
