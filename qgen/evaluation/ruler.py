"""The ruler: feature set, histogram edges and energy bins, set by GEANT4 before any generated shower is looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from qgen import metrics
from qgen.metrics.arrays import Floats, Ints
from qgen.observables import feature_set, features
from qgen.showers import Showers

N_ENERGY_BINS = 4
N_BINS = 10
"""Histogram bins of every feature in each energy bin."""
TAIL = 0.01
N_FIGURE_BINS = 30
MAX_STEPS = 128


@dataclass(frozen=True)
class Ruler:
    """What is held fixed while scoring.

    Attributes:
        feature_set: name of the features (see `qgen.observables.feature_set`).
        edges: by energy bin, the histogram edges of every feature, from quantiles of the training GEANT4 in that bin.
        energy_edges: edges of the incident-energy bins [MeV].
        figure_edges: equal bins of every feature for figures, over the central 99.6 % of the training GEANT4.
    """

    feature_set: str
    edges: Sequence[Mapping[str, list[float]]]
    energy_edges: list[float]
    figure_edges: Mapping[str, list[float]]

    @classmethod
    def of(cls, reference: Showers, training: Showers, *, n_reference: int | None = None) -> Self:
        """The ruler for a reference (or some of its n_reference showers), with edges from the training GEANT4."""
        name = feature_set(reference.geometry, n_reference=n_reference or len(reference))
        values, names = features(training, name)
        figure_edges = {key: _equal_bins(column) for key, column in zip(names, values.T, strict=True)}
        energy_edges = metrics.quantile_edges(reference.incident_energy, N_ENERGY_BINS).tolist()
        number = _bin_within(energy_edges, training.incident_energy)
        edges = []
        for k in range(len(energy_edges) - 1):
            inside = values[number == k] if (number == k).any() else values
            edges.append(dict(zip(names, map(_histogram_edges, inside.T), strict=True)))
        return cls(name, edges, energy_edges, figure_edges)

    @property
    def all_edges(self) -> list[list[list[float]]]:
        """The histogram edges by energy bin and feature."""
        return [list(of_features.values()) for of_features in self.edges]

    def bin_of(self, energy: Floats) -> Ints:
        """Number of the bin of every incident energy [MeV]; -1 or the number of bins outside."""
        return np.searchsorted(self.energy_edges, energy, side="right") - 1

    def bin_within(self, energy: Floats) -> Ints:
        """The same, with energies outside counted to the outermost bins."""
        return _bin_within(self.energy_edges, energy)


def _bin_within(energy_edges: list[float], energy: Floats) -> Ints:
    return np.clip(np.searchsorted(energy_edges, energy, side="right") - 1, 0, len(energy_edges) - 2)


def _histogram_edges(values: Floats) -> list[float]:
    """Edges of bins of equal population, with a part TAIL of the training showers in either flow bin.

    Were the smallest and the largest value edges, no training shower would be beyond them, and the truth floor, which
    training showers make up in part, would have fewer showers in the flow bins than GEANT4 has.
    """
    low, high = np.quantile(values, (TAIL, 1 - TAIL))
    edges = metrics.quantile_edges(values, N_BINS)
    return (np.unique([low, *edges[1:-1], high]) if low < high else edges).tolist()


def _equal_bins(values: Floats) -> list[float]:
    """Equal bins over the central 99.6 %; bins of width 1 where that has no width.

    The bins of a discrete observable, such as a share of pixels, hold equal numbers of its steps.
    """
    low, high = np.quantile(values, (0.002, 0.998))
    steps = np.diff(np.unique(values)) if high > low else np.zeros(0)
    if 0 < len(steps) <= MAX_STEPS:
        width = steps.min() * np.ceil((high - low) / steps.min() / N_FIGURE_BINS)
        n_bins = int((high - low + steps.min() / 2) // width) + 1
        return (low - steps.min() / 2 + width * np.arange(n_bins + 1)).tolist()
    half = 0 if high > low else N_FIGURE_BINS / 2
    return np.linspace(low - half, high + half, N_FIGURE_BINS + 1).tolist()
