"""Bootstrap: training showers of nearly the wanted energy, rescaled to it.

For every wanted energy E one of the k training showers nearest in ln E_inc is drawn at random, and its voxels are
multiplied by E / E_i. It memorises: what it scores is the floor of any generator with this much training data,
and it shows what a test against memorisation must find.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qgen.generators.memory import Memory, nearest
from qgen.plugins import option

__all__ = ["Bootstrap"]


class Bootstrap(Memory):
    """Training showers of nearly the wanted energy, rescaled to it: what memorising would score."""

    neighbours: int = option("k, how many nearest training showers to draw from", default=8, least=1)

    def _sample(self, incident_energy: NDArray[np.float64], rng: np.random.Generator) -> NDArray[Any]:
        k = min(self.neighbours, len(self.energy_))
        first = nearest(np.log(self.energy_), np.log(incident_energy), k)
        chosen = first + rng.integers(k, size=len(first))
        return np.asarray(self.voxels_[chosen] * (incident_energy / self.energy_[chosen])[:, None])
