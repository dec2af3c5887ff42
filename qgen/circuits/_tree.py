"""What tree tensor networks and MERA share: which wires meet at which scale, and the gate on two wires."""

from collections.abc import Sequence
from typing import Any

import pennylane as qml

from qgen.files import InputError

Pairs = tuple[tuple[int, int], ...]


def scales(n_qubits: int) -> list[int]:
    """Distances of the wires that are joined, from the coarsest scale to neighbours: 4, 2, 1 for 5 to 8 wires.

    Raises:
        InputError: fewer than two wires.
    """
    if n_qubits < 2:
        raise InputError(f"expected n_qubits >= 2 for a tree, found {n_qubits}")
    return [2**k for k in reversed(range((n_qubits - 1).bit_length()))]


def branches(n_qubits: int, stride: int) -> Pairs:
    """Every wire of the coarser scale with the new one half way to the next."""
    return tuple((i, i + stride) for i in range(0, n_qubits - stride, 2 * stride))


def disentanglers(n_qubits: int, stride: int) -> Pairs:
    """Every new wire with the next one of the coarser scale."""
    return tuple((i, i + stride) for i in range(stride, n_qubits - stride, 2 * stride))


def apply(pairs: Pairs, inputs: Any, weights: Any, wires: Sequence[int]) -> None:
    """For every block of weights (n_pairs, 2, 2), RX(x) on every wire, then a gate on every pair, angles in radians.

    The gate: RZ and RY on both wires, then a CNOT from the first to the second.
    """
    for block in weights:
        for x, wire in zip(inputs, wires, strict=True):
            qml.RX(x, wires=wire)
        for angles, pair in zip(block, pairs, strict=True):
            for (w_z, w_y), place in zip(angles, pair, strict=True):
                qml.RZ(w_z, wires=wires[place])
                qml.RY(w_y, wires=wires[place])
            qml.CNOT(wires=[wires[place] for place in pair])
