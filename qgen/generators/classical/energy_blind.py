"""Energy-blind: real showers of the wrong energies, a control that must fail.

For every wanted energy one of the training showers is drawn at random, whatever its energy, and handed out as it is
under the wanted one. All that does not look at the incident energy is that of GEANT4; what a score says of it, the
score cannot say of a generator that has learnt how showers follow the energy.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qgen.generators.memory import Memory, in_turn

__all__ = ["EnergyBlind"]


class EnergyBlind(Memory):
    """Control that must fail: random training showers under the wanted energies."""

    control = True

    def _sample(self, incident_energy: NDArray[np.float64], rng: np.random.Generator) -> NDArray[Any]:
        return self.voxels_[in_turn(len(self.voxels_), len(incident_energy), rng)]
