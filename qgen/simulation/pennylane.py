"""PennyLane's default.qubit: independent of our own simulator, with broadcasting and backpropagation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pennylane as qml
import torch
from numpy.typing import NDArray
from torch import Tensor

from qgen.simulation import Operators, Quantity, Traced, gates
from qgen.simulation._operators import signs
from qgen.simulation._queue import queue
from qgen.simulation._shots import draw

__all__ = ["PennyLane"]


class PennyLane:
    """PennyLane's default.qubit: exact, with gradients of any order."""

    gradients: frozenset[Quantity] = frozenset({"probabilities", "expectations"})

    def state(self, circuit: Traced) -> Tensor:
        """Amplitudes, complex, shape (batch, 2**n_qubits)."""

        def apply(angles: Tensor) -> Any:
            queue(circuit.operations, angles)
            return qml.state()

        device = qml.device("default.qubit", wires=circuit.n_qubits)
        node = qml.QNode(apply, device, interface="torch", diff_method="backprop")
        state: Tensor = torch.as_tensor(node(circuit.angles.T)).to(gates.complex_type(circuit.angles))
        return state.expand(len(circuit.angles), -1)

    def probabilities(self, circuit: Traced) -> Tensor:
        """Exact probabilities of all basis states, shape (batch, 2**n_qubits), differentiable to any order."""
        state = self.state(circuit)
        return (state.real.square() + state.imag.square()).to(circuit.angles.dtype)

    def expectations(self, circuit: Traced, operators: Operators) -> Tensor:
        """Exact expectation values of products of Pauli Z, shape (batch, n_operators), differentiable to any order."""
        p = self.probabilities(circuit)
        return p @ signs(operators, circuit.n_qubits, p.dtype)

    def counts(self, circuit: Traced, n_shots: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """How often each basis state is drawn from the exact probabilities, shape (batch, 2**n_qubits)."""
        return draw(self.probabilities(circuit), n_shots, rng)
