"""The line in blocks that start as the identity (1903.05076), see `qgen.circuits.identity_blocks`.

One of `depth` blocks, L the CNOTs of `line` and on every wire A = RY-RX(x)-RZ-RY with angles a:

    -A(a)-L-RX(m)-L^+-A(a+d)^+-

At d = m = 0 it is the identity. 2 (n_qubits - 1) two-qubit gates per block.
"""

from collections.abc import Sequence
from typing import Any

from qgen.circuits import ansatz, identity_blocks
from qgen.circuits.line import line

__all__ = ["identity_line"]

_blocks = identity_blocks(line)


@ansatz(weight_shape=_blocks.weight_shape)
def identity_line(inputs: Any, weights: Any, wires: Sequence[int]) -> None:
    """Apply `depth` blocks; inputs (n_qubits,), weights (depth, 7 n_qubits): 3 a, 3 d and 1 m per wire, in radians."""
    _blocks(inputs, weights, wires)
