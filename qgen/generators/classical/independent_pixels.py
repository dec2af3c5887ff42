"""Independent pixels: every pixel is drawn by itself from its own distribution given the energy.

The marginals p(E_i / E_inc | E_inc) are those of `Marginals`; all correlations between pixels are absent. A
generator that cannot beat it has learned no correlations.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from qgen.generators.base import BaseGenerator
from qgen.showers import Showers
from qgen.training import Run
from qgen.transforms.marginals import Marginals

__all__ = ["IndependentPixels"]


class IndependentPixels(BaseGenerator):
    """Marginals of every pixel given the energy, and no correlations."""

    family = "reference"
    control = True
    typical_fit_s: ClassVar[Mapping[str, float]] = {"quick": 1.0, "standard": 1.0}

    def _fit(self, showers: Showers, run: Run) -> None:
        fractions = showers.voxels / showers.incident_energy[:, None]
        self.marginals_ = Marginals.fit(fractions, showers.incident_energy)

    def _sample(self, incident_energy: NDArray[np.float64], rng: np.random.Generator) -> NDArray[Any]:
        scores = rng.standard_normal((len(incident_energy), self.geometry_.n_voxels))
        return self.marginals_.inverse(scores, incident_energy) * incident_energy[:, None]

    def _state(self) -> Mapping[str, Any]:
        return self.marginals_.state("marginals")

    def _restore(self, state: Mapping[str, torch.Tensor]) -> None:
        self.marginals_ = Marginals.restore(state, "marginals")

    def resources(self) -> dict[str, float]:
        """`n_parameters`: values of the marginal tables."""
        return {"n_parameters": float(sum(array.size for array in self._state().values()))}
