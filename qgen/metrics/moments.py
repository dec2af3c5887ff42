"""First and second moments of features, block by block, in one pass.

The rows are shared out among blocks. With rows x_i of block b and a fixed centre c, the block keeps

    n_b = number of rows,    s_b = sum_i (x_i - c),    Q_b = sum_i (x_i - c) (x_i - c)^T,

so that the sample in which block b counts w_b times has n = sum_b w_b n_b, m = sum_b w_b s_b / n and

    mu = c + m,    Sigma = (sum_b w_b Q_b - n m m^T) / (n - 1).

A resample of blocks thus costs a sum over blocks, however many showers there are; memory is 8 n_blocks d^2 bytes,
flat in the number of rows. A centre near the mean keeps the subtraction from cancelling.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from qgen.files import InputError
from qgen.metrics.arrays import Floats, table


@dataclass(frozen=True)
class BlockMoments:
    """Moments per block of rows of d features.

    counts: n_b, shape (n_blocks,). sums: s_b, shape (n_blocks, d). products: Q_b, shape (n_blocks, d, d).
    centre: c, shape (d,). All float64.
    """

    counts: Floats
    sums: Floats
    products: Floats
    centre: Floats

    @classmethod
    def of(cls, x: ArrayLike, blocks: ArrayLike, n_blocks: int, *, centre: ArrayLike | None = None) -> Self:
        """Moments of rows, all of them or a part.

        Args:
            x: shape (n, d), finite, n >= 1; shape (n,) counts as (n, 1).
            blocks: block of each row, integers in 0..n_blocks - 1, shape (n,).
            n_blocks: number of blocks; some may be empty.
            centre: shape (d,); by default the mean of x.

        Raises:
            InputError: bad shapes, values that are not finite, a block that does not exist.
        """
        rows = table("x", x, 1)
        if n_blocks < 1:
            raise InputError(f"n_blocks: expected at least 1, found {n_blocks}")
        d = rows.shape[1]
        middle = rows.mean(axis=0) if centre is None else np.array(centre, dtype=np.float64)
        if middle.shape != (d,) or not np.isfinite(middle).all():
            raise InputError(f"centre: expected {d} finite values, found shape {middle.shape}")
        index = np.asarray(blocks)
        if index.shape != (len(rows),) or index.dtype.kind not in "iu":
            raise InputError(f"blocks: expected one integer per row, found {index.dtype} of shape {index.shape}")
        if index.min() < 0 or index.max() >= n_blocks:
            raise InputError(f"blocks: expected values in 0..{n_blocks - 1}, found {index.min()}..{index.max()}")
        counts = np.bincount(index.astype(np.intp), minlength=n_blocks)
        sums, products = np.zeros((n_blocks, d)), np.zeros((n_blocks, d, d))
        for block, members in enumerate(np.split(np.argsort(index, kind="stable"), np.cumsum(counts)[:-1])):
            if len(members):
                centred = rows[members] - middle
                sums[block] += centred.sum(axis=0)
                products[block] += centred.T @ centred
        return cls(counts.astype(np.float64), sums, products, middle)

    def plus(self, other: Self) -> Self:
        """The moments of the rows of both, which have the same blocks and the same centre."""
        counts, sums, products = self.counts + other.counts, self.sums + other.sums, self.products + other.products
        return type(self)(counts, sums, products, self.centre)

    def beside(self, other: Self) -> Self:
        """The blocks of `other`, with the same centre, after those of this one."""
        pairs = (self.counts, other.counts), (self.sums, other.sums), (self.products, other.products)
        counts, sums, products = map(np.concatenate, pairs)
        return type(self)(counts, sums, products, self.centre)

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return len(self.counts)

    @property
    def n_features(self) -> int:
        """Number of features d."""
        return len(self.centre)

    def gaussian(self, weights: ArrayLike | None = None) -> tuple[Floats, Floats]:
        """Mean and unbiased covariance of the sample in which block b counts weights[b] times.

        Args:
            weights: >= 0, shape (n_blocks,), not necessarily whole; by default 1 each. Many samples at once have
                weights of shape (k, n_blocks).

        Returns:
            mu, shape (d,) or (k, d), and Sigma, shape (d, d) or (k, d, d), symmetric.

        Raises:
            InputError: weights of another shape, negative or not finite; fewer than two rows in all.
        """
        w = np.ones(self.n_blocks) if weights is None else np.asarray(weights, dtype=np.float64)
        if w.shape[-1:] != (self.n_blocks,) or not (np.isfinite(w) & (w >= 0)).all():
            raise InputError(f"weights: expected {self.n_blocks} finite values >= 0, found shape {w.shape}")
        n = (w @ self.counts)[..., None]
        if (n < 2).any():
            raise InputError(f"weights: expected at least 2 rows in the weighted blocks, found {n.min():g}")
        m = w @ self.sums / n
        sigma = np.asarray(np.tensordot(w, self.products, axes=1), dtype=np.float64)
        sigma -= (n * m)[..., :, None] * m[..., None, :]
        sigma /= n[..., None] - 1
        return self.centre + m, sigma
