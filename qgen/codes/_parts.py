"""What several codes share: fractions and response of showers, and bins of a value given the incident energy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from qgen.showers import Showers
from qgen.transforms.marginals import Marginals

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_SMALLEST = 1e-12


def response_of(showers: Showers) -> Floats:
    """E_tot / E_inc, shape (n,)."""
    return showers.total_energy / showers.incident_energy


def fractions_of(showers: Showers) -> Floats:
    """E_i / E_tot, shape (n, n_voxels)."""
    return np.asarray(showers.voxels / np.maximum(showers.total_energy, _SMALLEST)[:, None], dtype=np.float64)


@dataclass(frozen=True)
class ResponseBins:
    """Bins of a value >= 0 between quantiles, and its distribution inside them given the energy.

    Attributes:
        edges: between the bins, shape (2^n_bits - 1,).
        marginal: of the value given the energy.
    """

    edges: Floats
    marginal: Marginals

    @classmethod
    def fit(cls, values: Floats, incident_energy: Floats, n_bits: int) -> Self:
        """Fit to values (n,) at energies [MeV] (n,)."""
        edges = np.quantile(values, np.arange(1, 2**n_bits) / 2**n_bits)
        return cls(edges, Marginals.fit(values[:, None], incident_energy))

    @property
    def n_bits(self) -> int:
        """Bits that number the bins."""
        return len(self.edges).bit_length()

    def bins(self, values: Floats) -> Integers:
        """Bins of values, same shape."""
        return np.searchsorted(self.edges, values).astype(np.int64)

    def inside(self, bins: Integers, incident_energy: Floats, rng: np.random.Generator) -> Floats:
        """Values inside their bins (n,), given the energies [MeV] (n,), shape (n,)."""
        ends = np.concatenate([[0.0], self.edges, [np.inf]])
        low, high = (
            ndtr(self.marginal.forward(ends[b][:, None], incident_energy, rng)[:, 0]) for b in (bins, bins + 1)
        )
        low = np.where(bins == 0, 0.0, low)
        u = low + (high - low) * rng.uniform(size=len(bins))
        return self.marginal.inverse(ndtri(np.clip(u, _SMALLEST, 1 - _SMALLEST))[:, None], incident_energy)[:, 0]

    def state(self, prefix: str) -> dict[str, Floats]:
        """Named arrays, taken back by `restore`."""
        return {f"{prefix}.edges": self.edges, **self.marginal.state(prefix)}

    @classmethod
    def restore(cls, state: Mapping[str, Any], prefix: str) -> Self:
        """The bins of `state`; entries may be tensors, further entries are ignored."""
        return cls(np.asarray(state[f"{prefix}.edges"], dtype=np.float64), Marginals.restore(state, prefix))
