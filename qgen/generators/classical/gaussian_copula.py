"""Gaussian copula: the marginals of independent pixels, with correlations between their normal scores.

    z ~ N(C_ve z_e, C_vv - C_ve C_ev),    E_i / E_inc = F_i^-1(Phi(z_i) | E_inc),

with z_e the normal score of E_inc and C the correlation matrix of (z, z_e). A pixel without energy says only that
its score lies below Phi^-1(p0); as in the extended rank likelihood (Hoff 2007, math/0610413) such scores are drawn
from their normal distribution given all others, truncated there, in turn with the estimate of C. Without this
step empty pixels would wash the correlations out. C is shrunk by the rule of Ledoit and Wolf, so that it stays
positive definite with fewer showers than pixels.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from qgen.generators.base import BaseGenerator
from qgen.plugins import option
from qgen.showers import Showers
from qgen.training import Run
from qgen.transforms.marginals import Marginals
from qgen.transforms.normal_scores import shrunk_correlation

__all__ = ["GaussianCopula"]

Floats = NDArray[np.float64]


class GaussianCopula(BaseGenerator):
    """Marginals of every pixel given the energy, and correlations between their normal scores."""

    family = "reference"
    typical_fit_s: ClassVar[Mapping[str, float]] = {"quick": 1.0, "standard": 1.0}

    sweeps: int = option("rounds of drawing the scores of empty pixels", default=5, least=0)

    def _fit(self, showers: Showers, run: Run) -> None:
        rng = np.random.default_rng(run.seed)
        energy = showers.incident_energy
        fractions = np.asarray(showers.voxels / energy[:, None], dtype=np.float64)
        self.marginals_ = Marginals.fit(fractions, energy)
        self.energies_ = np.sort(energy)
        z = np.column_stack([self.marginals_.forward(fractions, energy, rng), self._energy_score(energy)])
        bound = np.where(fractions > 0, np.nan, self.marginals_.threshold(energy))
        self.correlation_ = shrunk_correlation(z)
        for _ in range(self.sweeps):
            _draw_censored(z, bound, np.linalg.inv(self.correlation_).astype(np.float64), rng)
            self.correlation_ = shrunk_correlation(z)

    def _sample(self, incident_energy: Floats, rng: np.random.Generator) -> NDArray[Any]:
        c, c_e = self.correlation_[:-1, :-1], self.correlation_[:-1, -1]
        factor = np.linalg.cholesky(c - np.outer(c_e, c_e))
        z = rng.standard_normal((len(incident_energy), len(c))) @ factor.T
        z += np.outer(self._energy_score(incident_energy), c_e)
        return self.marginals_.inverse(z, incident_energy) * incident_energy[:, None]

    def _energy_score(self, incident_energy: Floats) -> Floats:
        """Normal score of the energy among the training energies, by linear interpolation of the ranks."""
        n = len(self.energies_)
        return np.asarray(ndtri(np.interp(incident_energy, self.energies_, (np.arange(n) + 0.5) / n)))

    def _state(self) -> Mapping[str, Any]:
        state = {"energies": self.energies_, "correlation": self.correlation_}
        return {**state, **self.marginals_.state("marginals")}

    def _restore(self, state: Mapping[str, torch.Tensor]) -> None:
        self.marginals_ = Marginals.restore(state, "marginals")
        self.energies_, self.correlation_ = state["energies"].numpy(), state["correlation"].numpy()

    def resources(self) -> dict[str, float]:
        """`n_parameters`: values of the marginal tables, and the correlations."""
        d = len(self.correlation_)
        marginals = sum(array.size for array in self.marginals_.state("marginals").values())
        return {"n_parameters": float(marginals + d * (d - 1) // 2)}


def _draw_censored(z: Floats, bound: Floats, precision: Floats, rng: np.random.Generator) -> None:
    """One Gibbs sweep, in place, over the scores that are only known to lie below their bound (NaN elsewhere)."""
    for j in range(bound.shape[1]):
        rows = np.flatnonzero(~np.isnan(bound[:, j]))
        sd = 1 / np.sqrt(precision[j, j])
        mean = z[rows, j] - (z[rows] @ precision[:, j]) / precision[j, j]
        below = ndtr((bound[rows, j] - mean) / sd)
        u = np.maximum(below * rng.uniform(size=len(rows)), np.finfo(float).tiny)
        z[rows, j] = np.minimum(mean + sd * ndtri(u), bound[rows, j])
