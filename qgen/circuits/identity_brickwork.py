"""Brickwork in blocks that start as the identity (1903.05076), see `qgen.circuits.identity_blocks`.

One of `depth` blocks, E and O the even and odd CNOTs of `brickwork` and on every wire A = RX(x)-RZ-RY with angles a:

    -RY(a)-A(a)-E-A(a)-O-RX(m)-O^+-A(a+d)^+-E^+-A(a+d)^+-RY(-a-d)-

At d = m = 0 it is the identity. 2 (n_qubits - 1) two-qubit gates per block, in four steps on any number of wires.
"""

from collections.abc import Sequence
from typing import Any

from qgen.circuits import ansatz, identity_blocks
from qgen.circuits.brickwork import brickwork

__all__ = ["identity_brickwork"]

_blocks = identity_blocks(brickwork, half_depth=2)


@ansatz(weight_shape=_blocks.weight_shape)
def identity_brickwork(inputs: Any, weights: Any, wires: Sequence[int]) -> None:
    """Apply `depth` blocks; inputs (n_qubits,), weights (depth, 11 n_qubits): 5 a, 5 d, 1 m per wire, in radians."""
    _blocks(inputs, weights, wires)
