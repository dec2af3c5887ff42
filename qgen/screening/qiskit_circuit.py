"""An ansatz with given angles as a Qiskit circuit: the gates of PennyLane, one by one.

Wire 0 is the most significant bit here and the least significant one in Qiskit, so wire k becomes Qiskit's qubit
n - 1 - k: basis states then have the same numbers on both sides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pennylane as qml
import torch
from numpy.typing import ArrayLike
from qiskit import QuantumCircuit
from torch import Tensor

from qgen.files import InputError
from qgen.simulation.circuit import Circuit

__all__ = ["to_qiskit"]

SAME: dict[str, str] = {
    "Identity": "id",
    "Hadamard": "h",
    "PauliX": "x",
    "PauliY": "y",
    "PauliZ": "z",
    "S": "s",
    "T": "t",
    "SX": "sx",
    "CNOT": "cx",
    "CY": "cy",
    "CZ": "cz",
    "CH": "ch",
    "SWAP": "swap",
    "ISWAP": "iswap",
    "Toffoli": "ccx",
    "CSWAP": "cswap",
    "RX": "rx",
    "RY": "ry",
    "RZ": "rz",
    "PhaseShift": "p",
    "U3": "u",
    "CRX": "crx",
    "CRY": "cry",
    "CRZ": "crz",
    "ControlledPhaseShift": "cp",
    "IsingXX": "rxx",
    "IsingYY": "ryy",
    "IsingZZ": "rzz",
}
"""PennyLane's names of gates, and the methods of a Qiskit circuit that apply them to the same angles and wires."""


def to_qiskit(circuit: Circuit, inputs: ArrayLike | Tensor, weights: ArrayLike | Tensor) -> Any:
    """The circuit with these angles, as `qiskit.QuantumCircuit` without measurements.

    Args:
        circuit: an ansatz of given size.
        inputs: shape (n_inputs,) [rad].
        weights: shape weight_shape [rad].

    Raises:
        InputError: a gate that neither Qiskit nor PennyLane's decompositions know.
    """
    made = QuantumCircuit(circuit.n_qubits, name=circuit.name)
    for op in _operations(circuit, *(torch.as_tensor(angles, dtype=torch.float64) for angles in (inputs, weights))):
        qubits = [circuit.n_qubits - 1 - int(wire) for wire in op.wires]
        angles = [float(angle) for angle in op.parameters]
        if op.name == "Rot":
            _rot(made, angles, qubits)
        elif op.name == "GlobalPhase":
            made.global_phase -= angles[0]
        else:
            apply: Callable[..., Any] = getattr(made, SAME[op.name])
            apply(*angles, *qubits)
    return made


def _rot(made: Any, angles: list[float], qubits: list[int]) -> None:
    """RZ(omega) RY(theta) RZ(phi)."""
    phi, theta, omega = angles
    made.rz(phi, *qubits)
    made.ry(theta, *qubits)
    made.rz(omega, *qubits)


def _operations(circuit: Circuit, inputs: Tensor, weights: Tensor) -> list[Any]:
    """Gates that Qiskit has too; others are decomposed by PennyLane."""
    circuit.operations()  # says in one line what is wrong with a circuit
    with qml.queuing.AnnotatedQueue() as queue:
        circuit.ansatz(inputs, weights, range(circuit.n_qubits))
    tape = qml.tape.QuantumScript.from_queue(queue)
    known = {*SAME, "Rot", "GlobalPhase"}
    (simple,), _ = qml.transforms.decompose(tape, gate_set=known)
    if unknown := [op.name for op in simple.operations if op.name not in known]:
        raise InputError(
            f"{circuit.name}: no Qiskit gate for {unknown[0]!r}, expected one of {', '.join(sorted(known))}"
        )
    return list(simple.operations)
