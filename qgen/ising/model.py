"""What is an Ising model, what is a draw from it, and what is a sampler?

An Ising model on a graph with coloured nodes gives every configuration s in {-1, +1}^n the probability

    p(s) = exp(-beta H(s)) / Z,    H(s) = sum_i h_i s_i + sum_(i,j) J_ij s_i s_j .

Nodes of one colour share no edge, so that given the others they are independent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from qgen.files import InputError

__all__ = ["Ising", "Sampler", "Samples", "Spins"]

Spins = NDArray[np.int8]


@dataclass(frozen=True)
class Ising:
    """An Ising model.

    Attributes:
        biases: h, shape (n_nodes,).
        edges: pairs of nodes, shape (n_edges, 2).
        couplings: J, shape (n_edges,).
        colours: colour of every node from 0 on, shape (n_nodes,); no edge joins equal colours.
        qubits: label of every node on a processor, shape (n_nodes,); None for a model that is on none.

    Raises:
        InputError: shapes disagree, or an edge joins two nodes of one colour.
    """

    biases: NDArray[np.float64]
    edges: NDArray[np.intp]
    couplings: NDArray[np.float64]
    colours: NDArray[np.intp]
    qubits: NDArray[np.intp] | None = None

    def __post_init__(self) -> None:
        if self.qubits is not None and self.qubits.shape != self.biases.shape:
            raise InputError(f"Ising: expected one qubit per node, found {self.qubits.shape} for {self.biases.shape}")
        if self.edges.shape != (len(self.couplings), 2) or self.biases.shape != self.colours.shape:
            raise InputError(
                f"Ising: expected edges (m, 2) with couplings (m,) and biases (n,) with colours (n,), found "
                f"{self.edges.shape}, {self.couplings.shape}, {self.biases.shape}, {self.colours.shape}"
            )
        same = np.flatnonzero(self.colours[self.edges[:, 0]] == self.colours[self.edges[:, 1]])
        if same.size:
            raise InputError(f"Ising: edge {tuple(self.edges[same[0]].tolist())} joins two nodes of one colour")

    @property
    def n_nodes(self) -> int:
        """Number of spins."""
        return len(self.biases)

    def at_nodes(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums of values of the edges, shape (n_edges,), over those of every node, shape (n_nodes,)."""
        sums = np.bincount(self.edges.T.ravel(), weights=np.tile(values, 2), minlength=self.n_nodes)
        return np.asarray(sums, dtype=np.float64)

    def energy(self, spins: NDArray[Any]) -> NDArray[np.float64]:
        """H of configurations of shape (n, n_nodes), shape (n,)."""
        s = np.asarray(spins, dtype=np.float64)
        first, second = self.edges.T
        return np.asarray(s @ self.biases + (s[:, first] * s[:, second]) @ self.couplings)


@dataclass(frozen=True)
class Samples:
    """Configurations and how they were made.

    Attributes:
        spins: in {-1, +1}, int8, shape (n, n_nodes).
        info: which sampler ran, number of reads, clipped fraction, chain breaks, timing, ...
    """

    spins: Spins
    info: Mapping[str, Any] = field(default_factory=dict)


class Sampler(Protocol):
    """Anything that draws from an Ising model."""

    def sample(
        self,
        model: Ising,
        *,
        n: int,
        clamp: Spins | None = None,
        init: Spins | None = None,
        beta: float = 1.0,
        rng: np.random.Generator,
    ) -> Samples:
        """Draw `n` configurations.

        Args:
            model: what to sample.
            n: number of configurations.
            clamp: (n, n_nodes) or (n_nodes,); -1 or +1 pins a spin, 0 leaves it free.
            init: (n, n_nodes), continues these chains.
            beta: inverse temperature.
            rng: source of randomness.
        """
