"""Correlated normal noise whose size follows the energy: s(x) eps, eps ~ N(0, S), ln s a parabola in x."""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf

Floats = NDArray[np.float64]

LEAST = 1e-2
"""Mean square of residuals that is added before the logarithm is taken."""


class Noise(NamedTuple):
    """What regressions of normal scores leave.

    Attributes:
        log_sd: coefficients of ln s, shape (3,).
        covariance: S, shape (n_voxels, n_voxels), shrunk (Ledoit & Wolf 2004).
    """

    log_sd: Floats
    covariance: Floats

    @classmethod
    def fit(cls, residual: Floats, x: Floats) -> Self:
        """Fit to residuals (n, n_voxels) at scaled energies (n,)."""
        size = np.log((residual**2).mean(axis=1) + LEAST) / 2
        log_sd = Polynomial.fit(x, size, 2, domain=(-1, 1), window=(-1, 1)).coef.real
        scaled = residual / np.exp(Polynomial(log_sd)(x))[:, None]
        return cls(log_sd, ledoit_wolf(scaled, assume_centered=True)[0])

    def sample(self, x: Floats, rng: np.random.Generator) -> Floats:
        """s(x) eps, shape (n, n_voxels)."""
        eps = rng.standard_normal((len(x), len(self.covariance))) @ np.linalg.cholesky(self.covariance).T
        return np.asarray(np.exp(Polynomial(self.log_sd)(x))[:, None] * eps)
