"""Several values in bins each, and their joint distribution inside the bins given the incident energy.

Each value has normal scores t given the scaled energy x (`NormalScores`), which together are normal with the
correlations C of the training showers (a Gaussian copula). Inside of given bins they are that distribution truncated
to a box.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from qgen.codes._truncated import truncated_normal
from qgen.files import InputError
from qgen.transforms.energy_scale import EnergyScale
from qgen.transforms.normal_scores import NormalScores

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Binning = Literal["quantile", "uniform"]

CORE = (0.005, 0.995)
"""Quantiles between which uniform bins lie; the outer bins are open."""
INSIDE = 1e-4
"""Least distance from the edge of a bin, in bins."""
_SMALLEST = 1e-12


@dataclass(frozen=True)
class JointBins:
    """Bins of d values and their joint scores.

    Attributes:
        scale: of the incident energy.
        edges: between the bins of every value; none for a value without bits, which is only drawn.
        scores: normal scores of the values.
        correlation: C, shape (d, d).
    """

    scale: EnergyScale
    edges: tuple[Floats, ...]
    scores: NormalScores
    correlation: Floats

    @classmethod
    def fit(cls, values: Floats, energy: Floats, bits: Sequence[int], names: Sequence[str], binning: Binning) -> Self:
        """Fit to values (n, d) at energies [MeV] (n,).

        Raises:
            InputError: a value that has not enough different values for its bins.
        """
        scale = EnergyScale(float(energy.min()), float(energy.max()))
        edges = tuple(_edges(column, n, binning) for column, n in zip(values.T, bits, strict=True))
        for name, column, between in zip(names, values.T, edges, strict=True):
            bins = np.unique(np.searchsorted(between, column))
            if len(bins) <= len(between) and (binning == "quantile" or len(bins) < 2):
                raise InputError(
                    f"features: expected showers in all {len(between) + 1} bins of {name!r}, found them in {len(bins)}"
                )
        x = scale.forward(energy)
        scores = NormalScores.fit(values, np.ones(values.shape, dtype=bool), x)
        t = scores.forward(values, x)
        return cls(scale, edges, scores, np.atleast_2d(np.corrcoef(t.T)))

    def bins(self, values: Floats) -> Integers:
        """Bins of values (n, d), same shape."""
        columns = [np.searchsorted(edges, column) for edges, column in zip(self.edges, values.T, strict=True)]
        return np.stack(columns, axis=1).astype(np.int64)

    def inside(self, bins: Integers, incident_energy: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Values inside bins (n, d) at energies [MeV] (n,), and their scores, both of shape (n, d)."""
        x = self.scale.forward(incident_energy)
        ends = [self._ends(j, bins[:, j]) for j in range(len(self.edges))]
        low, high = (np.stack([pair[k] for pair in ends], axis=1) for k in (0, 1))
        with np.errstate(invalid="ignore"):
            below, above = (self.scores.forward(side, x) for side in (low, high))
        below, above = np.where(np.isinf(low), -np.inf, below), np.where(np.isinf(high), np.inf, above)
        t = truncated_normal(self.correlation, below, above, rng)
        with np.errstate(invalid="ignore"):
            margin = np.where(np.isfinite(high - low), INSIDE * (high - low), _SMALLEST)
        return np.clip(self.scores.inverse(t, x), low + margin, high - margin), t

    def _ends(self, j: int, bins: Integers) -> tuple[Floats, Floats]:
        edges = np.concatenate([[-np.inf], self.edges[j], [np.inf]])
        return edges[bins], edges[bins + 1]

    def state(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Named arrays, taken back by `restore`."""
        own = {
            "range": np.array([self.scale.low, self.scale.high]),
            "n_edges": np.array([len(edges) for edges in self.edges]),
            "edges": np.concatenate(self.edges),
            "correlation": self.correlation,
        }
        return {f"{prefix}.{name}": array for name, array in (own | self.scores.state()).items()}

    @classmethod
    def restore(cls, state: Mapping[str, Any], prefix: str) -> Self:
        """The bins of `state`; entries may be tensors, further entries are ignored."""
        own = {name.removeprefix(f"{prefix}."): np.asarray(array) for name, array in state.items()}
        low, high = own["range"].tolist()
        edges = np.split(own["edges"], np.cumsum(own["n_edges"])[:-1])
        return cls(EnergyScale(low, high), tuple(edges), NormalScores.restore(own), own["correlation"])


def _edges(values: Floats, n_bits: int, binning: Binning) -> Floats:
    """Between 2^n_bits bins."""
    parts = np.arange(1, 2**n_bits) / 2**n_bits
    if binning == "quantile":
        return np.quantile(values, parts)
    low, high = np.quantile(values, CORE)
    return np.asarray(low + (high - low) * parts)
