"""Hardware-efficient ansatz entangled in a line: the default.

One of `depth` blocks; the inputs x are uploaded again in every block (1907.02085):

    wire 0  -RX(x0)-RZ(w00)-RY(w01)--o---------
    wire 1  -RX(x1)-RZ(w10)-RY(w11)--X--o------
    wire 2  -RX(x2)-RZ(w20)-RY(w21)-----X--o---
    wire 3  -RX(x3)-RZ(w30)-RY(w31)--------X---

A line of CNOTs needs no swaps on a heavy-hex device: n_qubits - 1 two-qubit gates per block.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pennylane as qml

from qgen.circuits import ansatz

__all__ = ["line"]


@ansatz(weight_shape=lambda n_qubits, depth: (depth, n_qubits, 2))
def line(inputs: Any, weights: Any, wires: Sequence[int]) -> None:
    """Apply `depth` blocks; inputs (n_qubits,), weights (depth, n_qubits, 2), all angles in radians."""
    for block in weights:
        for x, (w_z, w_y), wire in zip(inputs, block, wires, strict=True):
            qml.RX(x, wires=wire)
            qml.RZ(w_z, wires=wire)
            qml.RY(w_y, wires=wire)
        for control, target in pairwise(wires):
            qml.CNOT(wires=[control, target])
