"""Moments of samples drawn with replacement from fixed rows, as the published metrics draw them.

A row drawn several times enters once, as a count. With rows z_i centred on their mean and counts c_i, everything
comes from one symmetric matrix

    sum_i c_i (z_i, 1) (z_i, 1)^T = [[Q, s], [s^T, n]],    mu = s / n,    Sigma = (Q - n mu mu^T) / (n - 1),

for which BLAS has a routine (syrk) of half the cost of a product. Several samples are taken together: rows that each
of them has drawn equally often (say 1, 0, 2 and 1 times) are summed once, and that sum enters each sample as often.
All equals numpy.cov of the repeated rows up to rounding.
"""

import numpy as np
from scipy.linalg import blas

from qgen.metrics.arrays import Floats, Ints

_CHUNK = 1024
"""Rows gathered at once: they stay in the cache."""
_TOGETHER = 4
"""Samples taken together; with more, the rows that share all counts become too few."""
_FEW = 96
"""Rows that share all counts are summed for all samples where they are no fewer than this."""
_TABLE = 2**22
"""Numbers in a table of all products of columns; where it is no larger, drawing is one matrix product."""


def draw_counts(n: int, size: int, rng: np.random.Generator) -> Ints:
    """How often each of n rows is drawn when `size` are drawn with replacement, shape (n,)."""
    return np.bincount(rng.choice(n, size=size), minlength=n)


class DrawnMoments:
    """Means and covariances of samples drawn from the rows of x, shape (n, d)."""

    def __init__(self, x: Floats) -> None:
        self._centre = x.mean(axis=0)
        self._rows = np.ones((len(x), x.shape[1] + 1))
        np.subtract(x, self._centre, out=self._rows[:, :-1])
        self._table: Floats | None = None
        if self._rows.size * self._rows.shape[1] <= _TABLE:
            self._table = (self._rows[:, :, None] * self._rows[:, None, :]).reshape(len(x), -1)

    def gaussians(self, counts: Ints) -> tuple[Floats, Floats]:
        """Mean and unbiased covariance of b samples, shapes (b, d) and (b, d, d), from counts of shape (b, n)."""
        width = self._rows.shape[1]
        if self._table is not None:
            second = (counts.astype(np.float64) @ self._table).reshape(-1, width, width)
        else:
            second = np.zeros((len(counts), width, width))
            together = max(1, min(_TOGETHER, int(62 / np.log2(counts.max() + 1))))  # their key is an int64
            for start in range(0, len(counts), together):
                group = slice(start, start + together)
                self._sum(counts[group], np.arange(len(self._rows)), second[group])
            for total in second:
                total += np.triu(total, 1).T
        n = second[:, -1:, -1]
        mu = second[:, -1, :-1] / n
        sigma = second[:, :-1, :-1] - (n * mu)[:, :, None] * mu[:, None, :]
        sigma /= n[:, :, None] - 1
        return self._centre + mu, sigma

    def _sum(self, counts: Ints, rows: Ints, totals: Floats) -> None:
        """Add rows, drawn `counts` times (k, n) by k samples, to the upper triangles of `totals`."""
        drawn = counts.any(axis=0)
        counts, rows = counts[:, drawn], rows[drawn]
        classes, rest = _alike(counts, _FEW if len(counts) > 1 else 1)
        for members in classes:
            times = counts[:, members[0]]
            samples = np.flatnonzero(times)
            if len(samples) == 1:
                self._add(rows[members], int(times[samples[0]]), totals[samples[0]])
                continue
            shared = self._add(rows[members], 1, np.zeros_like(totals[0]))
            for sample in samples:
                totals[sample] += times[sample] * shared
        if len(rest):
            half = len(counts) // 2
            self._sum(counts[:half, rest], rows[rest], totals[:half])
            self._sum(counts[half:, rest], rows[rest], totals[half:])

    def _add(self, rows: Ints, times: int, total: Floats) -> Floats:
        for start in range(0, len(rows), _CHUNK):
            chunk = np.take(self._rows, rows[start : start + _CHUNK], axis=0)
            blas.dsyrk(times, chunk.T, beta=1.0, c=total.T, lower=1, overwrite_c=1)  # in place
        return total


def _alike(counts: Ints, few: int) -> tuple[list[Ints], Ints]:
    """Columns of `counts`, shape (k, n), in classes of equal ones; and the columns of classes with less than `few`."""
    base = int(counts.max(initial=0)) + 1
    key = (base ** np.arange(len(counts)) @ counts).astype(np.min_scalar_type(base ** len(counts)))
    order = np.argsort(key, kind="stable")
    _, starts, sizes = np.unique(key[order], return_index=True, return_counts=True)
    large = sizes >= few
    classes = [order[start : start + size] for start, size in zip(starts[large], sizes[large], strict=True)]
    return classes, order[np.repeat(~large, sizes)]
