"""A backend that keeps the circuits that it runs on another one: so is exported what has chance in its angles."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from qgen.simulation import Backend, Operators, Quantity, Traced


class Recording:
    """Runs circuits on `backend`, and keeps them in `circuits`, in the order in which they ran."""

    gradients: ClassVar[frozenset[Quantity]] = frozenset()

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.circuits: list[Traced] = []

    def probabilities(self, circuit: Traced) -> Tensor:
        """See `Backend`."""
        self.circuits.append(circuit)
        return self.backend.probabilities(circuit)

    def expectations(self, circuit: Traced, operators: Operators) -> Tensor:
        """See `Backend`."""
        self.circuits.append(circuit)
        return self.backend.expectations(circuit, operators)

    def counts(self, circuit: Traced, n_shots: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """See `Backend`."""
        self.circuits.append(circuit)
        return self.backend.counts(circuit, n_shots, rng)
