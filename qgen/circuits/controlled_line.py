"""The line with trained entanglers: controlled RY in place of CNOT, so that it starts without entanglement.

One of `depth` blocks; the inputs x are uploaded again in every block:

    wire 0  -RX(x0)-RZ(w0)-RY(w1)----o-----------------
    wire 1  -RX(x1)-RZ(w2)-RY(w3)--RY(w8)---o----------
    wire 2  -RX(x2)-RZ(w4)-RY(w5)---------RY(w9)----o--
    wire 3  -RX(x3)-RZ(w6)-RY(w7)----------------RY(w10)

At angles 0 a block leaves every state as it is, whereas CNOTs permute basis states: with small angles the circuit
starts near a product and learns correlations as the data ask for them. n_qubits - 1 two-qubit gates per block, each
worth two CNOTs on a device.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pennylane as qml

from qgen.circuits import ansatz

__all__ = ["controlled_line"]


@ansatz(weight_shape=lambda n_qubits, depth: (depth, 3 * n_qubits - 1))
def controlled_line(inputs: Any, weights: Any, wires: Sequence[int]) -> None:
    """Apply `depth` blocks; inputs (n_qubits,), weights two per wire, then one per entangler, all in radians."""
    n = len(wires)
    for block in weights:
        for x, (w_z, w_y), wire in zip(inputs, block[: 2 * n].reshape(n, 2), wires, strict=True):
            qml.RX(x, wires=wire)
            qml.RZ(w_z, wires=wire)
            qml.RY(w_y, wires=wire)
        for w, (control, target) in zip(block[2 * n :], pairwise(wires), strict=True):
            qml.CRY(w, wires=[control, target])
