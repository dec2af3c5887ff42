"""Sets of bits that act together: the gates X_g of a circuit, the biases and couplings of a Boltzmann machine.

A set of one bit is a gate on it, or its bias; of two, a gate on both, or their coupling. Machines with the same sets
and the same dependence on the energy have equally many parameters.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from qgen.files import InputError


def all_gates(n_qubits: int, body: int = 2) -> list[tuple[int, ...]]:
    """All sets of 1 to `body` of n qubits: the single ones first."""
    return [gate for k in range(1, body + 1) for gate in combinations(range(n_qubits), k)]


def listed_gates(owner: str, gates: Any, body: int, n_qubits: int) -> list[tuple[int, ...]]:
    """The gates that a generator's options name.

    Args:
        owner: what messages call the generator.
        gates: "all", or a list of lists of qubits.
        body: most qubits of a gate, with "all".
        n_qubits: that there are.

    Raises:
        InputError: something else, or gates that do not fit the qubits.
    """
    if gates == "all":
        return all_gates(n_qubits, body)
    if not isinstance(gates, list | tuple) or not all(
        isinstance(gate, list | tuple) and all(isinstance(qubit, int) for qubit in gate) for gate in gates
    ):
        raise InputError(f"{owner}: expected gates 'all' or a list of lists of qubits, found {gates!r:.60}")
    require_gates(gates, n_qubits)
    return [tuple(gate) for gate in gates]


def require_gates(gates: Sequence[Sequence[int]], n_qubits: int) -> None:
    """Check the qubits of gates.

    Raises:
        InputError: no gate, an empty one, qubits that are not there or occur twice in a gate, or a gate given twice.
    """
    if not len(gates):
        raise InputError("gates: expected at least one, found none")
    seen = set()
    for gate in gates:
        inside = len(gate) > 0 and all(0 <= qubit < n_qubits for qubit in gate) and len(set(gate)) == len(gate)
        if not inside or frozenset(gate) in seen:
            raise InputError(f"gates: expected different sets of qubits 0..{n_qubits - 1}, found {list(gate)}")
        seen.add(frozenset(gate))
