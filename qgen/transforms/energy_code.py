"""Incident energy as bits: a thermometer code over its logarithm.

    x = (ln E - ln E_low) / (ln E_high - ln E_low),    level k = floor(n_levels x), held to 0..n_levels - 1,
    bit j = 1 where step(j) < k,    step(j) = floor(j (n_levels - 1) / n_bits)

Level k sets the first bits, more of them the higher it is: nothing wraps round, no bit is padding, and the number of
bits in which two energies differ grows with the ratio of the energies, from end to end of the range. With as many
levels as fit, n_bits + 1, every step flips one bit; with fewer, every step flips about n_bits / (n_levels - 1) bits at
once, so that single wrong bits matter less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qgen.files import InputError

__all__ = ["EnergyCode"]


@dataclass(frozen=True)
class EnergyCode:
    """Thermometer code between two energies.

    Attributes:
        low: lower end of the range [MeV], > 0; lower energies have its code.
        high: upper end [MeV]; higher energies have its code. Where it equals `low` (one energy only), the range is
            from there by a factor sqrt(e) down and up.
        n_bits: length of the code.
        n_levels: number of different codes, 2 to n_bits + 1; None for n_bits + 1.

    Raises:
        InputError: ends that are not 0 < low <= high and finite, no bit, or other levels.
    """

    low: float
    high: float
    n_bits: int
    n_levels: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.low <= self.high < np.inf:
            raise InputError(f"EnergyCode: expected energies 0 < low <= high, found {self.low} and {self.high}")
        if self.n_bits < 1:
            raise InputError(f"EnergyCode: expected n_bits >= 1, found {self.n_bits}")
        if self.n_levels is not None and not 2 <= self.n_levels <= self.n_bits + 1:
            raise InputError(f"EnergyCode: expected n_levels from 2 to {self.n_bits + 1}, found {self.n_levels}")

    @classmethod
    def fit(cls, incident_energy: ArrayLike, n_bits: int, *, n_levels: int | None = None) -> Self:
        """The code over the range of training energies [MeV].

        Raises:
            InputError: no energy, or one that is not finite and > 0.
        """
        energy = _positive(incident_energy)
        if not energy.size:
            raise InputError("EnergyCode.fit: expected at least one energy, found none")
        return cls(float(energy.min()), float(energy.max()), n_bits, n_levels)

    @property
    def levels(self) -> int:
        """Number of different codes."""
        return self.n_bits + 1 if self.n_levels is None else self.n_levels

    def forward(self, incident_energy: ArrayLike) -> NDArray[np.int8]:
        """Codes in {0, 1}, shape (n, n_bits), of energies [MeV], shape (n,).

        Raises:
            InputError: an energy that is not finite and > 0, or another shape.
        """
        energy = _positive(incident_energy)
        if energy.ndim != 1:
            raise InputError(f"EnergyCode: expected energies of shape (n,), found {energy.shape}")
        start, width = self._range
        level = np.floor((np.log(energy) - start) / width * self.levels)
        return (np.clip(level, 0, self.levels - 1)[:, None] > self._steps).astype(np.int8)

    def inverse(self, bits: ArrayLike) -> NDArray[np.float64]:
        """Centres of the levels [MeV], shape (n,), of codes (n, n_bits).

        Bits that are no code (of a noisy device) are read as the level with the nearest number of ones.

        Raises:
            InputError: another shape, or values other than 0 and 1.
        """
        given = np.asarray(bits)
        if given.ndim != 2 or given.shape[1] != self.n_bits:
            raise InputError(f"EnergyCode: expected bits of shape (n, {self.n_bits}), found {given.shape}")
        if not np.isin(given, (0, 1)).all():
            raise InputError(f"EnergyCode: expected bits 0 and 1, found {given[~np.isin(given, (0, 1))][0]}")
        ones = (np.arange(self.levels)[:, None] > self._steps).sum(axis=1)
        between = (ones[1:] + ones[:-1]) / 2
        level = np.searchsorted(between, given.sum(axis=1))
        start, width = self._range
        return np.asarray(np.exp(start + width * (level + 0.5) / self.levels))

    @property
    def _steps(self) -> NDArray[np.intp]:
        """The step between two levels at which each bit is set, shape (n_bits,)."""
        return np.arange(self.n_bits) * (self.levels - 1) // self.n_bits

    @property
    def _range(self) -> tuple[float, float]:
        """Logarithm of the lower end, and the range of logarithms."""
        if self.high > self.low:
            return float(np.log(self.low)), float(np.log(self.high / self.low))
        return float(np.log(self.low)) - 0.5, 1.0

    def state(self) -> dict[str, NDArray[np.float64]]:
        """Named arrays, taken back by `restore`."""
        return {"energy_code": np.array([self.low, self.high, self.n_bits, self.levels], dtype=np.float64)}

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Self:
        """The code of `state`; entries may be tensors, further entries are ignored."""
        low, high, n_bits, levels = np.asarray(state["energy_code"], dtype=np.float64).tolist()
        return cls(low, high, int(n_bits), int(levels))


def _positive(incident_energy: ArrayLike) -> NDArray[np.float64]:
    energy = np.asarray(incident_energy, dtype=np.float64)
    bad = ~(np.isfinite(energy) & (energy > 0))
    if bad.any():
        raise InputError(f"incident_energy: expected finite values > 0, found {energy[bad][0]}")
    return energy
