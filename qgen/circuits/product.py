"""The control: the hardware-efficient ansatz with its entanglers removed.

One of `depth` blocks:

    wire 0  -RX(x0)-RZ(w00)-RY(w01)-
    wire 1  -RX(x1)-RZ(w10)-RY(w11)-

The state stays a product, p(b) = prod_q p_q(b_q). If it scores like the entangled ansatz, entanglement does not matter.
"""

from collections.abc import Sequence
from typing import Any

import pennylane as qml

from qgen.circuits import ansatz

__all__ = ["product"]


@ansatz(weight_shape=lambda n_qubits, depth: (depth, n_qubits, 2))
def product(inputs: Any, weights: Any, wires: Sequence[int]) -> None:
    """Apply `depth` blocks; inputs (n_qubits,), weights (depth, n_qubits, 2), all angles in radians."""
    for block in weights:
        for x, (w_z, w_y), wire in zip(inputs, block, wires, strict=True):
            qml.RX(x, wires=wire)
            qml.RZ(w_z, wires=wire)
            qml.RY(w_y, wires=wire)
