"""How showers are shared out among blocks, which of them are kept one by one, and which belong together.

Every shower has a number at random; those below k are k showers at random, and showers of one number are a pair:

- A sample that is scored is numbered 0..n-1. Two samples of equal size and seed have equal numbers place by place, so
  showers made for the energies of the reference, in their order, are pairs with it.
- GEANT4 showers that will be parted into a reference and a sample "as good as GEANT4" are put together in pairs first:
  of neighbours in energy, both rescaled to their mean energy, where the generated showers have the energies of the
  reference; else of any two showers.

Pairs share whatever is drawn for them: the block of a resample, the fold of a classifier. One of the two showers of a
matched pair is in block 2g, the other in block 2g + 1, at random.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from qgen.metrics.arrays import Floats, Ints

LEFT_OUT = -1


@dataclass(frozen=True)
class Shares:
    """Of the showers of one source, in their order.

    Attributes:
        number: of every shower, shape (n,); -1 is left out.
        blocks: of every shower, shape (n,).
        n_blocks: how many there are.
        energy: that every shower is rescaled to [MeV], shape (n,); None: its own.
    """

    number: Ints
    blocks: Ints
    n_blocks: int
    energy: Floats | None = None

    @classmethod
    def of_sample(cls, n: int, n_blocks: int, seed: int) -> Self:
        """Of the n showers of a sample that is scored, in blocks of equal size."""
        number = np.random.default_rng([seed, 3]).permutation(n)
        return cls(number, number % n_blocks, n_blocks)

    def select(self, rows: slice | NDArray[np.bool_]) -> "Shares":
        """Those of some of the showers."""
        energy = None if self.energy is None else self.energy[rows]
        return Shares(self.number[rows], self.blocks[rows], self.n_blocks, energy)


def of_geant4(energies: Sequence[Floats], n_blocks: int, seed: int, *, matched: bool) -> list[Shares]:
    """Of GEANT4 showers that will be parted together.

    Args:
        energies: of every source [MeV].
        n_blocks: even.
        seed: of numbers and blocks.
        matched: whether pairs are neighbours in energy.
    """
    energy, rng = np.concatenate(energies), np.random.default_rng([seed, 13])
    cuts = np.cumsum([len(part) for part in energies])[:-1]
    if not matched:
        rank = rng.permutation(len(energy))
        columns = [np.split(column, cuts) for column in (rank // 2, rank % n_blocks)]
        return [Shares(number, blocks, n_blocks) for number, blocks in zip(*columns, strict=True)]
    by_energy = np.argsort(energy, kind="stable")
    if len(energy) % 2:
        by_energy = np.delete(by_energy, rng.integers(len(energy)))
    pairs = by_energy.reshape(-1, 2)
    pair = rng.permutation(len(pairs))
    side = rng.integers(2, size=len(pairs))
    number, blocks, target = np.full(len(energy), LEFT_OUT), np.zeros(len(energy), dtype=np.intp), energy.copy()
    number[pairs] = pair[:, None]
    blocks[pairs] = 2 * (pair % (n_blocks // 2))[:, None] + np.stack([side, 1 - side], axis=1)
    target[pairs] = energy[pairs].mean(axis=1, keepdims=True)
    columns = [np.split(column, cuts) for column in (number, blocks)]
    return [
        Shares(number, blocks, n_blocks, scaled)
        for number, blocks, scaled in zip(*columns, np.split(target, cuts), strict=True)
    ]
