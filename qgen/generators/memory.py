"""Memory: what generators keep that hand out training showers, and which of these are nearest to an energy."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from qgen.generators.base import BaseGenerator
from qgen.showers import Showers
from qgen.training import Run


class Memory(BaseGenerator):
    """Base of generators that keep the training showers themselves. A subclass implements `_sample`.

    Attributes:
        energy_: incident energies of the training showers [MeV], ascending, shape (n,).
        voxels_: their voxel energies [MeV], shape (n, n_voxels).
    """

    family = "reference"
    typical_fit_s: ClassVar[Mapping[str, float]] = {"quick": 1.0, "standard": 1.0}

    def _fit(self, showers: Showers, run: Run) -> None:
        order = np.argsort(showers.incident_energy, kind="stable")
        self.energy_ = showers.incident_energy[order]
        self.voxels_ = showers.voxels[order]

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


def in_turn(n: int, wanted: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Random indices below n, as many as wanted: none comes again before all have come."""
    return np.resize(rng.permutation(n), wanted)
