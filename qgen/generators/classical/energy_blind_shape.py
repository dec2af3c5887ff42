"""Energy-blind shape: the right total energy in the shape of any shower, a control that must fail.

    E_i = f_i E_tot,    E_tot = r E_inc,

where f_i, the part of voxel i in the total, is that of a training shower drawn at random, whatever its energy, and r
is the response E_tot / E_inc of the training shower nearest to E_inc in ln E. What depends on shape alone, or on the
total energy alone, is that of GEANT4; that showers grow in depth and change in width with the energy is lost.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qgen.files import InputError
from qgen.generators.memory import Memory, in_turn, nearest

__all__ = ["EnergyBlindShape"]


class EnergyBlindShape(Memory):
    """Control that must fail: shapes of random training showers with the total energy of the wanted one."""

    control = True

    def _sample(self, incident_energy: NDArray[np.float64], rng: np.random.Generator) -> NDArray[Any]:
        total = self.voxels_.sum(axis=1, dtype=np.float64)
        with_shape = np.flatnonzero(total > 0)
        if not len(with_shape):
            raise InputError("EnergyBlindShape: expected training showers that left energy, found none")
        shape = with_shape[in_turn(len(with_shape), len(incident_energy), rng)]
        near = nearest(np.log(self.energy_), np.log(incident_energy), 1)
        wanted = total[near] / self.energy_[near] * incident_energy
        return np.asarray(self.voxels_[shape] * (wanted / total[shape])[:, None])
