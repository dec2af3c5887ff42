"""Conditional IQP Born machine, and its classical analogue.

Every angle is a polynomial of the scaled logarithm x of the incident energy, in Legendre polynomials P_d,

    theta_j(E) = theta_j0 + sum_d theta_jd P_d(x),

and L circuits with equal weights may be mixed; what is said of one circuit (`circuit`, `correlators`) holds of each.

The analogue replaces every gate by its classical counterpart: with probability sin^2 theta_j it flips the bits of g_j
(2503.02934). What it does to one qubit alone is the same, interference is not:

    <Z_a> = prod_{j: g_j.a odd} cos(2 theta_j),

in closed form, and it is sampled by drawing which gates flip, at any number of bits. With gates on single qubits only,
both are independent bits: with the means m_i(E) of the data where theta_i(E) = arccos(m_i(E)) / 2. There training
starts, the other gates at small random angles: at 0 the discrepancy of a circuit has no slope in them, and near 0
gradients do not vanish with the number of qubits (2503.02934).
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from qgen.files import InputError
from qgen.generators.bits.energy import legendre, legendre_fit
from qgen.generators.bits.gates import require_gates
from qgen.generators.iqp.circuit import MOST_EXACT, IQPCircuit, mixture, probabilities
from qgen.generators.iqp.correlators import Operators, biases_and_couplings, direct, factorised, parities
from qgen.transforms.bits import bits_of

Kind = Literal["quantum", "bit_flip"]

SAMPLES = 512
"""Uniform bit strings by which correlators are estimated, where gates have more than two qubits."""
AMPLITUDES = 2**22
"""Amplitudes that are computed at once."""


class WalshModel(nn.Module):
    """Distribution of bits given the energy, known by its Walsh correlators.

    Args:
        gates: the qubits of each gate, hidden ones after the visible ones.
        n_visible: bits.
        n_hidden: qubits that are traced out; "quantum" only.
        kind: "quantum", or "bit_flip", its classical analogue.
        degree: of the polynomial in x.
        branches: L, circuits in the mixture, a power of two.

    Raises:
        InputError: gates that do not fit, or a number of branches that is no power of two.

    Attributes:
        angles: theta_jd of every branch [rad], zeros at first, shape (degree + 1, branches, n_gates).
    """

    def __init__(
        self,
        gates: Sequence[Sequence[int]],
        n_visible: int,
        *,
        n_hidden: int = 0,
        kind: Kind = "quantum",
        degree: int = 0,
        branches: int = 1,
    ) -> None:
        super().__init__()
        require_gates(gates, n_visible + n_hidden)
        if branches < 1 or branches & (branches - 1):
            raise InputError(f"WalshModel: expected a power of two branches, found {branches}")
        self.gates = tuple(tuple(sorted(gate)) for gate in gates)
        self.n_visible, self.n_hidden, self.kind = n_visible, n_hidden, kind
        self.angles = nn.Parameter(torch.zeros(degree + 1, branches, len(gates)))

    @torch.no_grad()
    def start(self, means: Tensor, centres: Tensor, spread: float, rng: torch.Generator) -> None:
        """Set the angles to those of independent bits, and the others to random ones.

        Args:
            means: <(-1)^{x_i}> of the data in bins of energy, float64 (n_bins, n_visible).
            centres: scaled energies of the bins (n_bins,).
            spread: standard deviation of the random angles [rad].
            rng: draws them.
        """
        h = legendre_fit(torch.arccos(means) / 2, centres, len(self.angles)).to(self.angles.dtype)
        self.angles.zero_()
        self.angles[0] = spread * torch.randn(self.angles.shape[1:], generator=rng)
        for place, gate in enumerate(self.gates):
            if len(gate) == 1 and gate[0] < self.n_visible:
                self.angles[: len(h), :, place] += h[:, gate[0], None]

    def theta(self, x: Tensor) -> Tensor:
        """Angles at scaled energies x (n,), shape (n, branches, n_gates)."""
        return torch.einsum("nd,dlj->nlj", legendre(x, len(self.angles) - 1).to(self.angles.dtype), self.angles)

    def correlators(self, x: Tensor, operators: Operators, rng: np.random.Generator) -> Tensor:
        """<Z_a> at scaled energies x (n,): two independent estimates, equal where exact, (n, n_operators, 2).

        Args:
            x: scaled energies.
            operators: on the visible bits.
            rng: of the samples for gates on more than two qubits.
        """
        theta = self.theta(x)
        flat = theta.flatten(0, 1)
        if self.kind == "bit_flip":
            estimates = flips(flat, self.gates, operators)
        elif max(map(len, self.gates)) <= 2:
            h_and_j = biases_and_couplings(flat, self.gates, self.n_visible + self.n_hidden)
            estimates = factorised(*h_and_j, operators)
        else:
            z = rng.integers(0, 2, (SAMPLES, self.n_visible + self.n_hidden), dtype=np.int8)
            estimates = direct(flat, self.gates, operators, z)
        return estimates.reshape(*theta.shape[:2], *estimates.shape[1:]).mean(dim=1)

    def circuit(self, x: float) -> IQPCircuit:
        """The circuit at a scaled energy; a mixture is compiled to one on log2 L more qubits.

        Raises:
            InputError: the classical analogue is no circuit.
        """
        if self.kind != "quantum":
            raise InputError(f"circuit: expected a quantum model, found {self.kind!r}")
        with torch.no_grad():
            angles = self.theta(torch.tensor([x], dtype=torch.float64))[0].double().numpy()
        return mixture(self.gates, angles, self.n_visible, self.n_hidden)

    @torch.no_grad()
    def sample(self, x: Tensor, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Bits drawn from the exact distribution at every scaled energy, shape (n, n_visible).

        Raises:
            InputError: a quantum model of more than MOST_EXACT qubits.
        """
        branch = torch.from_numpy(rng.integers(self.angles.shape[1], size=len(x)))
        theta = self.theta(x)[torch.arange(len(x)), branch]
        if self.kind == "bit_flip":
            flipped = torch.from_numpy(rng.random(theta.shape)) < torch.sin(theta.double()).square()
            incidence = parities(np.eye(self.n_visible), self.gates)
            return (flipped.float() @ incidence.T % 2).numpy().astype(np.uint8)
        n = self.n_visible + self.n_hidden
        if n > MOST_EXACT:
            raise InputError(f"sample: {unsampled(n)}")
        size = max(1, AMPLITUDES >> n)
        drawn = [_drawn(probabilities(part.double(), self.gates, self.n_visible, self.n_hidden), rng)
                 for part in theta.split(size)]  # fmt: skip
        return bits_of(np.concatenate(drawn), self.n_visible)


def unsampled(n_qubits: int) -> str:
    """Why more than MOST_EXACT qubits are not sampled."""
    return (
        f"exact samples need at most {MOST_EXACT} qubits, found {n_qubits}: no classical way to draw more is known; "
        f"correlators(...) knows their correlators, export(...) writes the circuit for hardware"
    )


def _drawn(p: Tensor, rng: np.random.Generator) -> NDArray[np.int64]:
    """One outcome of every row of probabilities."""
    cumulative = p.cumsum(dim=1)
    u = torch.from_numpy(rng.random((len(p), 1))) * cumulative[:, -1:]
    return torch.searchsorted(cumulative, u, right=True)[:, 0].clamp_max(p.shape[1] - 1).numpy()


def flips(theta: Tensor, gates: Sequence[Sequence[int]], operators: Operators) -> Tensor:
    """Correlators of the classical analogue, exact, given twice: shape (n_sets, n_operators, 2)."""
    odd = parities(operators.bits, gates).to(theta.dtype)
    cosines = torch.cos(2 * theta)
    negative = (cosines < 0).to(theta.dtype) @ odd.T % 2
    size = torch.exp(torch.log(cosines.abs().clamp_min(1e-30)) @ odd.T)
    return ((1 - 2 * negative) * size)[..., None].expand(-1, -1, 2)
