"""Traced gates as PennyLane operations."""

from __future__ import annotations

import pennylane as qml
from torch import Tensor

from qgen.simulation import Operation


def queue(operations: tuple[Operation, ...], angles: Tensor) -> None:
    """Apply gates; within a QNode or a recording queue.

    Args:
        operations: the gates in order.
        angles: of all of them, shape (n_angles,), or (n_angles, batch) for a broadcast circuit.
    """
    first = 0
    for name, wires, n_parameters in operations:
        getattr(qml, name)(*angles[first : first + n_parameters], wires=list(wires))
        first += n_parameters
