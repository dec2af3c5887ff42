"""What is left of an Ising model where some of its spins are pinned?

With the spins of a set C held at s_C, the rest is an Ising model of its own, up to a constant:

    H(s_free, s_C) = sum_(i free) (h_i + sum_(j in C) J_ij s_j) s_i + sum_(i, j free) J_ij s_i s_j + const .
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from qgen.files import InputError
from qgen.ising import Ising, Spins
from qgen.ising.checks import clamp_rows


def distinct(rows: Spins) -> Iterator[tuple[Spins, NDArray[np.intp]]]:
    """Every pattern of pinned spins that occurs, shape (n_nodes,), with the numbers of its rows."""
    patterns, which = np.unique(rows, axis=0, return_inverse=True)
    order = np.argsort(which.reshape(-1), kind="stable")
    ends = np.cumsum(np.bincount(which.reshape(-1), minlength=len(patterns)))
    yield from zip(patterns, np.split(order, ends[:-1]), strict=True)


def patterns(clamp: Spins | None, model: Ising, n: int) -> list[tuple[Spins, NDArray[np.intp]]]:
    """Every pattern of pinned spins of n configurations, shape (n_nodes,), with the numbers of those that have it.

    Raises:
        InputError: a clamp that does not fit.
    """
    if clamp is None or np.ndim(clamp) == 1:
        return [(clamp_rows(clamp, model, 1)[0], np.arange(n))]
    return list(distinct(clamp_rows(clamp, model, n)))


def folded_fields(model: Ising, patterns: NDArray[Any]) -> NDArray[np.float64]:
    """h' = h + J s_C of every node.

    Args:
        model: of n_nodes spins.
        patterns: -1 or +1 where pinned, else 0, shape (k, n_nodes).

    Returns:
        shape (k, n_nodes); of no meaning at pinned nodes.
    """
    first, second = model.edges.T
    half = sparse.coo_array((model.couplings, (first, second)), shape=(model.n_nodes, model.n_nodes))
    return np.asarray(model.biases + patterns @ sparse.csr_array(half + half.T))


def restricted(model: Ising, nodes: NDArray[np.intp], biases: NDArray[np.float64]) -> Ising:
    """The model of some of the nodes, in the order given, with the edges between them.

    Args:
        model: to take colours, edges, couplings and qubits from.
        nodes: to keep.
        biases: their fields, shape (len(nodes),).
    """
    place = np.full(model.n_nodes, -1)
    place[nodes] = np.arange(len(nodes))
    edges = place[model.edges]
    inside = (edges >= 0).all(axis=1)
    qubits = None if model.qubits is None else model.qubits[nodes]
    return Ising(biases, edges[inside], model.couplings[inside], model.colours[nodes], qubits)


def completed(rows: Spins, most: int, who: str) -> tuple[Spins, NDArray[np.intp]]:
    """All ways to fill the free spins of rows (n, n_nodes) that pin the same spins.

    Returns:
        states (n, 2^n_free, n_nodes), the first free spin slowest, -1 before +1; which spins are free.

    Raises:
        InputError: more than `most` free spins, which are too many for `who`.
    """
    free = np.flatnonzero(rows[0] == 0)
    if len(free) > most:
        raise InputError(f"{who}: expected at most {most} free spins, found {len(free)}")
    bits = np.arange(2 ** len(free))[:, None] >> np.arange(len(free))[::-1] & 1
    states = np.repeat(rows[:, None, :], len(bits), axis=1)
    states[:, :, free] = 2 * bits - 1
    return states, free


def folded(model: Ising, pattern: Spins) -> tuple[Ising, NDArray[np.intp]]:
    """The model of the free spins of one pattern, and which nodes they are."""
    free = np.flatnonzero(pattern == 0)
    return restricted(model, free, folded_fields(model, pattern[None])[0, free]), free
