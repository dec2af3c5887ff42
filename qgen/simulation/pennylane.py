"""PennyLane's default.qubit: independent of our own simulator, with broadcasting and backpropagation."""

from typing import Any

import pennylane as qml
import torch
from torch import Tensor

from qgen.simulation import Quantity, Traced, gates
from qgen.simulation._exact import Exact

__all__ = ["PennyLane"]


class PennyLane(Exact):
    """PennyLane's default.qubit: exact, with gradients of any order."""

    gradients: frozenset[Quantity] = frozenset({"probabilities", "expectations"})

    def state(self, circuit: Traced) -> Tensor:
        """Amplitudes, complex, shape (batch, 2**n_qubits)."""

        def apply(angles: Tensor) -> Any:
            first = 0
            for name, wires, n_parameters in circuit.operations:
                getattr(qml, name)(*angles[first : first + n_parameters], wires=list(wires))
                first += n_parameters
            return qml.state()

        device = qml.device("default.qubit", wires=circuit.n_qubits)
        node = qml.QNode(apply, device, interface="torch", diff_method="backprop")
        state: Tensor = torch.as_tensor(node(circuit.angles.T)).to(gates.complex_type(circuit.angles))
        return state.expand(len(circuit.angles), -1)

    def probabilities(self, circuit: Traced) -> Tensor:
        """Exact probabilities of all basis states, shape (batch, 2**n_qubits), differentiable to any order."""
        state = self.state(circuit)
        return (state.real.square() + state.imag.square()).to(circuit.angles.dtype)
