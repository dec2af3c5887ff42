"""Multi-scale maximum mean discrepancy: Gaussian kernels of several widths, unbiased (Gretton et al., JMLR 13, 723).

Features are first shifted and scaled by the reference's mean and standard deviation. With the median distance d of the
reference's rows, and factors f = 1/4, 1/2, 1, 2, 4,

    k(x, y) = mean_f exp(-|x - y|^2 / (2 (f d)^2)),
    MMD^2 = sum_{i != j} [k(x_i, x_j) / (n (n - 1)) + k(y_i, y_j) / (m (m - 1))] - 2 sum_ij k(x_i, y_j) / (n m),

whose expectation is 0 for samples of one distribution, so that it can be negative, and positive for any others: the
kernel is characteristic. No width is chosen by hand. Features with log10 E_inc among them make it a test given the
energy: a shower is compared most with those of nearby energies.

In the harness the showers are weighted, and sums over pairs of blocks serve all weights. A row's pair with itself is
left out there, too: with weights w and c_B rows in block B,

    sum_{i != j} w_i w_j k(x_i, x_j) / ((sum_B w_B c_B)^2 - sum_B w_B^2 c_B).

Pairs across the samples all count. Where generated showers have the reference's own energies, the pair (x_i, y_i) is
nearer than others, which lowers values by a part of order 1/n, and does so in a floor of GEANT4 pairs alike.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import pdist
from threadpoolctl import threadpool_limits

from qgen.metrics.arrays import Floats, Ints, moderate, pair, standardised
from qgen.metrics.declaration import scored
from qgen.metrics.weights import N_FEW, Pool, Weighings, Weighted

__all__ = ["multiscale_mmd"]

WIDEST = 4.0
"""Median distances of the widest kernel."""
N_WIDTHS = 5
"""Each half as wide as the one before, so its values are fourth powers of that one's."""
_SLICE = 128
"""Rows of the kernel matrix at a time: they stay in the cache."""


@dataclass(frozen=True)
class PairSums:
    """Sums of the kernel over pairs of different rows, by blocks.

    Attributes:
        sums: shape (n_blocks, n_blocks).
        counts: rows of every block.
    """

    sums: Floats
    counts: Floats

    @classmethod
    def over(cls, reference: Floats, rows: Floats, blocks: Ints, n_blocks: int) -> Self:
        """The sums over rows in blocks; location, scale and median distance are those of the reference."""
        x, z = standardised(reference, rows)
        z = moderate(z)
        member = np.eye(n_blocks)[blocks]
        scale = 2 * (WIDEST * _median_distance(x)) ** 2
        squares = np.einsum("ij,ij->i", z, z)
        upper, diagonal = np.zeros((2, n_blocks, n_blocks))
        with threadpool_limits(1, user_api="blas"):  # the slices are too small to be shared out
            for start in range(0, len(z), _SLICE):
                part, rest = slice(start, start + _SLICE), slice(start, None)
                distances = squares[part, None] + squares[rest] - 2 * z[part] @ z[rest].T
                kernel = _kernel(np.maximum(distances, 0.0) / scale)
                upper += member[part].T @ (kernel @ member[rest])
                diagonal += member[part].T @ (kernel[:, :_SLICE] @ member[part])
        counts = member.sum(axis=0)
        return cls(upper + upper.T - diagonal - np.diag(counts), counts)  # k(x, x) = 1

    @classmethod
    def of(cls, pool: Pool) -> Self:
        """The sums over the few rows of a pool."""
        few, blocks = pool.few
        return cls.over(few[0], np.concatenate(few), blocks, pool.n_blocks)

    def mmd2(self, a: Floats, b: Floats) -> float:
        """Squared maximum mean discrepancy of the samples that two weightings of the blocks make."""
        return self._mean(a, a) + self._mean(b, b) - 2 * self._mean(a, b)

    def _mean(self, a: Floats, b: Floats) -> float:
        """Mean of the kernel over pairs of different rows, the first weighted by a and the second by b."""
        return float(a @ self.sums @ b / ((a @ self.counts) * (b @ self.counts) - (a * b) @ self.counts))


def _median_distance(x: Floats) -> float:
    """Of at most N_FEW rows; 1 where that is 0."""
    return float(np.median(pdist(x[:N_FEW]))) or 1.0


def _kernel(exponent: Floats) -> Floats:
    """Mean over the widths, from |x - y|^2 / (2 (f d)^2) of the widest."""
    widest = np.exp(-exponent)
    total = widest.copy()
    for _ in range(N_WIDTHS - 1):
        np.square(np.square(widest, out=widest), out=widest)
        total += widest
    return total / N_WIDTHS


def weighted_mmd2(weighings: Weighings) -> Floats:
    """Squared maximum mean discrepancy of k pairs of samples, shape (k,)."""
    sums = weighings.pool.once(PairSums.of)
    return np.array([sums.mmd2(a, b) for a, b in weighings])


@scored("mmd", label="MMD", place=2, limit=N_FEW, weighted=Weighted(weighted_mmd2, few=True))
def multiscale_mmd(reference: ArrayLike, generated: ArrayLike) -> float:
    """Squared maximum mean discrepancy with Gaussian kernels of several widths, unbiased.

    Args:
        reference: features, shape (n, d), n >= 2.
        generated: features, shape (m, d), m >= 2.

    Returns:
        MMD^2, dimensionless, below 2; around 0, and so negative at times, for samples of one distribution.

    Raises:
        InputError: bad shapes, fewer than two rows, values that are not finite or beyond 1e30 standard deviations.
    """
    x, y = pair(reference, generated, min_rows=2)
    sides = np.repeat([0, 1], [len(x), len(y)])
    return PairSums.over(x, np.concatenate([x, y]), sides, 2).mmd2(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
