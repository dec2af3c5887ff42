"""The slow, obvious twin of the simulators: an ansatz on PennyLane's default.qubit, one sample after another.

It shares nothing with the backends, not even the tracing, so that tests and `qgen.testing` can compare with it.
"""

from typing import Any

import pennylane as qml
import torch
from torch import Tensor

from qgen.circuits import Ansatz
from qgen.simulation.circuit import Circuit


class Twin:
    """An ansatz on a given number of qubits, simulated exactly and differentiable by backpropagation.

    Args:
        ansatz: as for `circuit.Circuit`, like `n_qubits` and `depth`.
    """

    def __init__(self, ansatz: Ansatz, n_qubits: int, depth: int) -> None:
        self.circuit = Circuit(ansatz, n_qubits, depth)

    def state(self, inputs: Tensor, weights: Tensor) -> Tensor:
        """Amplitudes, shape (batch, 2**n_qubits)."""
        ansatz, n_qubits = self.circuit.ansatz, self.circuit.n_qubits

        def circuit(x: Tensor, w: Tensor) -> Any:
            ansatz(x, w, range(n_qubits))
            return qml.state()

        node = qml.QNode(
            circuit, qml.device("default.qubit", wires=n_qubits), interface="torch", diff_method="backprop"
        )
        x, w = self.circuit._batched(inputs, weights)
        n = max(len(x), len(w))
        return torch.stack([node(*pair) for pair in zip(x.expand(n, -1), w.expand(n, *w.shape[1:]), strict=True)])

    def probabilities(self, inputs: Tensor, weights: Tensor) -> Tensor:
        """Probabilities of all basis states, shape (batch, 2**n_qubits)."""
        state = self.state(inputs, weights)
        return state.real.square() + state.imag.square()
