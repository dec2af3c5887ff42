"""Tree tensor network: every wire but the first is grown from one other, coarse scales first (1803.11537, 1804.03680).

A tree with the root on wire 0: each gate T takes a wire of the coarser scale to itself and a new wire half way to the
next. One of `depth` blocks on eight wires (the wires that a T joins are those it stands on and those marked |):

    wire 0  -RX(x0)--T---T-----T---------
    wire 1  -RX(x1)--|---|-----T---------
    wire 2  -RX(x2)--|---T---------T-----      T =  -RZ-RY--o--
    wire 3  -RX(x3)--|-------------T-----           -RZ-RY--X--
    wire 4  -RX(x4)--T-------T-------T---
    wire 5  -RX(x5)----------|-------T---
    wire 6  -RX(x6)----------T---------T-
    wire 7  -RX(x7)--------------------T-

n_qubits - 1 two-qubit gates per block. A single block is a tree tensor network of bond dimension 2: whatever its
angles, the wires below a branch share at most one bit of entanglement with all others. Studies of 8 x 8 calorimeter
images on 6 qubits found a tree best among their circuits; we know of no publication of its gates, these are ours.
"""

from collections.abc import Sequence
from typing import Any

from qgen.circuits import ansatz
from qgen.circuits._tree import Pairs, apply, branches, scales

__all__ = ["tree_tensor_network"]


def _pairs(n_qubits: int) -> Pairs:
    """The wires of every T, in order."""
    return tuple(pair for stride in scales(n_qubits) for pair in branches(n_qubits, stride))


@ansatz(weight_shape=lambda n_qubits, depth: (depth, len(_pairs(n_qubits)), 2, 2))
def tree_tensor_network(inputs: Any, weights: Any, wires: Sequence[int]) -> None:
    """Apply `depth` blocks; inputs (n_qubits,), weights (depth, n_qubits - 1, 2, 2), all angles in radians."""
    apply(_pairs(len(wires)), inputs, weights, wires)
