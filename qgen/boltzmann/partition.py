"""What is the partition function of a small Ising model? By enumeration.

    Z = sum_s exp(-H(s)),    given pinned spins c:    Z(c) = sum_(s free) exp(-H(s, c)) .

The energy of the pinned spins among themselves is part of H(s, c), so that Z is the sum of Z(c) over all c.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from qgen.files import InputError
from qgen.ising import Ising, Spins
from qgen.ising.conditions import folded, patterns

_STATES_AT_ONCE = 2**14

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LogPartition:
    """ln Z of an Ising model, one value per pattern of pinned spins.

    Attributes:
        value: ln Z [nat], shape (n_conditions,); n_conditions is 1 where nothing or one pattern is pinned.
        error: standard error from a bootstrap over chains, shape (n_conditions,); 0 where exact.
        ess: effective number of chains, (sum w)^2 / sum w^2, shape (n_conditions,); infinite where exact.
        n_chains: chains per condition, shape (n_conditions,); 0 where exact.
        clamp: the patterns, 0 = free, shape (n_conditions, n_nodes).
        bound: "exact", or what the value is on average: a "lower" (annealed) or an "upper" (reverse) bound.
    """

    value: Floats
    error: Floats
    ess: Floats
    n_chains: NDArray[np.intp]
    clamp: Spins
    bound: str


def exact_log_partition(model: Ising, *, clamp: Spins | None = None, max_enumerated: int = 20) -> LogPartition:
    """ln Z by enumeration of all free spins but those of the largest colour, which are summed in closed form.

    Args:
        model: what to sum over.
        clamp: (n, n_nodes) or (n_nodes,); -1 or +1 pins a spin, 0 leaves it free.
        max_enumerated: the largest number of spins to enumerate: a restricted Boltzmann machine of 20 x 300 is exact.

    Raises:
        InputError: more spins to enumerate than `max_enumerated`, or a clamp that does not fit.
    """
    pinned = [pattern for pattern, _ in patterns(clamp, model, 1 if clamp is None else len(clamp))]
    values = [_enumerated(model, pattern, max_enumerated) for pattern in pinned]
    n = len(values)
    return LogPartition(
        np.array(values), np.zeros(n), np.full(n, np.inf), np.zeros(n, dtype=np.intp), np.stack(pinned), "exact"
    )


def _enumerated(whole: Ising, pattern: Spins, max_enumerated: int) -> float:
    """ln Z(c) of the free spins, the largest colour summed in closed form."""
    model, _ = folded(whole, pattern)
    sizes = np.bincount(model.colours, minlength=1)
    rest = np.flatnonzero(model.colours != np.argmax(sizes))
    if len(rest) > max_enumerated:
        raise InputError(
            f"exact_log_partition: expected at most {max_enumerated} free spins beside the largest colour, "
            f"found {len(rest)}"
        )
    couplings = np.zeros((model.n_nodes, model.n_nodes))
    first, second = model.edges.T
    np.add.at(couplings, (first, second), model.couplings)
    couplings += couplings.T
    summed = np.flatnonzero(model.colours == np.argmax(sizes))
    logs = []
    for begin in range(0, 2 ** len(rest), _STATES_AT_ONCE):
        numbers = np.arange(begin, min(begin + _STATES_AT_ONCE, 2 ** len(rest)))
        s = 2.0 * (numbers[:, None] >> np.arange(len(rest)) & 1) - 1
        energy = s @ model.biases[rest] + 0.5 * np.sum(s @ couplings[np.ix_(rest, rest)] * s, axis=1)
        field = model.biases[summed] + s @ couplings[np.ix_(rest, summed)]
        logs.append(logsumexp(np.logaddexp(field, -field).sum(axis=1) - energy))
    return float(logsumexp(logs)) - float(whole.energy(pattern[None])[0])
