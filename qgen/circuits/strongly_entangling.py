"""Strongly entangling layers (1804.00633): general rotations, then CNOTs in a ring to a wire that is r places on.

    r = 1 + (block mod (n_qubits - 1))

Block 0 of four wires, r = 1; in block 1 each CNOT goes to the next but one, in block 2 to the third:

    wire 0  -RX(x0)-Rot(w00, w01, w02)--o--------X--
    wire 1  -RX(x1)-Rot(w10, w11, w12)--X--o-----|--
    wire 2  -RX(x2)-Rot(w20, w21, w22)-----X--o--|--
    wire 3  -RX(x3)-Rot(w30, w31, w32)--------X--o--

Rot(a, b, c) = RZ(c) RY(b) RZ(a). The inputs x are uploaded again in every block. The last c of each wire is a phase
that no probability depends on. n_qubits two-qubit gates per block (none on one wire), far ones among them.
"""

from collections.abc import Sequence
from typing import Any

import pennylane as qml

from qgen.circuits import ansatz

__all__ = ["strongly_entangling"]


@ansatz(weight_shape=lambda n_qubits, depth: (depth, n_qubits, 3))
def strongly_entangling(inputs: Any, weights: Any, wires: Sequence[int]) -> None:
    """Apply `depth` blocks; inputs (n_qubits,), weights (depth, n_qubits, 3), all angles in radians."""
    n = len(wires)
    for number, block in enumerate(weights):
        for x, (a, b, c), wire in zip(inputs, block, wires, strict=True):
            qml.RX(x, wires=wire)
            qml.Rot(a, b, c, wires=wire)
        for control in range(n) if n > 1 else ():
            qml.CNOT(wires=[wires[control], wires[(control + 1 + number % (n - 1)) % n]])
