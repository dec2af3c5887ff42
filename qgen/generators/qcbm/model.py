"""Conditional quantum circuit Born machine: one measurement of the circuit is one event.

    p_theta(s | E) = |<s| psi(theta, E)>|^2

(1804.04168; conditional: 2205.07674). With phi the scaled energy x and its Fourier terms (`energy.py`), each angle is

    angle = a + sum_l b_l phi_l(E).

Re-uploading: this holds of every angle of the circuit, so that the energy enters at every gate. Without it b is 0 but
for the angles of the first rotations, and all that follows is one fixed circuit.

A machine starts near |0...0>, or at the product of the data's single-bit marginals (`BornMachine.start`): with m_q(x)
the share of showers whose bit q is 1, the turns at the end of the circuit (`ansatz.py`) are

    v_q(x) = 2 arcsin sqrt(m_q(x)),

fitted by least squares to what v_q can be, a + sum_l b_l phi_l(x), at nodes in x, each with the weight of its showers.
All other angles start small: where they are 0 the distribution is that product (exactly, where the fit is), but there
many slopes vanish by symmetry. Without re-uploading the turns at the end do not know the energy: they start at the
marginals of all showers together.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from qgen.files import InputError
from qgen.generators.bits.energy import fourier, hats
from qgen.generators.qcbm.ansatz import n_uploads, turned
from qgen.simulation.circuit import Circuit
from qgen.transforms.bits import bits_of

SMALL = 0.15
"""Largest coefficient at the start [rad]."""
DATA_SPREAD = 0.05
"""Likewise of the other angles, at a start from data."""
_MARGIN = 1e-3
_LEFT = 1e-4
CHUNK = 512
"""Energies simulated at once when sampling."""


class BornMachine(nn.Module):
    """Distribution of basis states given the scaled energy.

    Args:
        circuit: the ansatz that entangles the bits; `turned` puts rotations about it.
        rng: draws the coefficients to start from.
        n_terms: Fourier terms of the energy, >= 0.
        reupload: whether the energy enters at every gate, or only at the start of the circuit.
        spread: largest coefficient at the start [rad]: small, so that the circuit starts near the identity and not on
            a barren plateau.

    Attributes:
        circuit: what is simulated, the rotations included.
        constant: a of every input and weight [rad], shape (n_angles,).
        slopes: b of those angles that the energy reaches [rad], shape (1 + n_terms, n_reached).
        reached: which angles these are.
    """

    def __init__(
        self,
        circuit: Circuit,
        rng: torch.Generator,
        *,
        n_terms: int = 1,
        reupload: bool = True,
        spread: float = SMALL,
    ) -> None:
        super().__init__()
        n = circuit.n_qubits
        ansatz = turned(circuit, upload=not reupload)
        self.circuit = Circuit(ansatz, n, circuit.depth, backend=circuit.reference)
        self.n_terms = n_terms
        n_angles = self.circuit.n_inputs + self.circuit.n_weights
        first = self.circuit.n_inputs
        self.reached = slice(0, n_angles) if reupload else slice(first, first + n_uploads(n))
        n_reached = self.reached.stop - self.reached.start
        self.constant = nn.Parameter((2 * torch.rand(n_angles, generator=rng) - 1) * spread)
        drawn = torch.rand(1 + n_terms, n_reached, generator=rng)
        self.slopes = nn.Parameter((2 * drawn - 1) * spread)

    @torch.no_grad()
    def start(
        self, nodes: Tensor, x: Tensor, bits: Tensor, rng: torch.Generator, *, spread: float = DATA_SPREAD
    ) -> None:
        """Start at the product of the marginals of data.

        Args:
            nodes: scaled energies where marginals are taken (n_nodes,).
            x: scaled energies of the training showers (n,).
            bits: of the training showers (n, n_qubits).
            rng: draws the coefficients of the other angles.
            spread: largest of them [rad], >= 0.

        Raises:
            InputError: a circuit that does not leave |0...0> as it is where its angles are 0.
        """
        for parameter in self.parameters():
            parameter.zero_()
        if abs(self(nodes[:1])[0, 0].item() - 1) > _LEFT:
            name = self.circuit.name
            raise InputError(
                f"QCBM: start 'data' expects a circuit that leaves |0...0> as it is at angles 0, found {name}"
            )
        for parameter in self.parameters():
            parameter.copy_((2 * torch.rand(parameter.shape, generator=rng) - 1) * spread)
        weights = hats(x, nodes).double()
        count, n = weights.sum(dim=0), bits.shape[1]
        share = weights.T @ bits.double() / count.clamp_min(1e-12)[:, None]
        v = 2 * torch.arcsin(share.clamp(_MARGIN, 1 - _MARGIN).sqrt())
        reached = self.reached.stop == len(self.constant)
        phi = fourier(nodes, self.n_terms).double() if reached else v.new_zeros(len(v), 0)
        design = torch.cat([v.new_ones(len(v), 1), phi], dim=1) * count.sqrt()[:, None]
        coefficients = torch.linalg.lstsq(design, v * count.sqrt()[:, None], driver="gelsd").solution
        self.constant[-n:] = coefficients[0].to(self.constant.dtype)
        if reached:
            self.slopes[:, -n:] = coefficients[1:].to(self.slopes.dtype)

    def forward(self, x: Tensor) -> Tensor:
        """Probabilities p(s | x), shape (n, 2^n_qubits), at scaled energies x (n,), about -1..1."""
        return self.circuit.probabilities(*self.angles(x))

    @torch.no_grad()
    def counts(self, x: Tensor, shots: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """How often each basis state is seen in so many shots at every scaled energy, shape (n, 2^n_qubits)."""
        return self.circuit.counts(*self.angles(x), shots, rng)

    def sample(self, x: Tensor, rng: np.random.Generator) -> NDArray[np.uint8]:
        """The bits of one shot at every scaled energy, shape (n, n_qubits)."""
        states = [self.counts(part, 1, rng).argmax(axis=1) for part in x.split(CHUNK)]
        return bits_of(np.concatenate(states), self.circuit.n_qubits)

    def angles(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs (n, n_inputs) and weights (n, n_weights) of the circuit [rad]."""
        along = fourier(x, self.n_terms) @ self.slopes
        left, right = self.reached.start, len(self.constant) - self.reached.stop
        angles = self.constant + nn.functional.pad(along, (left, right))
        inputs, weights = angles.split([self.circuit.n_inputs, self.circuit.n_weights], dim=1)
        return inputs, weights
