"""Instantaneous quantum polynomial circuits (0809.0847) as Born machines, exactly, at few qubits.

    |psi> = exp(i sum_j theta_j X_{g_j}) |0...0>,    X_g = product of X_i over the qubits i with g_i = 1

All gates commute. In the basis of the X_i they are phases, so the amplitudes are a Walsh-Hadamard transform of them,

    <x|psi> = 2^-n sum_z (-1)^{x.z} exp(i phi(z)),    phi(z) = sum_j theta_j (-1)^{g_j.z},

and phi itself is the transform of the angles, put at the places that the g_j number. Hidden qubits come last and are
traced out.

A mixture of L = 2^k such circuits with equal weights is one circuit on k more qubits, hidden ones: an X_S on hidden
qubits acts on |0...0>, an equal superposition of its eigenstates, as the sign chi_S(c) of the branch c, hence

    theta_{g,c} = sum_S chi_S(c) theta~_{g,S},    theta~_{g,S} = 2^-k sum_c chi_S(c) theta_{g,c}:

gates X_g X_S with the Walsh-Hadamard transform of the angles over the branches are the mixture, exactly (2605.27735).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import hadamard
from torch import Tensor

from qgen.files import InputError
from qgen.generators.bits.gates import require_gates

MOST_EXACT = 20
"""Qubits of which all amplitudes are still computed."""


@dataclass(frozen=True)
class IQPCircuit:
    """A circuit of commuting gates exp(i theta_j X_{g_j}).

    Attributes:
        gates: the qubits of each X_{g_j}; qubit 0 is the most significant bit of a basis state.
        angles: theta_j [rad], shape (n_gates,).
        n_visible: qubits that are measured.
        n_hidden: qubits after them, traced out.

    Raises:
        InputError: gates that do not fit the qubits, or as many angles as there are not gates.
    """

    gates: tuple[tuple[int, ...], ...]
    angles: NDArray[np.float64]
    n_visible: int
    n_hidden: int = 0

    def __post_init__(self) -> None:
        require_gates(self.gates, self.n_qubits)
        if np.shape(self.angles) != (len(self.gates),):
            raise InputError(f"angles: expected {len(self.gates)}, one per gate, found shape {np.shape(self.angles)}")

    @property
    def n_qubits(self) -> int:
        """All qubits of the circuit, the visible ones and the hidden ones."""
        return self.n_visible + self.n_hidden

    def probabilities(self) -> NDArray[np.float64]:
        """p(x) of the visible bits, shape (2^n_visible,).

        Raises:
            InputError: more than MOST_EXACT qubits.
        """
        angles = torch.as_tensor(np.asarray(self.angles, dtype=np.float64))[None]
        return probabilities(angles, self.gates, self.n_visible, self.n_hidden)[0].numpy()


def probabilities(angles: Tensor, gates: Sequence[Sequence[int]], n_visible: int, n_hidden: int = 0) -> Tensor:
    """p(x) of circuits with the same gates and angles (batch, n_gates), differentiable, (batch, 2^n_visible).

    Raises:
        InputError: more than MOST_EXACT qubits.
    """
    n = n_visible + n_hidden
    if n > MOST_EXACT:
        raise InputError(f"probabilities: expected at most {MOST_EXACT} qubits, found {n}")
    number = torch.tensor([sum(1 << (n - 1 - qubit) for qubit in gate) for gate in gates])
    phases = walsh(angles.new_zeros(len(angles), 2**n).index_add(1, number, angles))
    real, imaginary = walsh(torch.cos(phases)), walsh(torch.sin(phases))
    p = (real.square() + imaginary.square()) / 4**n
    return p.reshape(len(angles), 2**n_visible, -1).sum(dim=2)


def walsh(values: Tensor) -> Tensor:
    """sum_z (-1)^{x.z} f(z) of rows f (batch, 2^n), same shape: two products with Hadamard matrices."""
    n = values.shape[1].bit_length() - 1
    left, right = (torch.as_tensor(hadamard(2**k, dtype=np.float64)).to(values.dtype) for k in (n // 2, n - n // 2))
    return (left @ values.reshape(-1, len(left), len(right)) @ right).reshape(values.shape)


def mixture(gates: Sequence[Sequence[int]], angles: ArrayLike, n_visible: int, n_hidden: int = 0) -> IQPCircuit:
    """One circuit with the distribution of an equal mixture of circuits with the same gates.

    Args:
        gates: of every circuit.
        angles: of L circuits, L a power of two [rad], shape (L, n_gates).
        n_visible: measured qubits of every circuit.
        n_hidden: traced-out qubits of every circuit; log2 L more come after them.

    Raises:
        InputError: L is no power of two.
    """
    theta = np.atleast_2d(np.asarray(angles, dtype=np.float64))
    branches = len(theta)
    if branches & (branches - 1):
        raise InputError(f"mixture: expected a power of two circuits, found {branches}")
    bits = branches.bit_length() - 1
    transformed = hadamard(branches) @ theta / branches if branches > 1 else theta
    first = n_visible + n_hidden
    ancillas = [tuple(first + q for q in range(bits) if s >> (bits - 1 - q) & 1) for s in range(branches)]
    with_ancillas = tuple((*gate, *extra) for extra in ancillas for gate in gates)
    return IQPCircuit(with_ancillas, transformed.ravel(), n_visible, n_hidden + bits)
