"""Incident energy as bits: a thermometer over log E, for the nodes of a Boltzmann machine that a condition holds.

Neighbours in energy are neighbours in bits, and every threshold is spread over all bits, so that any node of a sparse
graph has neighbours that know the energy. (The published codes, 2410.22870, are binary numbers: there neighbours in
energy may differ in all bits.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qgen.files import InputError
from qgen.transforms.energy_scale import EnergyScale
from qgen.transforms.thermometer import Thermometer

__all__ = ["EnergyCode"]


@dataclass(frozen=True)
class EnergyCode:
    """The pair E -> bits -> centre of E's level.

    Attributes:
        scale: logarithmic scale of the training energies [MeV].
        n_bits: bits of a code, >= 1.
        n_levels: energies that are told apart, 2 <= n_levels <= n_bits + 1.

    Raises:
        InputError: other numbers.
    """

    scale: EnergyScale
    n_bits: int
    n_levels: int

    def __post_init__(self) -> None:
        _ = self._code

    def forward(self, incident_energy: ArrayLike) -> NDArray[np.int8]:
        """Bits of energies [MeV] of shape (n,), shape (n, n_bits); energies outside the scale get its ends' codes.

        Raises:
            InputError: another shape, or an energy that is not finite and > 0.
        """
        return self._code.forward(self._scaled(incident_energy))

    def level(self, incident_energy: ArrayLike) -> NDArray[np.intp]:
        """Number of the level, 0..n_levels - 1, of energies [MeV] of shape (n,); errors as of `forward`."""
        return self._code.level(self._scaled(incident_energy))

    def inverse(self, bits: ArrayLike) -> NDArray[np.float64]:
        """Energies [MeV] at the centre (in log E) of the level of each code (n, n_bits).

        Raises:
            InputError: another shape, or values other than 0 and 1.
        """
        return self.scale.inverse(self._code.inverse(bits))

    @property
    def _code(self) -> Thermometer:
        return Thermometer(self.n_bits, self.n_levels)

    def _scaled(self, incident_energy: ArrayLike) -> NDArray[np.float64]:
        energy = np.asarray(incident_energy, dtype=np.float64)
        bad = ~(np.isfinite(energy) & (energy > 0))
        if energy.ndim != 1 or bad.any():
            found = f"shape {energy.shape}" if energy.ndim != 1 else f"{energy[bad][0]}"
            raise InputError(f"EnergyCode: expected energies of shape (n,), finite and > 0, found {found}")
        return self.scale.forward(energy)
