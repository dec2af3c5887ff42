"""Kernel physics distance (Kansal et al., 2211.10295): squared maximum mean discrepancy with a quartic kernel.

Features are divided by max|reference|. With k(x, y) = (x.y / D + 1)^4 and samples of N rows drawn with replacement,

    MMD^2 = sum_{i != j} [k(x_i, x_j) + k(y_i, y_j)] / (N (N - 1)) - 2 sum_ij k(x_i, y_j) / N^2

is unbiased, so it can be negative. The value is the median over the batches, the error half the width of their
central 67.45 % (16.275 to 83.725 %).

A row drawn several times enters as a weight here, which changes the values by rounding only.

In the harness, errors and floors come from what it tends to with ever more draws: the mean of k(x, x') + k(y, y') -
2 k(x, y) over all pairs of rows, which draws meet with themselves, too.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from qgen.files import InputError
from qgen.metrics._draws import draw_counts
from qgen.metrics.arrays import Floats, Ints, normalised, pair
from qgen.metrics.blocks import N_KEPT
from qgen.metrics.declaration import scored
from qgen.metrics.weights import Pool, Weighings, Weighted

__all__ = ["kpd"]


_SLICE = 256
"""Rows of the kernel matrix at a time."""
_BATCHES = 10


@dataclass(frozen=True)
class Kernel:
    """Sums of the kernel over pairs of blocks.

    Attributes:
        sums: shape (n_blocks, n_blocks).
        counts: rows of every block.
    """

    sums: Floats
    counts: Floats

    @classmethod
    def of(cls, pool: Pool) -> Self:
        """The sums over the few rows of a pool, normalised by max |reference|."""
        few, blocks = pool.few
        x = np.concatenate(few) / np.where(pool.largest > 0, pool.largest, 1.0)
        member = np.zeros((len(x), pool.n_blocks))
        member[np.arange(len(x)), blocks] = 1.0
        sums = np.zeros((pool.n_blocks, pool.n_blocks))
        for part in np.array_split(np.arange(len(x)), -(-len(x) // 500)):
            kernel = np.square(np.square(x[part] @ x.T / x.shape[1] + 1.0))
            sums += member[part].T @ (kernel @ member)
        return cls(sums, member.sum(axis=0))

    def mmd2(self, a: Floats, b: Floats) -> float:
        """Squared maximum mean discrepancy, pairs of a row with itself included."""
        difference = a / (a @ self.counts) - b / (b @ self.counts)
        return float(difference @ self.sums @ difference)


def weighted_mmd2(weighings: Weighings) -> Floats:
    """Squared maximum mean discrepancy of k pairs of samples, shape (k,)."""
    kernel = weighings.pool.once(Kernel.of)
    return np.array([kernel.mmd2(a, b) for a, b in weighings])


def draw_noise(error: float) -> float:
    """Standard deviation of the value due to its own draws: that of a median of batches of spread `error`."""
    return float(error * np.sqrt(np.pi / 2 / _BATCHES))


@scored(
    "kpd",
    label="KPD",
    primary=False,
    place=5.5,
    least=200,
    why="fourth powers of the features need their tails",
    limit=N_KEPT,
    weighted=Weighted(weighted_mmd2, few=True, published=True, noise=draw_noise),
)
def kpd(
    reference: ArrayLike,
    generated: ArrayLike,
    *,
    n_batches: int = _BATCHES,
    batch_size: int = 5000,
    seed: int = 42,
) -> tuple[float, float]:
    """Kernel physics distance, with the defaults of the published implementation.

    Args:
        reference: features of GEANT4 showers, shape (n, d).
        generated: features of generated showers, shape (m, d).
        n_batches: number of batches.
        batch_size: rows N drawn from each for a batch, at least 2.
        seed: of the draws.

    Returns:
        KPD, dimensionless, and its error.

    Raises:
        InputError: bad shapes or sizes, values that are not finite.
    """
    x, y = normalised(*pair(reference, generated))
    if n_batches < 1 or batch_size < 2:
        raise InputError(f"kpd: expected n_batches >= 1 and batch_size >= 2, found {n_batches}, {batch_size}")
    counts1, counts2 = [], []
    for batch in range(n_batches):
        rng = np.random.default_rng(seed + 1000 * batch)
        counts1.append(draw_counts(len(x), batch_size, rng))
        counts2.append(draw_counts(len(y), batch_size, rng))
    with threadpool_limits(1, user_api="blas"):  # the slices are too small to be shared out
        distances = _mmd2(x, np.stack(counts1, axis=1), y, np.stack(counts2, axis=1))
    low, median, high = np.percentile(distances, [16.275, 50, 83.725])
    return float(median), float((high - low) / 2)


def _mmd2(x: Floats, u: Ints, y: Floats, v: Ints) -> Floats:
    """Unbiased MMD^2 of b batches in which the rows x and y are repeated u and v times, shapes (n, b).

    Where the batches share most rows, one kernel matrix serves them all.
    """
    together = len(x) ** 2 + len(y) ** 2 <= (np.count_nonzero(u, axis=0) ** 2 + np.count_nonzero(v, axis=0) ** 2).sum()
    groups = [slice(None)] if together else [slice(batch, batch + 1) for batch in range(u.shape[1])]
    return np.concatenate([_group_mmd2(*_drawn(x, u[:, group]), *_drawn(y, v[:, group])) for group in groups])


def _drawn(x: Floats, counts: Ints) -> tuple[Floats, Floats]:
    """The rows that a batch needs, as (x / sqrt(D), 1) whose products are x.y / D + 1; and how often."""
    rows = np.flatnonzero(counts.any(axis=1))
    extended = np.ones((len(rows), x.shape[1] + 1))
    np.divide(x[rows], np.sqrt(x.shape[1]), out=extended[:, :-1])
    return extended, counts[rows].astype(np.float64)


def _group_mmd2(x: Floats, u: Floats, y: Floats, v: Floats) -> Floats:
    n = u[:, 0].sum()
    within = _sum_within(x, u) + _sum_within(y, v)
    return np.asarray(within / (n * (n - 1)) - 2 * _sum_across(x, u, y, v) / n**2)


def _sum_across(x: Floats, u: Floats, y: Floats, v: Floats) -> Floats:
    """sum_ij u_i k(x_i, y_j) v_j for each batch, shape (b,)."""
    total, buffer = np.zeros(u.shape[1]), np.empty((_SLICE, len(y)))
    for start in range(0, len(x), _SLICE):
        part = slice(start, start + _SLICE)
        total += np.einsum("ib,ib->b", u[part], _kernel(x[part], y, buffer) @ v)
    return total


def _sum_within(x: Floats, u: Floats) -> Floats:
    """The same of a sample with itself without i = j: each slice meets itself once and what follows it twice."""
    total, buffer = -(np.square(np.square(np.einsum("id,id->i", x, x))) @ u), np.empty((_SLICE, len(x)))
    for start in range(0, len(x), _SLICE):
        stop = start + _SLICE
        weights = 2 * u[start:]
        weights[:_SLICE] /= 2
        total += np.einsum("ib,ib->b", u[start:stop], _kernel(x[start:stop], x[start:], buffer) @ weights)
    return np.asarray(total)


def _kernel(x: Floats, y: Floats, buffer: Floats) -> Floats:
    """(x.y)^4, in the memory of `buffer`."""
    kernel = buffer.reshape(-1)[: len(x) * len(y)].reshape(len(x), len(y))
    np.matmul(x, y.T, out=kernel)
    np.square(kernel, out=kernel)
    return np.square(kernel, out=kernel)
