"""What is left of an Ising model when some of its spins are pinned.

With the pinned spins c the energy is that of the free spins in the fields of the pinned ones, plus a constant:

    H(s, c) = sum_(i free) (h_i + sum_(j pinned) J_ij c_j) s_i + sum_(i,j free) J_ij s_i s_j + H(c) .
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qgen.samplers import Ising, Spins
from qgen.samplers._checks import clamp_rows


@dataclass(frozen=True)
class FreePart:
    """The free spins of a model under one clamp.

    Attributes:
        model: of the free spins alone, in the fields of the pinned ones.
        nodes: their numbers in the whole model, shape (n_free,).
        offset: H(c), what the pinned spins cost among themselves.
    """

    model: Ising
    nodes: NDArray[np.intp]
    offset: float


def free_part(model: Ising, clamp: Spins) -> FreePart:
    """The model of the spins that `clamp`, of shape (n_nodes,), leaves free."""
    c = clamp.astype(np.float64)
    nodes = np.flatnonzero(clamp == 0)
    first, second = model.edges.T
    biases = model.biases.astype(np.float64)
    np.add.at(biases, first, model.couplings * c[second])
    np.add.at(biases, second, model.couplings * c[first])
    inside = (clamp[first] == 0) & (clamp[second] == 0)
    place = np.cumsum(clamp == 0) - 1
    free = Ising(biases[nodes], place[model.edges[inside]], model.couplings[inside], model.colours[nodes])
    return FreePart(free, nodes, float(model.energy(c[None])[0]))


def conditions(clamp: Spins | None, model: Ising, n: int) -> tuple[Spins, NDArray[np.intp]]:
    """The distinct patterns of pinned spins of n configurations, and which of them each configuration has.

    Returns:
        patterns of shape (n_conditions, n_nodes), sorted; numbers of patterns of shape (n,).

    Raises:
        InputError: a clamp that does not fit.
    """
    if clamp is None or np.ndim(clamp) == 1:
        return clamp_rows(clamp, model, 1), np.zeros(n, dtype=np.intp)
    patterns, which = np.unique(clamp_rows(clamp, model, n), axis=0, return_inverse=True)
    return patterns, which.reshape(-1)


def each_condition(model: Ising, clamp: Spins | None, n: int) -> Iterator[tuple[Spins, NDArray[np.intp], FreePart]]:
    """For every pattern of pinned spins: the pattern, the configurations that have it, and the model left free."""
    patterns, which = conditions(clamp, model, n)
    for k, pattern in enumerate(patterns):
        yield pattern, np.flatnonzero(which == k), free_part(model, pattern)
