"""Circuits as text: their cost in a table, and their drawing."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pennylane as qml

from qgen.plugins import resolve
from qgen.report.screening import spread
from qgen.screening.cost import logical, transpiled
from qgen.simulation.circuit import Circuit


def cost_table(circuits: Sequence[Any], n_qubits: int, depth: int) -> str:
    """One line per circuit: inputs, weights, gates and two-qubit gates at a size.

    Args:
        circuits: names or functions, see `qgen.generators.base.resolve`.
        n_qubits: number of qubits.
        depth: number of blocks.
    """
    lines = [
        f"{'circuit':<32}{'inputs':>8}{'weights':>9}{'gates':>7}{'two-qubit':>11}  ({n_qubits} qubits, depth {depth})"
    ]
    for name in circuits:
        circuit = Circuit(resolve(name), n_qubits, depth)
        gates = f"{len(circuit.operations()):>7}{circuit.two_qubit_gates:>11}"
        lines.append(f"{name!s:<32}{circuit.n_inputs:>8}{circuit.n_weights:>9}{gates}")
    return "\n".join(lines)


def cost_on_devices(circuit: Any, n_qubits: int, depth: int, devices: Sequence[str], seeds: Sequence[int]) -> str:
    """One line for the circuit as it is written, and one per device: median (lowest-highest) over compiler seeds.

    Args:
        circuit: a name or function, see `qgen.generators.base.resolve`.
        n_qubits: number of qubits.
        depth: number of blocks.
        devices: see `qgen.screening.devices`.
        seeds: of the compiler.
    """
    ansatz = Circuit(resolve(circuit), n_qubits, depth)
    written = logical(ansatz)
    lines = [
        f"{circuit}, {n_qubits} qubits, depth {depth}: {written.n_inputs} inputs, {written.n_weights} weights",
        f"{'':<32}{'two-qubit gates':>20}{'two-qubit depth':>20}{'depth':>20}",
        f"{'as written':<32}{written.two_qubit_gates:>20}{written.two_qubit_depth:>20}{written.depth:>20}",
    ]
    for name in devices:
        compiled = transpiled(ansatz, name, seeds=seeds)
        values = (compiled.two_qubit_gates, compiled.two_qubit_depth, compiled.depth)
        place = f"{name} ({compiled.n_device_qubits} qubits)"
        lines.append(f"{place:<32}" + "".join(f"{spread(value):>20}" for value in values))
    return "\n".join(lines)


def draw(circuit: Any, n_qubits: int, depth: int) -> str:
    """The circuit as text, with all angles 0, and its cost."""
    whole = Circuit(resolve(circuit), n_qubits, depth)
    whole.operations()  # refuses what cannot be run

    def drawn() -> Any:
        whole.ansatz(np.zeros(whole.n_inputs), np.zeros(whole.weight_shape), range(n_qubits))
        return qml.probs()

    drawing = qml.draw(qml.QNode(drawn, qml.device("default.qubit", wires=n_qubits)), show_all_wires=True)()
    return f"{drawing}\n\n{cost_table([circuit], n_qubits, depth)}"
