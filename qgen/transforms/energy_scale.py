"""Incident energy as a condition: its logarithm on a scale from -1 to 1.

    x = 2 (ln E - ln E_low) / (ln E_high - ln E_low) - 1

E_low and E_high are the ends of the training range [MeV]; energies outside map outside [-1, 1].
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["EnergyScale"]


@dataclass(frozen=True)
class EnergyScale:
    """Logarithmic scale between two energies.

    Attributes:
        low: energy that maps to -1 [MeV], > 0.
        high: energy that maps to +1 [MeV]; where it equals `low` (one energy only), everything maps about 0.
    """

    low: float
    high: float

    def forward(self, incident_energy: ArrayLike) -> NDArray[np.float64]:
        """Energies [MeV] to scaled logarithms of the same shape."""
        return np.asarray((np.log(np.asarray(incident_energy, dtype=np.float64)) - self._middle) / self._half)

    def inverse(self, scaled: ArrayLike) -> NDArray[np.float64]:
        """Scaled logarithms to energies [MeV]."""
        return np.asarray(np.exp(np.asarray(scaled, dtype=np.float64) * self._half + self._middle))

    @property
    def _middle(self) -> float:
        return float(np.log(self.low * self.high) / 2)

    @property
    def _half(self) -> float:
        return float(np.log(self.high / self.low) / 2) if self.high > self.low else 1.0
