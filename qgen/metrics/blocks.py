"""Showers as sums over random blocks: what a metric is a function of where it is scored by weights.

Every shower is put into one of some hundred blocks at random; a block keeps sums over its showers (histogram counts,
moments of the features, energies of the voxels, ...). Weighting the blocks then gives any resample of the showers: unit
weights the whole sample, the counts of a multinomial draw a bootstrap sample, 0 and 1 a random part.

What cannot be summed (classifiers, neighbours, kernels) uses the features of at most N_KEPT showers, chosen at random.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from qgen.geometry import Geometry
from qgen.metrics.arrays import Floats, Ints
from qgen.metrics.moments import BlockMoments
from qgen.showers import Showers

N_KEPT = 20_000
"""Showers whose features are kept one by one."""


@dataclass(frozen=True)
class Features:
    """Sums over the features of showers, block by block.

    Attributes:
        edges: of the histogram of every feature, by energy bin.
        counts: of these histograms with their flow bins, shape (n_blocks, n_energy_bins, n_features, n_bins).
        moments: first and second moments.
        largest: max |feature| of every block, shape (n_blocks, n_features).
    """

    edges: Sequence[Sequence[Sequence[float]]]
    counts: Floats
    moments: BlockMoments
    largest: Floats

    @classmethod
    def of(
        cls,
        values: Floats,
        energy_bins: Ints,
        blocks: Ints,
        n_blocks: int,
        edges: Sequence[Sequence[Sequence[float]]],
    ) -> Self:
        """The sums over features of shape (n, n_features), of showers in energy bins and blocks."""
        n_bins = max(len(bounds) for of_bin in edges for bounds in of_bin) + 1
        counts = np.zeros((n_blocks, len(edges), values.shape[1], n_bins))
        for number, of_bin in enumerate(edges):
            inside = energy_bins == number
            base = blocks[inside] * n_bins
            for k, (column, bounds) in enumerate(zip(values[inside].T, of_bin, strict=True)):
                cell = base + np.searchsorted(bounds, column, side="right")
                counts[:, number, k] = np.bincount(cell, minlength=n_blocks * n_bins).reshape(n_blocks, n_bins)
        middle = np.mean([[bounds[len(bounds) // 2] for bounds in of_bin] for of_bin in edges], axis=0)
        largest = np.zeros((n_blocks, values.shape[1]))
        np.maximum.at(largest, blocks, np.abs(values))
        return cls(edges, counts, BlockMoments.of(values, blocks, n_blocks, centre=middle), largest)

    def plus(self, other: "Features") -> "Features":
        """The sums over the showers of both."""
        largest = np.maximum(self.largest, other.largest)
        return Features(self.edges, self.counts + other.counts, self.moments.plus(other.moments), largest)

    def beside(self, other: "Features") -> "Features":
        """The blocks of `other` after those of this one."""
        counts, largest = (np.concatenate([getattr(x, key) for x in (self, other)]) for key in ("counts", "largest"))
        return Features(self.edges, counts, self.moments.beside(other.moments), largest)


@dataclass(frozen=True)
class Blocks:
    """What an evaluation keeps of showers.

    Attributes:
        geometry: of the showers, in the representation in which they are scored.
        features: sums over their features.
        voxels: energy of every voxel, summed over the showers of a block [MeV], shape (n_blocks, n_voxels).
        cells: moments of the energies whose correlations are scored (see `qgen.observables.views.correlated`).
        responses: number, sum and sum of squares of the response, shape (n_blocks, n_energy_bins, 3).
        incident_energy: of every shower [MeV].
        rows: features of the kept showers, shape (n_kept, n_features).
        row_blocks: their blocks.
        row_numbers: their numbers at random, which the two showers of a pair share (`qgen.evaluation.sharing`).
        row_energy: their incident energies [MeV].
        showers: those of the kept showers whose numbers are below `n_whole`, for metrics that take showers; else None.
        n_whole: see `showers`.
    """

    geometry: Geometry
    features: Features
    voxels: Floats
    cells: BlockMoments
    responses: Floats
    incident_energy: Floats
    rows: Floats
    row_blocks: Ints
    row_numbers: Ints
    row_energy: Floats
    showers: Showers | None = None
    n_whole: int = 0

    def plus(self, other: Self) -> Self:
        """The sums over the showers of both; what is kept shower by shower is that of this one."""
        return replace(
            self,
            features=self.features.plus(other.features),
            voxels=self.voxels + other.voxels,
            cells=self.cells.plus(other.cells),
            responses=self.responses + other.responses,
        )

    def features_of(self, chosen: NDArray[np.bool_], energy_bin: int) -> Features:
        """The sums over the features of some of the kept showers, which are those of an energy bin."""
        rows, blocks = self.rows[chosen], self.row_blocks[chosen]
        return Features.of(rows, np.full(len(rows), energy_bin), blocks, self.n_blocks, self.features.edges)

    def __len__(self) -> int:
        return len(self.incident_energy)

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return len(self.voxels)
