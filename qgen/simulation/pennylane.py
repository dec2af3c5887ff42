"""The same circuits on PennyLane's default.qubit, one sample after another: slow, obvious, independent."""

from __future__ import annotations

from typing import Any

import pennylane as qml
import torch
from torch import Tensor

from qgen.simulation.statevector import Circuit

__all__ = ["PennyLaneCircuit"]


class PennyLaneCircuit(Circuit):
    """A `statevector.Circuit` whose amplitudes come from PennyLane; differentiable by backpropagation."""

    def state(self, inputs: Tensor, weights: Tensor) -> Tensor:
        """Amplitudes, shape (batch, 2**n_qubits)."""
        wires = range(self.n_qubits)

        def circuit(x: Tensor, w: Tensor) -> Any:
            self.ansatz(x, w, wires)
            return qml.state()

        device = qml.device("default.qubit", wires=self.n_qubits)
        node = qml.QNode(circuit, device, interface="torch", diff_method="backprop")
        x, w = self._batched(inputs, weights)
        n = max(len(x), len(w))
        return torch.stack([node(*pair) for pair in zip(x.expand(n, -1), w.expand(n, *w.shape[1:]), strict=True)])
