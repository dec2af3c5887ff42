"""How far the distribution of a Born machine is from showers, in its own basis states.

In a bin of incident energy, with p(s|E) of the model averaged over the energies of the test showers in the bin, and
h(s) the histogram of their states,

    TV = 1/2 sum_s |p(s) - h(s)|.

A histogram of n showers over many states is far from its own truth by chance alone: n own draws of the model would be

    E TV = 1/2n sum_s E|k_s - n p_s|,    k_s ~ Binomial(n, p_s)    (`variation_floor`),

from it on average. So the truth has the TV of its own draws; what a model has more than that is its excess.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from qgen.boltzmann.diagnostics import variation_floor
from qgen.files import InputError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class BinDistance:
    """Total variation to the test histogram in a bin of incident energy.

    Attributes:
        low: lower edge [MeV].
        high: upper edge [MeV].
        n: test showers in the bin.
        distance: the total variation.
        own_draws: that of as many own draws, expected.
        left_out: the distance without each test shower in turn, shape (n,).
    """

    low: float
    high: float
    n: int
    distance: float
    own_draws: float
    left_out: Floats


def total_variation(p: Floats, q: Floats) -> float:
    """1/2 sum |p - q| of two distributions of one shape, from 0 to 1."""
    return float(np.abs(p - q).sum() / 2)


def histogram(states: Integers, n_states: int) -> Floats:
    """Fractions of the states, shape (n_states,)."""
    return np.bincount(states, minlength=n_states) / max(len(states), 1)


def left_out(p: Floats, states: Integers, *, own: bool = False) -> tuple[Floats, Floats]:
    """Total variation of a model to the test histogram without each shower in turn, and that of its own draws.

    Args:
        p: distribution at the energy of every shower, shape (n, n_states), or one for all, shape (n_states,).
        states: of the test showers, shape (n,).
        own: whether the second is computed; else zeros.

    Returns:
        Two arrays of shape (n,), whose spread gives the error (`jackknife.py`); the second is the expected distance of
        n - 1 own draws, see `variation_floor`.
    """
    n, n_states = len(states), p.shape[-1]
    counts = np.tile(histogram(states, n_states) * n, (n, 1))
    counts[np.arange(n), states] -= 1
    mean = p if p.ndim == 1 else (p.sum(axis=0) - p) / (n - 1)
    distance = np.abs(mean - counts / (n - 1)).sum(axis=1) / 2
    expected = np.broadcast_to(variation_floor(mean, n - 1), n) if own else np.zeros(n)
    return np.asarray(distance), np.asarray(expected)


def bin_distances(p: Floats, states: Integers, energy: Floats, edges: Floats) -> list[BinDistance]:
    """Total variations in bins of incident energy.

    Args:
        p: p(s|E) at the energies of the test showers, shape (n, n_states).
        states: of the test showers, shape (n,).
        energy: incident energies [MeV] of the test showers, shape (n,).
        edges: of the bins [MeV], increasing; the last bin includes its upper edge.

    Raises:
        InputError: a bin with fewer than two test showers.
    """
    distances = []
    for low, high in pairwise(edges.tolist()):
        inside = within(energy, low, high, edges[-1])
        n = int(inside.sum())
        if n < 2:
            raise InputError(f"bin_distances: expected test showers in {low:g} to {high:g} MeV, found {n}")
        rows = p[inside] / p[inside].sum(axis=1, keepdims=True)
        mean, h = rows.mean(axis=0), histogram(states[inside], p.shape[1])
        less, _ = left_out(rows, states[inside])
        distances.append(BinDistance(low, high, n, total_variation(mean, h), float(variation_floor(mean, n)), less))
    return distances


def histograms(states: Integers, energy: Floats, edges: Floats, at: Floats, n_states: int) -> Floats:
    """Training showers as p(s|E): the histogram of the bin of every energy `at` [MeV], shape (n, n_states).

    Raises:
        InputError: a bin without training showers.
    """
    p = np.zeros((len(at), n_states))
    for low, high in pairwise(edges.tolist()):
        seen = within(energy, low, high, edges[-1])
        if not seen.any():
            raise InputError(f"histograms: expected training showers in {low:g} to {high:g} MeV, found none")
        p[within(at, low, high, edges[-1])] = histogram(states[seen], n_states)
    return p


def field_marginals(p: Floats, numbers: Integers) -> list[Floats]:
    """Distributions of the fields of a code, each of shape (2^bits,), of a distribution of states.

    Args:
        p: of the states, shape (n_states,).
        numbers: fields of all states, shape (n_states, n_fields).
    """
    return [np.asarray(np.bincount(column, p), dtype=np.float64) for column in numbers.T]


def pearson(p: Floats, numbers: Integers) -> Floats:
    """Correlations of the fields of a code, shape (n_fields, n_fields), of a distribution of states (as above)."""
    centred = numbers - p @ numbers
    covariance = (centred * p[:, None]).T @ centred
    sd = np.sqrt(np.diag(covariance))
    with np.errstate(invalid="ignore"):
        return np.asarray(covariance / np.outer(sd, sd))


def within(energy: Floats, low: float, high: float, last: float) -> NDArray[np.bool_]:
    """Which energies are in a bin; only the last of the bins includes its upper edge."""
    return (energy >= low) & ((energy < high) | ((high == last) & (energy <= high)))
