"""Traced gates as a Qiskit circuit.

Qiskit's qubit 0 is the least significant bit, our wire 0 the most significant one: wire w is put on qubit
n_qubits - 1 - w, so that basis states have the same number on both sides.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from qiskit import QuantumCircuit, qasm3
from qiskit.circuit import ParameterVector

from qgen.files import write
from qgen.simulation import Operation, Traced

METHODS = {
    "Identity": "id",
    "Hadamard": "h",
    "PauliX": "x",
    "PauliY": "y",
    "PauliZ": "z",
    "S": "s",
    "T": "t",
    "CZ": "cz",
    "CNOT": "cx",
    "SWAP": "swap",
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
"""Method of `QuantumCircuit` by PennyLane's name; Rot has none and is written out."""


def quantum_circuit(operations: Sequence[Operation], n_qubits: int) -> QuantumCircuit:
    """The circuit without measurements; parameters stand for its angles, in their order.

    Args:
        operations: the gates in order.
        n_qubits: number of wires.
    """
    circuit = QuantumCircuit(n_qubits)
    angles = ParameterVector("angles", sum(n for *_, n in operations))
    first = 0
    for name, wires, n_parameters in operations:
        qubits = [n_qubits - 1 - wire for wire in wires]
        mine: list[Any] = list(angles[first : first + n_parameters])
        if name == "Rot":
            for gate, angle in zip((circuit.rz, circuit.ry, circuit.rz), mine, strict=True):
                gate(angle, *qubits)
        else:
            getattr(circuit, METHODS[name])(*mine, *qubits)
        first += n_parameters
    return circuit


def to_qiskit(circuit: Traced, *, parametric: bool = False) -> QuantumCircuit:
    """The circuit of the first sample without measurements.

    Args:
        circuit: of any size.
        parametric: with parameters for its angles, instead of numbers.
    """
    ours = quantum_circuit(circuit.operations, circuit.n_qubits)
    return ours if parametric else ours.assign_parameters(circuit.angles[0].tolist())


def side_by_side(circuits: Sequence[Traced]) -> Traced:
    """One circuit of all, each on wires of its own, those of the first one first."""
    operations: list[Operation] = []
    n_qubits = 0
    for circuit in circuits:
        operations += [(name, tuple(n_qubits + wire for wire in wires), n) for name, wires, n in circuit.operations]
        n_qubits += circuit.n_qubits
    return Traced(tuple(operations), torch.cat([circuit.angles for circuit in circuits], dim=1), n_qubits)


def write_qasm(circuit: QuantumCircuit, path: str | Path, *, n_measured: int) -> dict[str, float]:
    """Write a circuit as OpenQASM 3 (2104.14722).

    Args:
        circuit: without measurements.
        path: to write.
        n_measured: first wires of qgen's that are measured into one register, whose string of bits, as Qiskit prints
            it, has qgen's bit 0 first.

    Returns:
        See `cost`.
    """
    n, written = circuit.num_qubits, circuit
    if n_measured:
        written = QuantumCircuit(n, n_measured)
        written.compose(circuit, inplace=True)
        written.measure([n - 1 - q for q in range(n_measured)], [n_measured - 1 - q for q in range(n_measured)])
    write(path, qasm3.dumps(written))
    return cost(circuit)


def cost(circuit: QuantumCircuit) -> dict[str, float]:
    """`n_qubits`, `one_qubit_gates`, `two_qubit_gates`, `depth` and `two_qubit_depth`, as it is written."""
    two = circuit.num_nonlocal_gates()
    sizes = {
        "n_qubits": circuit.num_qubits,
        "one_qubit_gates": circuit.size() - two,
        "two_qubit_gates": two,
        "depth": circuit.depth(),
        "two_qubit_depth": circuit.depth(lambda instruction: len(instruction.qubits) > 1),
    }
    return {name: float(value) for name, value in sizes.items()}
