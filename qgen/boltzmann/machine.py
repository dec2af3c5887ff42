"""How is a Boltzmann machine over bits z in {0, 1}^n trained by the samples of any sampler?

    E(z) = - sum_(i,j) w_ij (z_i - 1/2)(z_j - 1/2) - sum_i b_i z_i,    p(z) = exp(-E(z)) / Z

This is the k-partite machine of Calo4pQVAE (arXiv 2410.22870; with two colours the RBM of CaloQVAE, 2210.07430) with
its biases b_i - (1/2) sum_j w_ij: measured from 1/2, couplings and biases do not pull at each other in training
(the centring trick, 1311.1354). In spins s = 2z - 1,

    E(z) = H(s) + const,    J_ij = - w_ij / 4,    h_i = - b_i / 2,    const = - sum_i b_i / 2 .

The nodes of the first colour may be held by a condition c, the incident energy in bits; then what is learnt is
p(z_free | c). The gradient of -ln p needs samples of p (the negative phase): d(-ln p(z)) = dE(z) - <dE>_p. They come
from persistent chains (PCD), each of which carries its own condition, or from the reads of an annealer.
"""

from collections.abc import Mapping
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from qgen.files import InputError
from qgen.graphs import Graph
from qgen.ising import Ising, Sampler, Samples, Spins

NEAREST = 8
"""A draw under a condition starts from one of so many chains of the nearest conditions."""


class BoltzmannMachine(nn.Module):
    """Boltzmann machine with persistent chains; graph and chains are part of its state.

    Args:
        graph: nodes, edges, colours and, on a processor, the labels of the qubits.
        conditioned: whether the nodes of the first colour are held by a condition.
        n_chains: persistent chains.

    Raises:
        InputError: no chain, or a condition that leaves no node free.
    """

    edges: Tensor
    colours: Tensor
    qubits: Tensor
    processor: Tensor
    chains: Tensor

    def __init__(self, graph: Graph, *, conditioned: bool = False, n_chains: int = 500) -> None:
        super().__init__()
        if n_chains < 1:
            raise InputError(f"BoltzmannMachine: expected n_chains >= 1, found {n_chains}")
        self.n_condition = graph.sizes[0] if conditioned else 0
        if self.n_condition == graph.n_nodes:
            raise InputError("BoltzmannMachine: expected nodes of a second colour, which the condition leaves free")
        self.register_buffer("processor", torch.tensor(list(graph.processor.encode()), dtype=torch.uint8))
        self.b = nn.Parameter(torch.zeros(graph.n_nodes))
        self.w = nn.Parameter(0.01 * torch.randn(graph.n_edges))
        for name, values in (("edges", graph.edges), ("colours", graph.colours), ("qubits", graph.qubits)):
            self.register_buffer(name, torch.as_tensor(() if values is None else values, dtype=torch.int64))
        spins = 2 * torch.randint(0, 2, (n_chains, graph.n_nodes), dtype=torch.int8) - 1
        self.register_buffer("chains", spins)

    @classmethod
    def of_state(cls, state: Mapping[str, Tensor], prefix: str = "", *, conditioned: bool = False) -> Self:
        """An untrained machine with the graph and the number of chains of a state dict, ready to load it.

        Args:
            state: of a machine, or of a module that has one.
            prefix: of the machine's entries.
            conditioned: as it was.
        """
        names = ("edges", "colours", "qubits", "processor")
        edges, colours, qubits, processor = (state[prefix + name].numpy() for name in names)
        graph = Graph(colours, edges, qubits if len(qubits) else None, processor.tobytes().decode())
        return cls(graph, conditioned=conditioned, n_chains=len(state[prefix + "chains"]))

    @property
    def n_nodes(self) -> int:
        """Number of bits, held and free."""
        return len(self.b)

    @property
    def n_free(self) -> int:
        """Number of bits that are drawn."""
        return self.n_nodes - self.n_condition

    @property
    def levels(self) -> list[int]:
        """Number of free bits of each colour, in order."""
        sizes = torch.bincount(self.colours).tolist()
        return sizes[1:] if self.n_condition else sizes

    def sizes(self) -> dict[str, float]:
        """Number of nodes and couplings, as `resources` reports them."""
        return {"n_nodes": float(self.n_nodes), "n_couplings": float(len(self.w))}

    @property
    def graph(self) -> Graph:
        """The graph."""
        qubits = self.qubits.numpy() if len(self.qubits) else None
        return Graph(self.colours.numpy(), self.edges.numpy(), qubits, self.processor.numpy().tobytes().decode())

    def energy(self, z: Tensor) -> Tensor:
        """E of bits, or of their relaxations in 0..1, of shape (n, n_nodes); shape (n,)."""
        first, second = self.edges.T
        u = z - 0.5
        w = u.new_zeros(self.n_nodes, self.n_nodes).index_put((first, second), self.w.to(u.dtype))
        return -((u @ w) * u).sum(1) - z @ self.b.to(z.dtype)

    def mean_energy(self, spins: Spins, weights: NDArray[np.float32] | None = None) -> Tensor:
        """Mean of E over spins (n, n_nodes), a scalar through which gradients reach w and b; weights (n,) average 1."""
        s = np.ascontiguousarray(spins.T)
        first, second = self.edges.numpy().T
        if weights is None:
            together, mean = (x.mean(axis=1, dtype=np.float32) for x in (s[first] * s[second], s))
        else:
            together, mean = (x @ (weights / len(weights)) for x in (s[first] * s[second], s))
        pairs, bits = torch.from_numpy(together) / 4, (torch.from_numpy(mean) + 1) / 2
        return -(self.w @ pairs.to(self.w.dtype)) - self.b @ bits.to(self.b.dtype)

    def ising(self) -> Ising:
        """The same distribution over spins."""
        graph = self.graph
        return Ising(-_float64(self.b) / 2, graph.edges, -_float64(self.w) / 4, graph.colours, graph.qubits)

    @property
    def offset(self) -> float:
        """ln Z over bits less ln Z over spins: sum_i b_i / 2."""
        return float(self.b.detach().double().sum()) / 2

    def hold(self, condition: Tensor, rng: np.random.Generator) -> None:
        """Give the chains these conditions: bits of shape (n, n_condition).

        Every pattern gets at least one chain, if there are as many, and the rest by its frequency.
        """
        patterns, counts = torch.unique(condition, dim=0, return_counts=True)
        n = len(self.chains)
        if len(patterns) > n:
            which = rng.choice(len(patterns), size=n, replace=False, p=(counts / counts.sum()).double().numpy())
        else:
            share = np.cumsum(counts.numpy()) / int(counts.sum()) * (n - len(patterns))
            which = np.repeat(np.arange(len(patterns)), 1 + np.diff(np.rint(share), prepend=0).astype(int))
        self.chains[:, : self.n_condition] = 2 * patterns[torch.from_numpy(which)].to(torch.int8) - 1

    def clamp(self, held: Spins) -> Spins | None:
        """What a sampler must hold where these spins (n, n_nodes) carry their condition; None without one."""
        if not self.n_condition:
            return None
        clamp = np.zeros_like(held)
        clamp[:, : self.n_condition] = held[:, : self.n_condition]
        return clamp

    def advance(self, sampler: Sampler, rng: np.random.Generator) -> Samples:
        """Continue the persistent chains, each under its condition."""
        start = self.chains.numpy()
        samples = sampler.sample(self.ising(), n=len(start), init=start, clamp=self.clamp(start), rng=rng)
        self.chains.copy_(torch.from_numpy(samples.spins))
        return samples

    def draw(self, n: int, sampler: Sampler, rng: np.random.Generator, *, condition: Tensor | None = None) -> Samples:
        """Draw new configurations, from copies of persistent chains, under conditions (n, n_condition) of bits.

        Raises:
            InputError: a condition of another shape.
        """
        chains = self.chains.numpy()
        if self.n_condition:
            if condition is None or condition.shape != (n, self.n_condition):
                shape = None if condition is None else tuple(condition.shape)
                raise InputError(f"condition: expected bits of shape ({n}, {self.n_condition}), found {shape}")
            wanted = (2 * condition.to(torch.int8) - 1).numpy()
            start = chains[_near(chains[:, : self.n_condition], wanted, rng)]
            start[:, : self.n_condition] = wanted
        else:
            start = chains[rng.integers(len(chains), size=n)]
        return sampler.sample(self.ising(), n=n, init=start, clamp=self.clamp(start), rng=rng)


def to_bits(spins: Spins) -> Tensor:
    """Spins -1, +1 as bits 0, 1 in float32."""
    return (torch.from_numpy(spins).float() + 1) / 2


def balance(drawn: Spins, wanted: Spins) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights by which two sets of rows have the same conditions, each set's averaging 1.

    Args:
        drawn: conditions of samples, shape (n, k).
        wanted: conditions of data, shape (m, k).

    Returns:
        weights of the samples (n,) and of the data (m,), 0 where the other set lacks the condition: what is left
        differs in nothing but the free spins. (A small lasting difference of the conditions would drive parameters
        that hardly matter ever further, and make room for configurations that chains do not find.)
    """
    _, which = np.unique(np.concatenate([drawn, wanted]), axis=0, return_inverse=True)
    a, b = np.split(which.ravel(), [len(drawn)])
    n_a, n_b = (np.bincount(x, minlength=which.max() + 1).astype(np.float32) for x in (a, b))
    both = n_b * (n_a > 0)
    if not both.any():
        return np.zeros(len(a), np.float32), np.zeros(len(b), np.float32)
    per_sample = np.divide(both, n_a, out=np.zeros_like(both), where=n_a > 0) * (len(a) / both.sum())
    per_row = (n_a > 0) * np.float32(len(b) / both.sum())
    return per_sample[a].astype(np.float32), per_row[b].astype(np.float32)


def _near(held: Spins, wanted: Spins, rng: np.random.Generator) -> NDArray[np.intp]:
    """For every wanted condition one of the NEAREST rows of `held` by the number of equal spins."""
    patterns, which = np.unique(wanted, axis=0, return_inverse=True)
    equal = patterns.astype(np.float32) @ held.T.astype(np.float32)
    shuffled = rng.permutation(len(held))
    order = shuffled[np.argsort(-equal[:, shuffled], axis=1, kind="stable")[:, :NEAREST]]
    return np.asarray(order[which.ravel(), rng.integers(order.shape[1], size=len(wanted))])


def _float64(values: Tensor) -> NDArray[np.float64]:
    return values.detach().numpy().astype(np.float64)
