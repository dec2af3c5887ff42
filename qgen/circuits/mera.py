"""MERA, run as up-sampling: a tree whose branches are tied to their neighbours at every scale (quant-ph/0610099).

The multi-scale entanglement renormalisation ansatz doubles the wires from scale to scale, like the tree, by gates T;
then gates D of the same kind join each new wire with the next old one, which a tree never does. The quantum angle
generator (2307.05253) up-samples calorimeter images in this manner; the gates are ours. One of `depth` blocks:

    wire 0  -RX(x0)--T---T---------T---------------
    wire 1  -RX(x1)--|---|---------T--------D------
    wire 2  -RX(x2)--|---T-----D-----T------D------      T, D =  -RZ-RY--o--
    wire 3  -RX(x3)--|---------|-----T--------D----              -RZ-RY--X--
    wire 4  -RX(x4)--T-----T---D-------T------D----
    wire 5  -RX(x5)--------|-----------T--------D--
    wire 6  -RX(x6)--------T-------------T------D--
    wire 7  -RX(x7)----------------------T---------

Two-qubit gates per block: 2 (n_qubits - 1), less the number of ones in n_qubits - 1 as a binary number: 11 on eight
wires, 8 on six. The T of one scale are on different wires, and so are the D: on eight wires they take five steps.
"""

from collections.abc import Sequence
from typing import Any

from qgen.circuits import ansatz
from qgen.circuits._tree import Pairs, apply, branches, disentanglers, scales

__all__ = ["mera"]


def _pairs(n_qubits: int) -> Pairs:
    """The wires of every T and D, in order."""
    return tuple(
        pair for stride in scales(n_qubits) for pair in (*branches(n_qubits, stride), *disentanglers(n_qubits, stride))
    )


@ansatz(weight_shape=lambda n_qubits, depth: (depth, len(_pairs(n_qubits)), 2, 2))
def mera(inputs: Any, weights: Any, wires: Sequence[int]) -> None:
    """Apply `depth` blocks; inputs (n_qubits,), weights (depth, n_gates, 2, 2), all angles in radians."""
    apply(_pairs(len(wires)), inputs, weights, wires)
