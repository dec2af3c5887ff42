"""Conditional quantum circuit Born machine: one measurement of the circuit is one event.

    p_theta(s | E) = |<s| psi(theta, E)>|^2

(1804.04168; conditional: 2205.07674). With phi the features of the conditions (`condition.py`), each angle is

    angle = a + sum_l b_l phi_l(E).

Re-uploading: this holds of every angle of the circuit, so that the condition enters at every gate. Without it b is 0
but for the angles of the first rotations, and all that follows is one fixed circuit.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from qgen.generators.qcbm.ansatz import n_uploads, turned
from qgen.generators.qcbm.condition import features, n_features
from qgen.simulation.circuit import Circuit

SMALL = 0.15
"""Largest coefficient at the start [rad]."""


class BornMachine(nn.Module):
    """Distribution of basis states given conditions.

    Args:
        circuit: the ansatz that entangles the bits; `turned` puts rotations about it.
        rng: draws the coefficients to start from.
        n_conditions: numbers that describe a condition, >= 1.
        fourier: Fourier terms of each, >= 0.
        reupload: whether the condition enters at every gate, or only at the start of the circuit.
        spread: largest coefficient at the start [rad]: small, so that the circuit starts near the identity and not on
            a barren plateau.

    Attributes:
        circuit: what is simulated, the rotations included.
        constant: a of every input and weight [rad], shape (n_angles,).
        slopes: b of those angles that the condition reaches [rad], shape (n_features, n_reached).
        reached: which angles these are.
    """

    def __init__(
        self,
        circuit: Circuit,
        rng: torch.Generator,
        *,
        n_conditions: int = 1,
        fourier: int = 1,
        reupload: bool = True,
        spread: float = SMALL,
    ) -> None:
        super().__init__()
        n = circuit.n_qubits
        ansatz = turned(circuit, upload=not reupload)
        self.circuit = Circuit(ansatz, n, circuit.depth, backend=circuit.reference)
        self.fourier = fourier
        n_angles = self.circuit.n_inputs + self.circuit.n_weights
        first = self.circuit.n_inputs
        self.reached = slice(0, n_angles) if reupload else slice(first, first + n_uploads(n))
        n_reached = self.reached.stop - self.reached.start
        self.constant = nn.Parameter((2 * torch.rand(n_angles, generator=rng) - 1) * spread)
        drawn = torch.rand(n_features(n_conditions, fourier), n_reached, generator=rng)
        self.slopes = nn.Parameter((2 * drawn - 1) * spread)

    def forward(self, conditions: Tensor) -> Tensor:
        """Probabilities p(s | x), shape (n, 2^n_qubits), at conditions x (n,) or (n, n_conditions), about -1..1."""
        return self.circuit.probabilities(*self.angles(conditions))

    @torch.no_grad()
    def counts(self, conditions: Tensor, shots: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """How often each basis state is seen in so many shots at every condition, shape (n, 2^n_qubits)."""
        return self.circuit.counts(*self.angles(conditions), shots, rng)

    def shots(self, conditions: Tensor, rng: np.random.Generator) -> NDArray[np.int64]:
        """One shot, the number of a basis state, at every condition."""
        return self.counts(conditions, 1, rng).argmax(axis=1)

    def angles(self, conditions: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs (n, n_inputs) and weights (n, n_weights) of the circuit [rad]."""
        along = features(conditions, self.fourier) @ self.slopes
        left, right = self.reached.start, len(self.constant) - self.reached.stop
        angles = self.constant + nn.functional.pad(along, (left, right))
        inputs, weights = angles.split([self.circuit.n_inputs, self.circuit.n_weights], dim=1)
        return inputs, weights
