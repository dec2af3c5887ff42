"""Showers, from memory or streamed from a file, as sums over random blocks: one pass, in memory flat in their number.

The block of a shower depends on its place and the seed only, so showers made for the same energies in the same order
share blocks. `qgen.metrics.blocks` says what is kept.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qgen.datasets import chosen_rows
from qgen.evaluation.ruler import Ruler
from qgen.evaluation.source import Source, batches
from qgen.metrics.arrays import Floats, Ints
from qgen.metrics.blocks import N_KEPT, Blocks, Features
from qgen.metrics.moments import BlockMoments
from qgen.observables import features, response
from qgen.observables.views import correlated
from qgen.showers import Showers, concatenate

FINE, COARSE = 256, 64
"""Numbers of blocks: fine where there are at most NARROW features, coarse where their moments would fill the memory."""
NARROW = 128


_PER_SHOWER = ("incident_energy", "rows", "row_blocks", "row_energy")


def tally(source: Source, ruler: Ruler, representation: str, seed: int, *, n_showers: int = 0) -> Blocks:
    """The blocks of showers, in one pass.

    Args:
        source: showers.
        ruler: features, histogram edges and energy bins.
        representation: in which they are scored.
        seed: of the blocks, and of which showers are kept.
        n_showers: how many showers to keep as such, at random.
    """
    per_shower: dict[str, list[NDArray[Any]]] = {name: [] for name in _PER_SHOWER}
    whole: list[Showers] = []

    def parts() -> Iterator[Blocks]:
        rng = np.random.default_rng([seed, 3])
        kept, as_such, start = (*(chosen_rows(len(source), most, seed) for most in (N_KEPT, n_showers)), 0)
        for showers in batches(source, representation):
            n_blocks = FINE if len(ruler.edges) <= NARROW else COARSE
            blocks = (rng.random(len(showers)) * n_blocks).astype(np.intp)
            batch = slice(start, start + len(showers))
            part = _of_batch(showers, blocks, n_blocks, kept[batch], ruler)
            start += len(showers)
            for name, arrays in per_shower.items():
                arrays.append(getattr(part, name))
            if n_showers:
                whole.append(showers.select(as_such[batch]))
            yield part

    sums = reduce(Blocks.plus, parts())
    arrays: dict[str, Any] = {name: np.concatenate(pieces) for name, pieces in per_shower.items()}
    return replace(sums, **arrays, showers=concatenate(whole) if n_showers else None)


def _of_batch(showers: Showers, blocks: Ints, n_blocks: int, kept: NDArray[np.bool_], ruler: Ruler) -> Blocks:
    values, _ = features(showers, ruler.feature_set)
    cells = correlated(showers)
    energy = showers.incident_energy
    return Blocks(
        showers.geometry,
        Features.of(values, blocks, n_blocks, list(ruler.edges.values())),
        _block_sums(showers.voxels, blocks, n_blocks),
        BlockMoments.of(cells, blocks, n_blocks, centre=np.zeros(cells.shape[1])),
        _responses(response(showers), energy, blocks, n_blocks, ruler),
        energy,
        values[kept],
        blocks[kept],
        energy[kept],
    )


def _block_sums(values: NDArray[Any], blocks: Ints, n_blocks: int) -> Floats:
    """Sum of the rows of every block, shape (n_blocks, n_columns)."""
    order = np.argsort(blocks, kind="stable")
    filled, starts = np.unique(blocks[order], return_index=True)
    sums = np.zeros((n_blocks, values.shape[1]))
    sums[filled] = np.add.reduceat(values[order], starts, axis=0, dtype=np.float64)
    return sums


def _responses(ratio: Floats, energy: Floats, blocks: Ints, n_blocks: int, ruler: Ruler) -> Floats:
    """Number, sum and sum of squares of the responses, by block and energy bin."""
    n_bins = len(ruler.energy_edges) - 1
    number = ruler.bin_of(energy)
    inside = (number >= 0) & (number < n_bins)
    cell, value = (blocks * n_bins + number)[inside], ratio[inside]
    sums = np.stack([np.bincount(cell, value**k, minlength=n_blocks * n_bins) for k in range(3)], axis=1)
    return sums.astype(np.float64).reshape(n_blocks, n_bins, 3)
