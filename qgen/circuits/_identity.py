"""Blocks that start as the identity (Grant et al., 1903.05076), from any other ansatz.

    B(a, d, m) = V(a + d)^+ M(m) V(a),    V = H W,

with H one half of the block, from the other ansatz, inputs uploaded in it, W and M one RY on every wire. At d = m = 0 a
block is the identity, whatever a and the inputs are, so that a deep circuit starts as a shallow one. The paper starts
the angles of both halves equal; the weights here are a and the difference d, which generators draw around 0. M keeps
the entanglers that meet in the middle from cancelling, W the uploads of one block those of the next.

Exactly d = m = 0 would be no good start: there p(0...0) = 1, its largest value, and every gradient of p vanishes.
"""

import math
from collections.abc import Sequence
from typing import Any

import pennylane as qml

from qgen.circuits._contract import Ansatz, ansatz


def identity_blocks(half: Ansatz, *, half_depth: int = 1) -> Ansatz:
    """An ansatz whose blocks are the identity at d = m = 0.

    Args:
        half: the ansatz that a half of each block is made of.
        half_depth: how many of its blocks make one half, >= 1.

    Returns:
        An ansatz with weights (depth, 2 k + n_qubits), in every block k angles a, k differences d and n_qubits angles m
        [rad], with k = n_qubits + the weights of `half`. It has twice the two-qubit gates of `half` at half_depth times
        the depth.
    """

    def n_angles(n_qubits: int) -> int:
        return n_qubits + math.prod(half.weight_shape(n_qubits, half_depth))

    def apply(inputs: Any, angles: Any, wires: Sequence[int]) -> None:
        """V, angles (k,)."""
        n = len(wires)
        for angle, wire in zip(angles[:n], wires, strict=True):
            qml.RY(angle, wires=wire)
        half(inputs, angles[n:].reshape(half.weight_shape(n, half_depth)), wires)

    def blocks(inputs: Any, weights: Any, wires: Sequence[int]) -> None:
        k = n_angles(len(wires))
        for block in weights:
            apply(inputs, block[:k], wires)
            for angle, wire in zip(block[2 * k :], wires, strict=True):
                qml.RX(angle, wires=wire)
            qml.adjoint(apply, lazy=False)(inputs, block[:k] + block[k : 2 * k], wires)

    blocks.__name__ = f"identity_blocks({getattr(half, '__name__', repr(half))})"
    return ansatz(
        weight_shape=lambda n_qubits, depth: (depth, 2 * n_angles(n_qubits) + n_qubits),
        n_inputs=(lambda n_qubits, depth: half.n_inputs(n_qubits, half_depth)) if hasattr(half, "n_inputs") else None,
    )(blocks)
