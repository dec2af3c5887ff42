"""Where a circuit runs: one simulator or device per file, each a `Backend`.

A `circuit.Circuit` traces an ansatz to operations with batched angles (`Traced`) and hands them to its backend. A
backend therefore knows nothing of ansaetze, inputs and weights: it applies gates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Operation = tuple[str, tuple[int, ...], int]
"""A gate: its name (of `gates.NAMES`), its wires, its number of angles."""

Operators = Sequence[Sequence[int]]
"""Products of Pauli Z, each given by its wires: [(0,), (1, 2)] are Z_0 and Z_1 Z_2."""

Quantity = Literal["probabilities", "expectations"]


@dataclass(frozen=True)
class Traced:
    """A circuit as gates, for a batch of samples.

    Attributes:
        operations: the gates in order.
        angles: angles of all gates in order [rad], real, shape (batch, n_angles).
        n_qubits: number of wires.
    """

    operations: tuple[Operation, ...]
    angles: Tensor
    n_qubits: int


class Backend(Protocol):
    """Something that runs circuits; wire 0 is the most significant bit of a basis state.

    A backend may also have `state(circuit)`, the amplitudes, complex, shape (batch, 2**n_qubits).
    """

    gradients: frozenset[Quantity]
    """Quantities that have gradients with respect to the angles."""

    def probabilities(self, circuit: Traced) -> Tensor:
        """Exact probabilities of all basis states, shape (batch, 2**n_qubits), dtype of the angles."""

    def expectations(self, circuit: Traced, operators: Operators) -> Tensor:
        """Exact means of products of Pauli Z, in -1..1, shape (batch, n_operators), dtype of the angles."""

    def counts(self, circuit: Traced, n_shots: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """How often each basis state is seen in `n_shots` shots of every sample, shape (batch, 2**n_qubits)."""
