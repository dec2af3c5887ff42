"""Conditional quantum circuit Born machine: one measurement of the circuit is one event.

    p_theta(s | E) = |<s| psi(theta, E)>|^2

(1804.04168; conditional: 2205.07674). The energy enters at every gate of the ansatz, and so is uploaded again in
every block: with x the scaled logarithm of E_inc, each angle is

    angle = a + b_1 x + b_2 (3 x^2 - 1)/2.

All angles start small, so that the circuit starts near the identity and not on a barren plateau.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from qgen.simulation.circuit import Circuit

SMALL = 0.15
"""Largest coefficient at the start [rad]."""


class BornMachine(nn.Module):
    """Distribution of basis states given the energy.

    Args:
        circuit: the simulated ansatz.
        rng: draws the angles to start from.

    Attributes:
        angles: a, b_1, b_2 of every input and weight [rad], shape (3, n_inputs + n_weights).
    """

    def __init__(self, circuit: Circuit, rng: torch.Generator) -> None:
        super().__init__()
        self.circuit = circuit
        n_angles = circuit.n_inputs + circuit.n_weights
        self.angles = nn.Parameter((2 * torch.rand(3, n_angles, generator=rng) - 1) * SMALL)

    def forward(self, x: Tensor) -> Tensor:
        """Probabilities p(s | x), shape (n, 2^n_qubits), at scaled energies x (n,), about -1..1."""
        return self.circuit.probabilities(*self._angles(x))

    @torch.no_grad()
    def shots(self, x: Tensor, rng: np.random.Generator) -> NDArray[np.int64]:
        """One shot, the number of a basis state, at every scaled energy x (n,)."""
        return self.circuit.counts(*self._angles(x), 1, rng).argmax(axis=1)

    def _angles(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs and weights of the circuit."""
        powers = torch.stack([torch.ones_like(x), x, (3 * x**2 - 1) / 2], dim=1)
        inputs, weights = (powers @ self.angles).split([self.circuit.n_inputs, self.circuit.n_weights], dim=1)
        return inputs, weights.unflatten(1, self.circuit.weight_shape)
