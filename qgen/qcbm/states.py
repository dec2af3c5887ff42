"""How far the distribution of a Born machine is from showers, in its own basis states.

In a bin of incident energy, with p(s|E) of the model averaged over the energies of the test showers in the bin, and
h(s) the histogram of their states,

    TV = 1/2 sum_s |p(s) - h(s)|.

A histogram of n showers over many states is far from its own truth by chance alone, so two references stand beside it:
the training histogram in the same bin, and what as many draws from p itself would give, the TV of a perfect model.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from qgen.files import InputError

__all__ = ["BinDistance", "bin_distances", "field_marginals", "histogram", "pearson", "total_variation"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

N_REPEATS = 50
"""Draws of a histogram from the model."""


@dataclass(frozen=True)
class BinDistance:
    """Total variations to the test histogram in a bin of incident energy.

    Attributes:
        low: lower edge [MeV].
        high: upper edge [MeV].
        n: test showers in the bin.
        model: of the model.
        training: of the training histogram.
        perfect: of the model to as many of its own draws, on average.
        error: standard deviation of the last.
    """

    low: float
    high: float
    n: int
    model: float
    training: float
    perfect: float
    error: float

    @property
    def ratio(self) -> float:
        """Model over training."""
        return self.model / self.training


def total_variation(p: Floats, q: Floats) -> float:
    """1/2 sum |p - q| of two distributions of one shape, from 0 to 1."""
    return float(np.abs(p - q).sum() / 2)


def histogram(states: Integers, n_states: int) -> Floats:
    """Fractions of the states, shape (n_states,)."""
    return np.bincount(states, minlength=n_states) / max(len(states), 1)


def bin_distances(
    probabilities: Floats,
    test: tuple[Integers, Floats],
    training: tuple[Integers, Floats],
    edges: Floats,
    *,
    rng: np.random.Generator,
) -> list[BinDistance]:
    """Total variations in bins of incident energy.

    Args:
        probabilities: p(s|E) at the energies of the test showers, shape (n_test, n_states).
        test: states and incident energies [MeV] of the test showers, each of shape (n_test,).
        training: the same of the training showers.
        edges: of the bins [MeV], increasing; the last bin includes its upper edge.
        rng: draws from the model.

    Raises:
        InputError: a bin without test or without training showers.
    """
    found = []
    for low, high in pairwise(edges.tolist()):
        inside, seen = (_within(energy, low, high, edges[-1]) for _, energy in (test, training))
        n = int(inside.sum())
        if not n or not seen.any():
            raise InputError(f"bin_distances: expected showers in {low:g} to {high:g} MeV, found {n} and {seen.sum()}")
        p = probabilities[inside].mean(axis=0)
        p = p / p.sum()
        h, t = (histogram(s[rows], len(p)) for s, rows in ((test[0], inside), (training[0], seen)))
        draws = [total_variation(rng.multinomial(n, p) / n, p) for _ in range(N_REPEATS)]
        distances = total_variation(p, h), total_variation(t, h), float(np.mean(draws)), float(np.std(draws))
        found.append(BinDistance(low, high, n, *distances))
    return found


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


def _within(energy: Floats, low: float, high: float, last: float) -> NDArray[np.bool_]:
    return (energy >= low) & ((energy < high) | ((high == last) & (energy <= high)))
