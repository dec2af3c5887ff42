"""Mean image x sampled energy: every shower is the mean shower of its energy, with a total energy of its own.

    E_i = f_i(E_inc) E_tot,    E_tot ~ p(E_tot | E_inc),

where f_i is the mean over showers of E_i / E_tot, linear in ln E_inc between knots of equal population. It has
no fluctuations of the shape: a generator that cannot beat it has learned no more than the mean shower.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from qgen.generators.base import BaseGenerator
from qgen.networks.response import ResponseModel
from qgen.plugins import option
from qgen.showers import Showers
from qgen.training import Run

__all__ = ["MeanImage"]


class MeanImage(BaseGenerator):
    """The mean shower of the energy times a sampled total energy: no fluctuations of the shape."""

    family = "reference"
    control = True
    typical_fit_s: ClassVar[Mapping[str, float]] = {"quick": 1.0, "standard": 1.0}
    event_level = False

    n_knots: int = option(
        "energies at which the mean is taken; with 1 the image is the same at all energies", default=8, least=1
    )

    def _fit(self, showers: Showers, run: Run) -> None:
        total = showers.total_energy
        fractions = showers.voxels / np.maximum(total, np.finfo(float).tiny)[:, None]
        logs = np.log(showers.incident_energy)
        groups = np.array_split(np.argsort(logs, kind="stable"), min(self.n_knots, len(logs)))
        self.knots_ = np.array([logs[group].mean() for group in groups])
        self.means_ = np.array([fractions[group].mean(axis=0) for group in groups])
        self.response_ = ResponseModel.fit(showers.incident_energy, total)

    def _sample(self, incident_energy: NDArray[np.float64], rng: np.random.Generator) -> NDArray[Any]:
        position = np.interp(np.log(incident_energy), self.knots_, np.arange(len(self.knots_)))
        lower = position.astype(np.intp)
        upper = np.minimum(lower + 1, len(self.knots_) - 1)
        part = (position - lower)[:, None]
        mean = (1 - part) * self.means_[lower] + part * self.means_[upper]
        return np.asarray(mean * self.response_.sample(incident_energy, rng)[:, None])

    def _state(self) -> Mapping[str, Any]:
        return {"knots": self.knots_, "means": self.means_, **self.response_.state()}

    def _restore(self, state: Mapping[str, torch.Tensor]) -> None:
        self.knots_, self.means_ = state["knots"].numpy(), state["means"].numpy()
        self.response_ = ResponseModel.restore(state)

    def resources(self) -> dict[str, float]:
        """`n_parameters`: values of the mean images and of the response model."""
        return {"n_parameters": float(self.means_.size + sum(v.size for v in self.response_.state().values()))}
