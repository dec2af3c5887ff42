"""Shapes given features: normal scores of the fractions by linear regression, with correlated noise.

    z = B q(t, x) + s(x) eps,    eps ~ N(0, S),    f = F^-1(Phi(z) | E_inc),

with q(t, x) = (1, t_j, t_j t_k, x t_j) of the features' normal scores t and the scaled energy x (no products t_j t_k
of more than MOST_SQUARED features), ln s a parabola, and F the marginals of the fractions (`Marginals`). B is found by
least squares with a slight ridge; the random scores of empty voxels weaken what features say of them. No training
shower is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf

from qgen.transforms.marginals import Marginals

Floats = NDArray[np.float64]

RIDGE = 5.0
"""In showers."""
MOST_SQUARED = 10
LEAST_SQUARE = 1e-2
"""Added to the mean square of residuals before its logarithm is taken."""


class Noise(NamedTuple):
    """What regressions of normal scores leave: normal noise whose size follows the energy, s(x) eps, eps ~ N(0, S).

    Attributes:
        log_sd: coefficients of ln s, shape (3,).
        covariance: S, shape (n_voxels, n_voxels), shrunk (Ledoit & Wolf 2004).
    """

    log_sd: Floats
    covariance: Floats

    @classmethod
    def fit(cls, residual: Floats, x: Floats) -> Self:
        """Fit to residuals (n, n_voxels) at scaled energies (n,)."""
        size = np.log((residual**2).mean(axis=1) + LEAST_SQUARE) / 2
        degree = min(2, len(np.unique(x)) - 1)
        log_sd = np.pad(Polynomial.fit(x, size, degree, domain=(-1, 1), window=(-1, 1)).coef.real, (0, 2 - degree))
        scaled = residual / np.exp(Polynomial(log_sd)(x))[:, None]
        return cls(log_sd, ledoit_wolf(scaled, assume_centered=True)[0])

    def sample(self, x: Floats, rng: np.random.Generator) -> Floats:
        """s(x) eps, shape (n, n_voxels)."""
        eps = rng.standard_normal((len(x), len(self.covariance))) @ np.linalg.cholesky(self.covariance).T
        return np.asarray(np.exp(Polynomial(self.log_sd)(x))[:, None] * eps)


@dataclass(frozen=True)
class Shapes:
    """Conditional distribution of fractions.

    Attributes:
        fractions: marginals of f.
        weights: B, shape (n_terms, n_voxels).
        noise: s(x) eps.
    """

    fractions: Marginals
    weights: Floats
    noise: Noise

    @classmethod
    def fit(cls, f: Floats, t: Floats, incident_energy: Floats, rng: np.random.Generator) -> Self:
        """Fit to fractions (n, n_voxels) with scores of features (n, d) at energies [MeV] (n,)."""
        fractions = Marginals.fit(f, incident_energy)
        z, x = fractions.forward(f, incident_energy, rng), fractions.scale.forward(incident_energy)
        q = _terms(t, x)
        weights = np.asarray(np.linalg.solve(q.T @ q + RIDGE * np.eye(q.shape[1]), q.T @ z), dtype=np.float64)
        return cls(fractions, weights, Noise.fit(z - q @ weights, x))

    def sample(self, t: Floats, incident_energy: Floats, rng: np.random.Generator) -> Floats:
        """Fractions, shape (n, n_voxels), for scores of features (n, d); rows may sum to other than 1, or to 0."""
        x = np.clip(self.fractions.scale.forward(incident_energy), -1, 1)
        return self.fractions.inverse(_terms(t, x) @ self.weights + self.noise.sample(x, rng), incident_energy)

    def state(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Named arrays, taken back by `restore`."""
        own = {"weights": self.weights, **self.noise._asdict()}
        return {f"{prefix}.{name}": array for name, array in own.items()} | self.fractions.state(prefix)

    @classmethod
    def restore(cls, state: Mapping[str, Any], prefix: str) -> Self:
        """The shapes of `state`; entries may be tensors, further entries are ignored."""
        weights, *noise = (np.asarray(state[f"{prefix}.{name}"]) for name in ("weights", *Noise._fields))
        return cls(Marginals.restore(state, prefix), weights, Noise(*noise))


def _terms(t: Floats, x: Floats) -> Floats:
    """q, shape (n, n_terms)."""
    t = np.clip(t, -3, 3)
    first, second = np.triu_indices(t.shape[1] if t.shape[1] <= MOST_SQUARED else 0)
    return np.concatenate([np.ones((len(t), 1)), t, t[:, first] * t[:, second], x[:, None] * t], axis=1)
