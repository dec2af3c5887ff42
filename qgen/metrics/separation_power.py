"""Separation power of two histograms, from the triangular discrimination.

    S = 1/2 sum_i (h1_i - h2_i)^2 / (h1_i + h2_i + 1e-16),    sum_i h1_i = sum_i h2_i = 1

0 for equal histograms, 1 for disjoint ones. The sums run over the bins and the two flow bins: a sample that
misses the axis altogether is 1, not undefined.

The harness scores the mean over the features and over bins of incident energy, in each of which the histograms have
bins of equal population: given the energy. Without that, a sample that ignores its energies would be blamed for nothing
that averages out over them.
"""

import numpy as np
from numpy.typing import ArrayLike

from qgen.files import InputError
from qgen.metrics.arrays import Floats, values
from qgen.metrics.declaration import scored
from qgen.metrics.weights import Weighings, Weighted

__all__ = ["separation_power"]


_AT_ONCE = 16
"""Weightings whose histograms are in memory together."""


def quantile_edges(sample: ArrayLike, n_bins: int = 40) -> Floats:
    """Edges of (up to) n_bins bins of equal population, from the smallest to the largest value.

    Equal quantiles, of discrete values or a spike at 0, are one edge. The last edge lies just above the largest
    value, which thus is in the last bin and not in the overflow; if the quantiles are not distinct, the
    largest value has a bin of its own.

    Args:
        sample: one value per shower of the training GEANT4, shape (n,).
        n_bins: at least 1.

    Returns:
        increasing edges, at least 2 and at most n_bins + 2.

    Raises:
        InputError: bad shapes, values that are not finite, n_bins < 1.
    """
    x = values("sample", sample)
    if n_bins < 1:
        raise InputError(f"quantile_edges: expected n_bins >= 1, found {n_bins}")
    edges = np.unique(np.quantile(x, np.linspace(0, 1, n_bins + 1)))
    above = np.nextafter(edges[-1], np.inf)
    return np.append(edges[:-1] if len(edges) > n_bins else edges, above)


def between_histograms(h1: Floats, h2: Floats) -> Floats:
    """S of histograms of unit sum along the last axis."""
    separation: Floats = 0.5 * np.sum((h1 - h2) ** 2 / (h1 + h2 + 1e-16), axis=-1)
    return separation


def mean_separation(weighings: Weighings) -> Floats:
    """Mean separation power over energy bins and features of k pairs of samples, shape (k,); nan without a bin."""
    counts, k = weighings.pool.features.counts, len(weighings.a)
    parts = []
    for some in (slice(start, start + _AT_ONCE) for start in range(0, k, _AT_ONCE)):
        first, second = (np.tensordot(weights[some], counts, axes=1) for weights in (weighings.a, weighings.b))
        parts.append(_of_bins(np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)))
    return np.concatenate(parts)


def _of_bins(first: Floats, second: Floats) -> Floats:
    """From histograms (k, n_energy_bins, n_features, n_bins), over the energy bins in which both have showers."""
    sizes = [counts[:, :, :1].sum(axis=-1, keepdims=True) for counts in (first, second)]
    both = (sizes[0] > 0) & (sizes[1] > 0)
    h1, h2 = (counts / np.where(both, size, 1.0) for counts, size in zip((first, second), sizes, strict=True))
    separation = between_histograms(h1, h2).mean(axis=-1)
    inside = both[:, :, 0, 0]
    with np.errstate(invalid="ignore"):
        return np.asarray((separation * inside).sum(axis=-1) / inside.sum(axis=-1))


@scored(
    "separation",
    label="mean separation",
    primary=False,
    place=5,
    least=200,
    why="5 in each of 10 bins in 4 energy bins",
    weighted=Weighted(mean_separation, in_bins=True),
)
def separation_power(reference: ArrayLike, generated: ArrayLike, bins: ArrayLike) -> float:
    """Separation power of one observable, with flow bins.

    Args:
        reference: one value per shower, shape (n,).
        generated: one value per shower, shape (m,).
        bins: increasing bin edges, shape (n_bins + 1,), of `quantile_edges` for instance; a value on an edge
            belongs to the bin above it.

    Returns:
        S, 0..1.

    Raises:
        InputError: bad shapes, values that are not finite, edges that do not increase.
    """
    x, y = values("reference", reference), values("generated", generated)
    edges = values("bins", bins)
    if not np.all(np.diff(edges) > 0):
        raise InputError(f"bins: expected increasing edges, found {edges}")
    h1, h2 = (
        np.bincount(np.searchsorted(edges, sample, side="right"), minlength=len(edges) + 1) / len(sample)
        for sample in (x, y)
    )
    return float(between_histograms(h1, h2))
