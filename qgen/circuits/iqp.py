"""IQP: phases between Hadamards (0809.0847; as a Born machine: 1904.02214).

With H the Hadamards on all wires and z_i = +-1 the spins of a basis state,

    psi = H D_L ... H D_2 H D_1 H |0...0>,
    D_l |z> = exp(-i/2 [sum_i (x_i + w_li) z_i + sum_(i<j) w_lij z_i z_j]) |z>.

One block is an instantaneous quantum polynomial circuit: its gates commute, its amplitudes are a Walsh-Hadamard
transform of phases. More blocks repeat it as in the feature map of 1804.11326, and are no longer IQP. Block of three:

    wire 0  -H-RZ(x0+w0)--ZZ(w3)-ZZ(w4)---------
    wire 1  -H-RZ(x1+w1)--ZZ(w3)--|-----ZZ(w5)--      and H on every wire after the last block
    wire 2  -H-RZ(x2+w2)---------ZZ(w4)-ZZ(w5)--

n_qubits (n_qubits - 1) / 2 two-qubit gates ZZ(w) = exp(-i w Z Z / 2) per block. At angles 0 an odd number of blocks
gives |0...0>, an even number the uniform superposition.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import pennylane as qml

from qgen.circuits import ansatz

__all__ = ["iqp"]


@ansatz(weight_shape=lambda n_qubits, depth: (depth, n_qubits * (n_qubits + 1) // 2))
def iqp(inputs: Any, weights: Any, wires: Sequence[int]) -> None:
    """Apply `depth` blocks; inputs (n_qubits,), weights (depth, n_qubits (n_qubits + 1) / 2), angles in radians."""
    n = len(wires)
    for block in weights:
        for x, w, wire in zip(inputs, block[:n], wires, strict=True):
            qml.Hadamard(wires=wire)
            qml.RZ(x + w, wires=wire)
        for w, pair in zip(block[n:], combinations(wires, 2), strict=True):
            qml.IsingZZ(w, wires=list(pair))
    for wire in wires:
        qml.Hadamard(wires=wire)
