"""Brickwork: neighbours entangled in pairs, the pairs shifted by one wire from block to block (1803.00745, 2001.00550).

Blocks 0 and 1, the pattern of every two that follow; the inputs x are uploaded again in every block:

    wire 0  -RX(x0)-RZ-RY--o--RX(x0)-RZ-RY-----
    wire 1  -RX(x1)-RZ-RY--X--RX(x1)-RZ-RY--o--
    wire 2  -RX(x2)-RZ-RY--o--RX(x2)-RZ-RY--X--
    wire 3  -RX(x3)-RZ-RY--X--RX(x3)-RZ-RY--o--
    wire 4  -RX(x4)-RZ-RY-----RX(x4)-RZ-RY--X--

Half the two-qubit gates of a line, those of a block in parallel: n_qubits // 2, then (n_qubits - 1) // 2. Only wires at
most 2 depth apart can be correlated, so a shallow circuit has local correlations only.
"""

from collections.abc import Sequence
from typing import Any

import pennylane as qml

from qgen.circuits import ansatz

__all__ = ["brickwork"]


@ansatz(weight_shape=lambda n_qubits, depth: (depth, n_qubits, 2))
def brickwork(inputs: Any, weights: Any, wires: Sequence[int]) -> None:
    """Apply `depth` blocks; inputs (n_qubits,), weights (depth, n_qubits, 2), all angles in radians."""
    for number, block in enumerate(weights):
        for x, (w_z, w_y), wire in zip(inputs, block, wires, strict=True):
            qml.RX(x, wires=wire)
            qml.RZ(w_z, wires=wire)
            qml.RY(w_y, wires=wire)
        for first in range(number % 2, len(wires) - 1, 2):
            qml.CNOT(wires=[wires[first], wires[first + 1]])
