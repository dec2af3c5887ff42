"""What follows from the probabilities of all basis states: means of products of Pauli Z, and shots."""

from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from qgen.files import InputError
from qgen.simulation import Backend, Operators, Traced

FEW = 32
"""Shots, above which a multinomial draw is faster."""


class Exact(Backend, Protocol):
    """A backend that computes all probabilities; where these have gradients, expectation values have the same."""

    def expectations(self, circuit: Traced, operators: Operators) -> Tensor:
        """Exact expectation values of products of Pauli Z, shape (batch, n_operators)."""
        p = self.probabilities(circuit)
        return p @ signs(operators, circuit.n_qubits, p.dtype)

    def counts(self, circuit: Traced, n_shots: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """How often each basis state is drawn from the exact probabilities, shape (batch, 2**n_qubits)."""
        return draw(self.probabilities(circuit), n_shots, rng)


def require_operators(operators: Operators, n_qubits: int) -> None:
    """Check that operators are products of Z on wires that there are.

    Raises:
        InputError: no operators, no wires, a wire twice or out of range.
    """
    if not len(operators):
        raise InputError("operators: expected at least one, as the wires of its Pauli Z, found none")
    for operator in operators:
        wires = list(operator) if isinstance(operator, list | tuple | range) else []
        in_range = all(wire in range(n_qubits) for wire in wires)
        if not wires or not in_range or len(set(wires)) < len(wires):
            raise InputError(f"operators: expected different wires of 0..{n_qubits - 1} for each, found {operator!r}")


def signs(operators: Operators, n_qubits: int, dtype: torch.dtype) -> Tensor:
    """Eigenvalues, +1 or -1, of all basis states, shape (2**n_qubits, n_operators)."""
    states = np.arange(2**n_qubits)
    bits = (states[:, None] >> np.arange(n_qubits)[::-1]) & 1
    odd = np.stack([bits[:, list(operator)].sum(axis=1) % 2 for operator in operators], axis=1)
    return torch.from_numpy(1 - 2 * odd).to(dtype)


def draw(probabilities: Tensor, n_shots: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """How often each basis state is seen, int64, shape (batch, 2**n_qubits).

    Few shots invert the cumulative distribution, each for the whole batch; many are one multinomial draw. Both have the
    same law.

    Args:
        probabilities: shape (batch, 2**n_qubits); rows sum to 1 up to rounding.
        n_shots: of every row.
        rng: what they are drawn with.
    """
    p = probabilities.detach().double().numpy()
    if n_shots > FEW:
        return rng.multinomial(n_shots, p / p.sum(axis=1, keepdims=True))
    cumulative = p.cumsum(axis=1)
    shots = rng.uniform(size=(len(p), n_shots)) * cumulative[:, -1:]
    seen, rows = np.zeros(p.shape, dtype=np.int64), np.arange(len(p))
    for shot in shots.T:
        seen[rows, (shot[:, None] >= cumulative).sum(axis=1)] += 1
    return seen
