"""An ansatz with given angles as a Qiskit circuit.

Wire 0 is the most significant bit here and the least significant one in Qiskit, so wire k becomes Qiskit's qubit
n - 1 - k: basis states then have the same numbers on both sides.
"""

from __future__ import annotations

from typing import Any

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from qgen.simulation.circuit import Circuit
from qgen.simulation.qiskit_circuits import quantum_circuit

__all__ = ["to_qiskit"]


def to_qiskit(circuit: Circuit, inputs: ArrayLike | Tensor, weights: ArrayLike | Tensor) -> Any:
    """The circuit with these angles, as `qiskit.QuantumCircuit` without measurements.

    Args:
        circuit: an ansatz of given size.
        inputs: shape (n_inputs,) [rad].
        weights: shape weight_shape [rad].

    Raises:
        InputError: shapes that do not fit, or a gate that is not known.
    """
    x, w = (torch.as_tensor(angles, dtype=torch.float64) for angles in (inputs, weights))
    traced = circuit.trace(x, w)
    return quantum_circuit(traced.operations, traced.n_qubits).assign_parameters(traced.angles[0].tolist())
