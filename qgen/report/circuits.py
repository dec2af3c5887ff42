"""Circuits as text: their cost in a table, and their drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pennylane as qml

from qgen.generator import resolve
from qgen.simulation.circuit import Circuit


def cost_table(circuits: Sequence[Any], n_qubits: int, depth: int) -> str:
    """One line per circuit: inputs, weights, gates and two-qubit gates at a size.

    Args:
        circuits: names or functions, see `qgen.generator.resolve`.
        n_qubits: number of qubits.
        depth: number of blocks.
    """
    lines = [
        f"{'circuit':<32}{'inputs':>8}{'weights':>9}{'gates':>7}{'two-qubit':>11}  ({n_qubits} qubits, depth {depth})"
    ]
    for name in circuits:
        circuit = Circuit(resolve(name), n_qubits, depth)
        counts = (
            f"{circuit.n_inputs:>8}{circuit.n_weights:>9}{len(circuit.operations()):>7}{circuit.two_qubit_gates:>11}"
        )
        lines.append(f"{name!s:<32}{counts}")
    return "\n".join(lines)


def draw(circuit: Any, n_qubits: int, depth: int) -> str:
    """The circuit as text, with all angles 0, and its cost."""
    made = Circuit(resolve(circuit), n_qubits, depth)

    def drawn() -> Any:
        made.ansatz(np.zeros(made.n_inputs), np.zeros(made.weight_shape), range(n_qubits))
        return qml.probs()

    drawing = qml.draw(qml.QNode(drawn, qml.device("default.qubit", wires=n_qubits)), show_all_wires=True)()
    return f"{drawing}\n\n{cost_table([circuit], n_qubits, depth)}"
