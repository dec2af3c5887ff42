"""Bootstrap: training showers of nearly the wanted energy, rescaled to it.

For every wanted energy E one of the k training showers nearest in ln E_inc is drawn at random, and its voxels are
multiplied by E / E_i. It memorises: what it scores is the floor of any generator with this much training data,
and it shows what a test against memorisation must find.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from qgen.generators.base import BaseGenerator
from qgen.plugins import option
from qgen.showers import Showers
from qgen.training import Run

__all__ = ["Bootstrap"]


class Bootstrap(BaseGenerator):
    """Training showers of nearly the wanted energy, rescaled to it: what memorising would score."""

    family = "reference"
    typical_fit_s: ClassVar[Mapping[str, float]] = {"quick": 1.0, "standard": 1.0}

    neighbours: int = option("k, how many nearest training showers to draw from", default=8, least=1)

    def _fit(self, showers: Showers, run: Run) -> None:
        order = np.argsort(showers.incident_energy, kind="stable")
        self.energy_ = showers.incident_energy[order]
        self.voxels_ = showers.voxels[order]

    def _sample(self, incident_energy: NDArray[np.float64], rng: np.random.Generator) -> NDArray[Any]:
        k = min(self.neighbours, len(self.energy_))
        first = nearest(np.log(self.energy_), np.log(incident_energy), k)
        chosen = first + rng.integers(k, size=len(first))
        return np.asarray(self.voxels_[chosen] * (incident_energy / self.energy_[chosen])[:, None])

    def _state(self) -> Mapping[str, Any]:
        return {"energy": self.energy_, "voxels": self.voxels_}

    def _restore(self, state: Mapping[str, torch.Tensor]) -> None:
        self.energy_, self.voxels_ = state["energy"].numpy(), state["voxels"].numpy()

    def resources(self) -> dict[str, float]:
        """`n_parameters`: the stored voxel values."""
        return {"n_parameters": float(self.voxels_.size)}


def nearest(ordered: NDArray[np.float64], wanted: NDArray[np.float64], k: int) -> NDArray[np.intp]:
    """Where the window of the k nearest of the `ordered` values starts, for every wanted value."""
    first = np.clip(np.searchsorted(ordered, wanted) - k, 0, len(ordered) - k)
    for _ in range(k):
        further = np.minimum(first + k, len(ordered) - 1)
        closer = (first + k < len(ordered)) & (ordered[further] - wanted < wanted - ordered[first])
        first = first + closer
    return np.asarray(first)
