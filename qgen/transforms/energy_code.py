"""Incident energy as bits: a thermometer over log E, for the nodes of a Boltzmann machine that a condition holds.

With x = `EnergyScale` of E in -1..1 and n_levels levels of equal width in x, bit k says whether E lies above
threshold number k mod (n_levels - 1). There is no wrap-around and no padding: the Hamming distance of two codes
grows in proportion to the number of levels between them, and every threshold is spread over all bits, so that any
node of a sparse graph has neighbours that know the energy. (The published codes, 2410.22870, are binary numbers:
there neighbours in energy may differ in all bits.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qgen.files import InputError
from qgen.transforms.energy_scale import EnergyScale

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
        if self.n_bits < 1 or not 2 <= self.n_levels <= self.n_bits + 1:
            raise InputError(
                f"EnergyCode: expected n_bits >= 1 and 2 <= n_levels <= n_bits + 1, "
                f"found {self.n_bits} and {self.n_levels}"
            )

    def forward(self, incident_energy: ArrayLike) -> NDArray[np.int8]:
        """Bits of energies [MeV] of shape (n,), shape (n, n_bits); energies outside the scale get its ends' codes.

        Raises:
            InputError: another shape, or an energy that is not finite and > 0.
        """
        return (self.level(incident_energy)[:, None] > self._thresholds).astype(np.int8)

    def level(self, incident_energy: ArrayLike) -> NDArray[np.intp]:
        """Number of the level, 0..n_levels - 1, of energies [MeV] of shape (n,); errors as of `forward`."""
        energy = np.asarray(incident_energy, dtype=np.float64)
        bad = ~(np.isfinite(energy) & (energy > 0))
        if energy.ndim != 1 or bad.any():
            found = f"shape {energy.shape}" if energy.ndim != 1 else f"{energy[bad][0]}"
            raise InputError(f"EnergyCode: expected energies of shape (n,), finite and > 0, found {found}")
        part = (self.scale.forward(energy) + 1) / 2
        return np.clip((part * self.n_levels).astype(np.intp), 0, self.n_levels - 1)

    def inverse(self, bits: ArrayLike) -> NDArray[np.float64]:
        """Energies [MeV] at the centre (in log E) of the level of each code (n, n_bits).

        Bits that are no code (reads of a noisy device) stand for the level with the nearest number of ones.

        Raises:
            InputError: another shape, or values other than 0 and 1.
        """
        given = np.asarray(bits)
        if given.ndim != 2 or given.shape[1] != self.n_bits or not np.isin(given, (0, 1)).all():
            raise InputError(f"EnergyCode: expected bits 0, 1 of shape (n, {self.n_bits}), found shape {given.shape}")
        ones = (np.arange(self.n_levels)[:, None] > self._thresholds).sum(axis=1)
        level = np.searchsorted((ones[1:] + ones[:-1]) / 2, given.sum(axis=1))
        return self.scale.inverse(2 * (level + 0.5) / self.n_levels - 1)

    @property
    def _thresholds(self) -> NDArray[np.intp]:
        """The level above which each bit is set, shape (n_bits,)."""
        return np.arange(self.n_bits) % (self.n_levels - 1)
