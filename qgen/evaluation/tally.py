"""Showers as sums over random blocks: all that the metrics need, in one pass, in memory that is flat in their number.

Every shower is put into one of some hundred blocks at random; a block keeps sums over its showers (histogram counts,
moments of the features, energies of the voxels, ...). Weighting the blocks then gives any resample of the showers: unit
weights the whole sample, the counts of a multinomial draw a bootstrap sample, 0 and 1 a random part. The block of
a shower depends on its place and the seed only, so showers made for the same energies in the same order share blocks.

What cannot be summed (classifiers, neighbours, kernels) uses the features of at most N_KEPT showers, chosen at random.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from qgen.datasets import chosen_rows
from qgen.evaluation.ruler import Ruler
from qgen.evaluation.source import Source, batches
from qgen.geometry import Geometry
from qgen.metrics.moments import BlockMoments
from qgen.observables import features, response
from qgen.observables.views import correlated
from qgen.showers import Showers

FINE, COARSE = 256, 64
"""Numbers of blocks: fine where there are at most NARROW features, coarse where their moments would fill the memory."""
NARROW = 128
N_KEPT = 20_000

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Features:
    """Sums over the features of showers, block by block.

    Attributes:
        counts: of the ruler's histograms with their flow bins, shape (n_blocks, n_features, n_bins).
        moments: first and second moments.
        largest: max |feature|, shape (n_features,).
    """

    counts: Floats
    moments: BlockMoments
    largest: Floats

    @classmethod
    def of(cls, values: Floats, blocks: Ints, n_blocks: int, ruler: Ruler) -> Self:
        """The sums over features of shape (n, n_features)."""
        edges = list(ruler.edges.values())
        n_bins = max(map(len, edges)) + 1
        counts = np.empty((n_blocks, len(edges), n_bins))
        for k, (column, bounds) in enumerate(zip(values.T, edges, strict=True)):
            cell = blocks * n_bins + np.searchsorted(bounds, column, side="right")
            counts[:, k] = np.bincount(cell, minlength=n_blocks * n_bins).reshape(n_blocks, n_bins)
        middle = [bounds[len(bounds) // 2] for bounds in edges]
        return cls(counts, BlockMoments.of(values, blocks, n_blocks, centre=middle), np.abs(values).max(axis=0))

    def plus(self, other: Features) -> Features:
        """The sums over the showers of both."""
        largest = np.maximum(self.largest, other.largest)
        return Features(self.counts + other.counts, _plus(self.moments, other.moments), largest)

    def beside(self, other: Features) -> Features:
        """The blocks of `other` after those of this one."""
        counts, largest = np.concatenate([self.counts, other.counts]), np.maximum(self.largest, other.largest)
        return Features(counts, _beside(self.moments, other.moments), largest)


@dataclass(frozen=True)
class Tally:
    """What an evaluation keeps of showers.

    Attributes:
        geometry: of the showers, in the representation in which they are scored.
        features: sums over their features.
        voxels: energy of every voxel, summed over the showers of a block [MeV], shape (n_blocks, n_voxels).
        cells: moments of the energies whose correlations are scored (see `qgen.comparison.summary.correlated`).
        responses: number, sum and sum of squares of the response, shape (n_blocks, n_energy_bins, 3).
        incident_energy: of every shower [MeV].
        rows: features of the kept showers, shape (n_kept, n_features).
        row_blocks: their blocks.
        row_energy: their incident energies [MeV].
    """

    geometry: Geometry
    features: Features
    voxels: Floats
    cells: BlockMoments
    responses: Floats
    incident_energy: Floats
    rows: Floats
    row_blocks: Ints
    row_energy: Floats

    @classmethod
    def of(cls, source: Source, ruler: Ruler, representation: str, seed: int) -> Self:
        """The tally of showers, in one pass."""
        per_shower: dict[str, list[NDArray[Any]]] = {name: [] for name in _PER_SHOWER}

        def parts() -> Iterator[Self]:
            rng = np.random.default_rng([seed, 3])
            kept, start = chosen_rows(len(source), N_KEPT, seed), 0
            for showers in batches(source, representation):
                n_blocks = FINE if len(ruler.edges) <= NARROW else COARSE
                blocks = (rng.random(len(showers)) * n_blocks).astype(np.intp)
                part = cls._of_batch(showers, blocks, n_blocks, kept[start : start + len(showers)], ruler)
                start += len(showers)
                for name, arrays in per_shower.items():
                    arrays.append(getattr(part, name))
                yield part

        sums: Self = reduce(cls._plus, parts())
        return replace(sums, **{name: np.concatenate(arrays) for name, arrays in per_shower.items()})

    @classmethod
    def _of_batch(cls, showers: Showers, blocks: Ints, n_blocks: int, kept: NDArray[np.bool_], ruler: Ruler) -> Self:
        values, _ = features(showers, ruler.feature_set)
        cells = correlated(showers)
        energy = showers.incident_energy
        return cls(
            showers.geometry,
            Features.of(values, blocks, n_blocks, ruler),
            _block_sums(showers.voxels, blocks, n_blocks),
            BlockMoments.of(cells, blocks, n_blocks, centre=np.zeros(cells.shape[1])),
            _responses(response(showers), energy, blocks, n_blocks, ruler),
            energy,
            values[kept],
            blocks[kept],
            energy[kept],
        )

    def _plus(self, other: Self) -> Self:
        """The sums over the showers of both."""
        return replace(
            self,
            features=self.features.plus(other.features),
            voxels=self.voxels + other.voxels,
            cells=_plus(self.cells, other.cells),
            responses=self.responses + other.responses,
        )

    def beside(self, other: Tally) -> Tally:
        """The blocks of `other` after those of this one."""
        both: dict[str, Any] = {
            name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in _CONCATENATED
        }
        both["row_blocks"][len(self.row_blocks) :] += self.n_blocks
        both["features"] = self.features.beside(other.features)
        return replace(self, cells=_beside(self.cells, other.cells), **both)

    def __len__(self) -> int:
        return len(self.incident_energy)

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return len(self.voxels)


_PER_SHOWER = ("incident_energy", "rows", "row_blocks", "row_energy")
_CONCATENATED = ("voxels", "responses", *_PER_SHOWER)
_MOMENTS = ("counts", "sums", "products")


def _plus(first: BlockMoments, second: BlockMoments) -> BlockMoments:
    sums = {name: getattr(first, name) + getattr(second, name) for name in _MOMENTS}
    return BlockMoments(**sums, centre=first.centre)


def _beside(first: BlockMoments, second: BlockMoments) -> BlockMoments:
    sums = {name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in _MOMENTS}
    return BlockMoments(**sums, centre=first.centre)


def _block_sums(values: NDArray[Any], blocks: Ints, n_blocks: int) -> Floats:
    """Sum of the rows of every block, shape (n_blocks, n_columns)."""
    order = np.argsort(blocks, kind="stable")
    found, starts = np.unique(blocks[order], return_index=True)
    sums = np.zeros((n_blocks, values.shape[1]))
    sums[found] = np.add.reduceat(values[order], starts, axis=0, dtype=np.float64)
    return sums


def _responses(ratio: Floats, energy: Floats, blocks: Ints, n_blocks: int, ruler: Ruler) -> Floats:
    """Number, sum and sum of squares of the responses, by block and energy bin."""
    n_bins = len(ruler.energy_edges) - 1
    number = bin_of(energy, ruler)
    inside = (number >= 0) & (number < n_bins)
    cell, value = (blocks * n_bins + number)[inside], ratio[inside]
    sums = np.stack([np.bincount(cell, value**k, minlength=n_blocks * n_bins) for k in range(3)], axis=1)
    return sums.astype(np.float64).reshape(n_blocks, n_bins, 3)


def in_bin(tally: Tally, ruler: Ruler, number: int) -> Features:
    """Sums over the features of the kept showers in one bin of incident energy."""
    inside = bin_of(tally.row_energy, ruler) == number
    return Features.of(tally.rows[inside], tally.row_blocks[inside], tally.n_blocks, ruler)


def bin_of(energy: Floats, ruler: Ruler) -> Ints:
    """Number of the bin of every incident energy; -1 or the number of bins outside."""
    return np.searchsorted(ruler.energy_edges, energy, side="right") - 1
