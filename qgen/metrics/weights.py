"""Metrics as functions of two weightings of blocks: one weighting makes the reference, the other the generated sample.

Unit weights on the blocks of each side give the metric's value; resampled weights give its error, and random partitions
of the blocks of GEANT4 its truth floor. A metric that has such a form declares it as `Weighted`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from qgen.files import InputError
from qgen.geometry import Geometry
from qgen.metrics.arrays import Floats, Ints
from qgen.metrics.blocks import Blocks, Features
from qgen.metrics.moments import BlockMoments

N_FEW = 3000
"""Kept showers of each side that a weighted form takes one by one at most."""

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Pool:
    """Blocks of a reference and, after them, those of another sample; or those of GEANT4 that is parted.

    Attributes:
        reference: GEANT4.
        other: what it is compared with; None where the reference is parted.
        seed: of what a form draws.
        partings: where the reference is parted, the weights of its blocks in the k references and in the k samples that
            it is parted into, 0 or 1, shape (k, n_blocks) each.
        chosen: which of the kept showers count, reference first; None: all showers do.
        energy_bin: which those are, where they are the showers of one.
    """

    reference: Blocks
    other: Blocks | None
    seed: int
    partings: tuple[Floats, Floats] | None = None
    chosen: NDArray[np.bool_] | None = None
    energy_bin: int = 0
    _made: dict[Any, Any] = field(default_factory=dict, repr=False)

    def once(self, make: Callable[["Pool"], T]) -> T:
        """What a function makes of the pool, made once and shared by all its metrics and by its energy bins."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    def only(self, chosen: NDArray[np.bool_], energy_bin: int = 0) -> "Pool":
        """The same pool, of some of the kept showers, those of an energy bin: it has features and rows only."""
        return replace(self, chosen=chosen, energy_bin=energy_bin)

    @cached_property
    def sides(self) -> list[Blocks]:
        """The samples."""
        return [self.reference] if self.other is None else [self.reference, self.other]

    @cached_property
    def _features(self) -> list[Features]:
        if self.chosen is None:
            return [side.features for side in self.sides]
        parts = np.split(self.chosen, [len(self.reference.rows)])
        pairs = zip(self.sides, parts, strict=False)
        return [side.features_of(part, self.energy_bin) for side, part in pairs]

    @cached_property
    def features(self) -> Features:
        """Sums over the features, block by block."""
        return reduce(Features.beside, self._features)

    @property
    def n_showers(self) -> list[float]:
        """Showers of each side that count."""
        return [float(part.moments.counts.sum()) for part in self._features]

    @cached_property
    def largest(self) -> Floats:
        """max |feature| of the reference, shape (n_features,); where GEANT4 is parted, the median of its references."""
        of_blocks = self._features[0].largest
        if self.partings is None:
            return np.asarray(of_blocks.max(axis=0))
        return np.asarray(np.median([of_blocks[row > 0].max(axis=0) for row in self.partings[0]], axis=0))

    @cached_property
    def voxels(self) -> Floats:
        """Summed energy of every voxel [MeV], shape (n_blocks, n_voxels)."""
        return np.concatenate([side.voxels for side in self.sides])

    @cached_property
    def cells(self) -> BlockMoments:
        """Moments of the energies whose correlations are scored."""
        return reduce(BlockMoments.beside, [side.cells for side in self.sides])

    @cached_property
    def responses(self) -> Floats:
        """Number, sum and sum of squares of the response, shape (n_blocks, n_energy_bins, 3)."""
        return np.concatenate([side.responses for side in self.sides])

    @cached_property
    def rows(self) -> Floats:
        """Features of the kept showers, reference first."""
        return np.concatenate([side.rows for side in self.sides])

    @property
    def n_blocks(self) -> int:
        """Number of blocks of all samples."""
        return sum(side.n_blocks for side in self.sides)

    @cached_property
    def row_blocks(self) -> Ints:
        """Blocks of the kept showers among those of all samples."""
        starts = np.cumsum([0, *(side.n_blocks for side in self.sides)])
        return np.concatenate([side.row_blocks + start for side, start in zip(self.sides, starts, strict=False)])

    @cached_property
    def row_numbers(self) -> Ints:
        """Numbers of the kept showers, which pairs share."""
        return np.concatenate([side.row_numbers for side in self.sides])

    @cached_property
    def few(self) -> tuple[list[Floats], Ints]:
        """At most N_FEW of the kept rows of each side (of GEANT4 that is parted N_FEW pairs), and the blocks of all."""
        rows = [side.rows[side.row_numbers < N_FEW] for side in self.sides]
        return rows, self.row_blocks[self.row_numbers < N_FEW]


@dataclass(frozen=True)
class Totals:
    """One sample that weights make.

    Attributes:
        geometry: of the showers.
        voxels: mean energy of every voxel [MeV].
        mean: mean of the energies whose correlations are scored.
        covariance: theirs.
        responses: number, sum and sum of squares of the response, shape (n_energy_bins, 3).
    """

    geometry: Geometry
    voxels: Floats
    mean: Floats
    covariance: Floats
    responses: Floats


@dataclass(frozen=True, eq=False)
class Weighings:
    """k pairs of samples, made of the blocks of a pool by weights.

    Attributes:
        pool: the blocks.
        a: weights of the blocks in the reference, shape (k, n_blocks).
        b: weights in the other sample.
        parting: of GEANT4 that is parted, the number of the parting that each pair is, or is a resample of.
    """

    pool: Pool
    a: Floats
    b: Floats
    parting: Ints | None = None
    _made: dict[Any, Any] = field(default_factory=dict, repr=False)

    def __iter__(self) -> Iterator[tuple[Floats, Floats]]:
        """The weights of every pair of samples, shape (n_blocks,) each."""
        return zip(self.a, self.b, strict=True)

    def once(self, make: Callable[["Weighings"], T]) -> T:
        """What a function makes of the weighings, made once and shared by all metrics."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    @cached_property
    def totals(self) -> list[tuple[Totals, Totals]]:
        """Means and covariances of every pair of samples."""
        return list(zip(self._totals(self.a), self._totals(self.b), strict=True))

    def _totals(self, weights: Floats) -> Iterator[Totals]:
        pool = self.pool
        voxels = weights @ pool.voxels / (weights @ pool.cells.counts)[:, None]
        responses = np.tensordot(weights, pool.responses, axes=1)
        for mean, row, response in zip(voxels, weights, responses, strict=True):
            yield Totals(pool.reference.geometry, mean, *pool.cells.gaussian(row), response)

    def sizes(self, *, few: bool) -> Floats:
        """1/n + 1/m of the showers of every pair of samples, or of the few that forms take one by one; shape (k,)."""
        if few:
            counts = np.bincount(self.pool.few[1], minlength=self.pool.n_blocks).astype(np.float64)
        else:
            counts = self.pool.features.moments.counts
        return np.asarray(1 / (self.a @ counts) + 1 / (self.b @ counts))


@dataclass(frozen=True)
class Weighted:
    """The weighted form of a metric, and how it fluctuates.

    Attributes:
        values: of k pairs of samples, shape (k,); a pair that has none is nan, and alone raises an InputError.
        order: k of the (1/n + 1/m)^k by which it falls with the sizes of two samples of one distribution: 1 for squared
            distances, 1/2 for distances.
        few: it is made of the few rows of the pool, not of all showers.
        in_bins: it is made of features or rows alone, so that it can be had in a bin of incident energy.
        published: the metric's value is that of its function, which draws samples of its own from the rows; `values`
            is what that tends to with ever more draws, and serves for errors and floors.
        noise: standard deviation that these draws give the value, from the error that the function returns.
        centre: value from which it differs by that; 0 for distances.
        n_partings: most partings of GEANT4 that its floor is made of, by (showers of a side, features); None: all.
        error: 68 % error from (value, movements with resamples, the floor's standard deviation, the part of it that
            resamples show, change by a single shower), where that of a distance would not do.
    """

    values: Callable[[Weighings], Floats]
    order: float = 1.0
    few: bool = False
    in_bins: bool = False
    published: bool = False
    noise: Callable[[float], float] | None = None
    centre: float = 0.0
    n_partings: Callable[[int, int], int] | None = None
    error: Callable[[float, Floats, float, float, float], float] | None = None

    def brought(self, values: Floats, ratio: Floats | float) -> Floats:
        """Values between samples of one distribution at other sizes, `ratio` being that of their 1/n + 1/m."""
        return np.asarray(self.centre + (values - self.centre) * ratio**self.order)


def of_totals(function: Callable[[Totals, Totals], float], order: float) -> Weighted:
    """The weighted form of a metric of means and covariances: a function of those of the reference and of the other."""

    def values(weighings: Weighings) -> Floats:
        if len(weighings.a) == 1:
            return np.array([function(*weighings.totals[0])])
        return np.array([_or_nan(function, *pair) for pair in weighings.totals])

    return Weighted(values, order)


def _or_nan(function: Callable[[Totals, Totals], float], reference: Totals, other: Totals) -> float:
    try:
        return function(reference, other)
    except InputError:
        return np.nan
