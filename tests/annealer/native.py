"""Small models on the qubits of a processor."""

from typing import Any

import networkx as nx
import numpy as np

from qgen.annealer.mock import processor
from qgen.ising import Ising


def native(n: int = 8, *, strength: float = 0.5, topology: str = "zephyr", shape: tuple[int, ...] = (2, 4)) -> Ising:
    """The first n qubits around one of them, random fields and couplings; nodes are not in the order of qubits."""
    made = processor(topology, shape)
    graph = made.to_networkx_graph()
    start = max(graph.nodes, key=graph.degree)
    near = [start, *(qubit for _, qubit in nx.bfs_edges(graph, start))][:n]
    colours = np.array([made.colours[qubit] for qubit in near])
    order = np.argsort(colours, kind="stable")[::-1]
    qubits = np.array(near)[order]
    place = {int(qubit): i for i, qubit in enumerate(qubits)}
    edges = np.array([(place[a], place[b]) for a, b in graph.edges if a in place and b in place])
    rng = np.random.default_rng(7)
    h, j = rng.normal(0, strength, n), rng.normal(0, strength, len(edges))
    return Ising(h, edges, j, colours[order], qubits)


def complete(n: int = 5) -> Ising:
    """All pairs coupled: no processor has it without chains."""
    rng = np.random.default_rng(3)
    edges = np.array([(i, j) for i in range(n) for j in range(i + 1, n)])
    return Ising(rng.normal(0, 0.3, n), edges, rng.normal(0, 0.4, len(edges)), np.arange(n))


class Spy:
    """A sampler that remembers what it was asked for and returns spins of +1."""

    def __init__(self) -> None:
        self.models: list[Ising] = []

    def sample(self, model: Ising, *, n: int, **_: Any) -> Any:
        from qgen.ising import Samples

        self.models.append(model)
        return Samples(np.ones((n, model.n_nodes), dtype=np.int8), {})
