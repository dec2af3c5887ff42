"""IQP circuits for quantum computers: as an ansatz, as OpenQASM 3, and what they cost.

    H on all qubits, then for every gate exp(i theta Z_g), then H on all again,

since H X H = Z. One qubit is RZ(-2 theta), two are ZZ(-2 theta), more are a ladder of CNOTs about an RZ. Visible qubits
are measured into one register, whose string of bits, as Qiskit prints it, has qgen's bit 0 first.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pennylane as qml
import torch
from qiskit import QuantumCircuit

from qgen.circuits import Ansatz, ansatz
from qgen.generators.iqp.circuit import IQPCircuit
from qgen.simulation import qiskit_circuits
from qgen.simulation.circuit import Circuit


def as_ansatz(circuit: IQPCircuit) -> Ansatz:
    """The circuit as an ansatz of one size, its weights the angles theta_j, without inputs."""

    @ansatz(weight_shape=lambda n_qubits, depth: (len(circuit.gates),), n_inputs=lambda n_qubits, depth: 0)
    def iqp_born_machine(inputs: Any, weights: Any, wires: Sequence[int]) -> None:
        for wire in wires:
            qml.Hadamard(wires=wire)
        for gate, angle in zip(circuit.gates, weights, strict=True):
            _phase(-2 * angle, [wires[qubit] for qubit in gate])
        for wire in wires:
            qml.Hadamard(wires=wire)

    return iqp_born_machine


def _phase(angle: Any, wires: Sequence[int]) -> None:
    """exp(-i angle/2 Z...Z)."""
    if len(wires) == 1:
        qml.RZ(angle, wires=wires[0])
    elif len(wires) == 2:
        qml.IsingZZ(angle, wires=list(wires))
    else:
        pairs = list(pairwise(wires))
        for pair in pairs:
            qml.CNOT(wires=list(pair))
        qml.RZ(angle, wires=wires[-1])
        for pair in reversed(pairs):
            qml.CNOT(wires=list(pair))


def simulated(circuit: IQPCircuit) -> Circuit:
    """For `qgen.simulation` and `qgen.screening`: weights are the angles theta_j."""
    return Circuit(as_ansatz(circuit), circuit.n_qubits, 1)


def to_qiskit(circuit: IQPCircuit, *, parametric: bool = False) -> QuantumCircuit:
    """The circuit in Qiskit, without measurements.

    Args:
        circuit: of any size.
        parametric: with the angles of the rotations, -2 theta_j, as parameters, instead of numbers.
    """
    theta = torch.as_tensor(circuit.angles, dtype=torch.float64)
    return qiskit_circuits.to_qiskit(simulated(circuit).trace(theta.new_zeros(0), theta), parametric=parametric)


def export(circuit: IQPCircuit, path: str | Path, *, parametric: bool = False) -> dict[str, float]:
    """Write OpenQASM 3 (2104.14722).

    Args:
        circuit: of any size.
        path: to write.
        parametric: leave the angles of the rotations to be bound, as `angles[j]` = -2 theta_j, and measure nothing: so
            it is an ansatz for qgen, and is compiled only once for many energies.

    Returns:
        See `qgen.simulation.qiskit_circuits.cost`.
    """
    n_measured = 0 if parametric else circuit.n_visible
    return qiskit_circuits.write_qasm(to_qiskit(circuit, parametric=parametric), path, n_measured=n_measured)
