"""Resolution of a sample of responses, with an error that assumes no shape.

    r = s / m,    Var(r) / r^2 = (m4 / s^4 - 1) / (4 n) + r^2 / n - m3 / (s^2 m n)

with mean m, standard deviation s and central moments m3, m4; 1 / (2 n) + r^2 / n for Gaussian fluctuations.
It is the first order of the propagation of Var(m) = s^2/n, Var(s) and Cov(m, s).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["resolution"]


def resolution(sample: NDArray[np.float64]) -> tuple[float, float]:
    """r and its standard error; nan for fewer than two values or a mean of 0, (0, 0) for a constant."""
    n = len(sample)
    mean = sample.mean() if n else 0.0
    if n < 2 or mean == 0:
        return np.nan, np.nan
    if np.ptp(sample) == 0:
        return 0.0, 0.0
    r = sample.std(ddof=1) / mean
    unit = (sample - mean) / sample.std()
    relative = (np.mean(unit**4) - 1) / 4 + r**2 - r * np.mean(unit**3)
    return float(r), float(abs(r) * np.sqrt(max(relative, 0.0) / n))
