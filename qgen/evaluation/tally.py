"""Showers, from memory or streamed from a file, as sums over random blocks: one pass, in memory flat in their number.

`sharing.py` says which block a shower is in; `qgen.metrics.blocks` says what is kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qgen.evaluation.matching import rescaled
from qgen.evaluation.ruler import Ruler
from qgen.evaluation.sharing import LEFT_OUT, Shares
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


_PER_SHOWER = ("incident_energy", "rows", "row_blocks", "row_numbers", "row_energy")


def n_blocks(ruler: Ruler) -> int:
    """How many blocks showers of so many features are shared out to."""
    return FINE if len(ruler.figure_edges) <= NARROW else COARSE


def tally(parts: Sequence[tuple[Source, Shares]], ruler: Ruler, representation: str, *, n_showers: int = 0) -> Blocks:
    """The blocks of the showers of one or more sources, in one pass.

    Args:
        parts: showers, and how they are shared out.
        ruler: features, histogram edges and energy bins.
        representation: in which they are scored.
        n_showers: how many showers to keep as such: those of the lowest numbers.
    """
    per_shower: dict[str, list[NDArray[Any]]] = {name: [] for name in _PER_SHOWER}
    whole: list[Showers] = []
    n_showers = min(n_showers, N_KEPT)

    def of_batches() -> Iterator[Blocks]:
        for showers, shares in _shared(parts, representation):
            part = _of_batch(showers, shares, ruler)
            for name, arrays in per_shower.items():
                arrays.append(getattr(part, name))
            if n_showers:
                whole.append(showers.select(shares.number < n_showers))
            yield part

    sums = reduce(Blocks.plus, of_batches())
    arrays: dict[str, Any] = {name: np.concatenate(pieces) for name, pieces in per_shower.items()}
    return replace(sums, **arrays, showers=concatenate(whole) if n_showers else None, n_whole=n_showers)


def _shared(parts: Sequence[tuple[Source, Shares]], representation: str) -> Iterator[tuple[Showers, Shares]]:
    """The showers of every batch that are not left out, at the energy that they are rescaled to."""
    for source, shares in parts:
        start = 0
        for batch in batches(source, representation):
            part = shares.select(slice(start, start + len(batch)))
            start += len(batch)
            if (part.number == LEFT_OUT).any():
                used = part.number != LEFT_OUT
                batch, part = batch.select(used), part.select(used)
            if part.energy is not None:
                batch = rescaled(batch, part.energy)
            yield batch, part


def _of_batch(showers: Showers, shares: Shares, ruler: Ruler) -> Blocks:
    values, _ = features(showers, ruler.feature_set)
    cells = correlated(showers)
    energy, blocks, total = showers.incident_energy, shares.blocks, shares.n_blocks
    kept = shares.number < N_KEPT
    return Blocks(
        showers.geometry,
        Features.of(values, ruler.bin_within(energy), blocks, total, ruler.all_edges),
        _block_sums(showers.voxels, blocks, total),
        BlockMoments.of(cells, blocks, total, centre=np.zeros(cells.shape[1])),
        _responses(response(showers), energy, blocks, total, ruler),
        energy,
        values[kept],
        blocks[kept],
        shares.number[kept],
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
