"""Layers of the style-based quantum GAN (2110.06933): RY, RZ, RY, RZ on every wire, then controlled RY in a ring.

One of `depth` blocks; after the last, RY on every wire:

    wire 0  -RY(x0+w00)-RZ(w01)-RY(w02)-RZ(w03)--o------------------RY(w24)--        -RY-
    wire 1  -RY(x1+w10)-RZ(w11)-RY(w12)-RZ(w13)--RY(w04)--o------------|-----  ...   -RY-
    wire 2  -RY(x2+w20)-RZ(w21)-RY(w22)-RZ(w23)-----------RY(w14)------o-----        -RY-

The published circuit has no inputs: its every angle is a linear function of the noise, as `QGAN` makes it. Here inputs
x are added in the first RY of every block, so that they reach circuits whose weights are fixed. n_qubits two-qubit
gates per block, with trained angles: at angle 0 they entangle nothing. One wire has none; two control each other.
"""

from collections.abc import Sequence
from typing import Any

import pennylane as qml

from qgen.circuits import ansatz

__all__ = ["style"]


@ansatz(weight_shape=lambda n_qubits, depth: ((5 * depth + 1) * n_qubits,))
def style(inputs: Any, weights: Any, wires: Sequence[int]) -> None:
    """Apply `depth` blocks; inputs (n_qubits,), weights five per wire and block, then one per wire, in radians."""
    n = len(wires)
    for block in weights[:-n].reshape(-1, n, 5):
        for x, w, wire in zip(inputs, block, wires, strict=True):
            qml.RY(x + w[0], wires=wire)
            qml.RZ(w[1], wires=wire)
            qml.RY(w[2], wires=wire)
            qml.RZ(w[3], wires=wire)
        for i in range(n) if n > 1 else ():
            qml.CRY(block[i][4], wires=[wires[i], wires[(i + 1) % n]])
    for w, wire in zip(weights[-n:], wires, strict=True):
        qml.RY(w, wires=wire)
