"""Metrics of rows of features as functions of weights: sliced distances, and the kernel's mean over pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from qgen.evaluation.tally import Tally
from qgen.metrics.arrays import standardised
from qgen.metrics.slices import directions

N_ROWS = 3000
"""Of each side."""
N_SLICES = 100

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Slices:
    """Sorted projections of rows, for sliced distances with weights.

    Attributes:
        values: shape (n_rows, n_slices), sorted along axis 0.
        blocks: of every value.
    """

    values: Floats
    blocks: NDArray[np.intp]

    @classmethod
    def of(cls, rows: Floats, blocks: NDArray[np.intp], reference: Floats, seed: int) -> Self:
        """Slices of rows, standardised by the mean and standard deviation of the reference's rows."""
        theta = directions(rows.shape[1], N_SLICES, np.random.default_rng(seed), metric="evaluate")
        projected = standardised(reference, rows)[1] @ theta
        order = np.argsort(projected, axis=0, kind="stable")
        return cls(np.take_along_axis(projected, order, axis=0), blocks[order])

    def distances(self, a: Floats, b: Floats) -> tuple[float, float]:
        """Mean over the slices of the Wasserstein distance and of the Kolmogorov-Smirnov statistic."""
        f1, f2 = (_unit_cumulated(weights[self.blocks]) for weights in (a, b))
        gap, step = np.abs(f1 - f2)[:-1], np.diff(self.values, axis=0)
        return float((gap * step).sum(axis=0).mean()), float(np.max(gap * (step > 0), axis=0, initial=0.0).mean())


@dataclass(frozen=True)
class Kernel:
    """Sums of the KPD's kernel over pairs of blocks.

    Attributes:
        sums: shape (n_blocks, n_blocks).
        counts: rows of every block.
    """

    sums: Floats
    counts: Floats

    @classmethod
    def of(cls, rows: Floats, blocks: NDArray[np.intp], n_blocks: int, largest: Floats) -> Self:
        """The sums over rows normalised by max |reference|."""
        x = rows / np.where(largest > 0, largest, 1.0)
        member = np.zeros((len(x), n_blocks))
        member[np.arange(len(x)), blocks] = 1.0
        sums = np.zeros((n_blocks, n_blocks))
        for part in np.array_split(np.arange(len(x)), -(-len(x) // 500)):
            kernel = np.square(np.square(x[part] @ x.T / x.shape[1] + 1.0))
            sums += member[part].T @ (kernel @ member)
        return cls(sums, member.sum(axis=0))

    def mmd2(self, a: Floats, b: Floats) -> float:
        """Squared maximum mean discrepancy, pairs of a row with itself included."""
        difference = a / (a @ self.counts) - b / (b @ self.counts)
        return float(difference @ self.sums @ difference)


def few_rows(tally: Tally, seed: int) -> NDArray[np.intp]:
    """At most N_ROWS of the kept rows, at random."""
    return np.random.default_rng([seed, 5]).permutation(len(tally.rows))[:N_ROWS]


def _unit_cumulated(weights: Floats) -> Floats:
    cumulated: Floats = np.cumsum(weights, axis=0)
    return cumulated / cumulated[-1]
