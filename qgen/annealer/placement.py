"""Where does a model sit on a processor, and what is one call of it?

Natively every node is its own qubit and every edge a coupler; elsewhere a node is a chain of qubits held together by a
strong ferromagnetic coupling (minorminer). Several copies on disjoint qubits share one programming and may have
different fields, so that a call reads several conditions at once (`ParallelEmbeddingComposite.sample_multiple`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import dimod
import minorminer
import networkx as nx
import numpy as np
from dwave.embedding import broken_chains
from dwave.embedding.chain_strength import uniform_torque_compensation
from dwave.system import ParallelEmbeddingComposite
from minorminer.utils.parallel_embeddings import find_multiple_embeddings
from numpy.typing import NDArray

from qgen.files import InputError
from qgen.ising import Ising, Spins
from qgen.ising.bqm import columns, to_bqm

Chains = dict[int, tuple[int, ...]]
BOND = 3.0
"""Coupling of a chain over temperature, at least: a bond breaks in 0.25 % of the reads."""


@dataclass(frozen=True)
class Placement:
    """Copies of one model.

    Attributes:
        copies: qubits of every node, for every copy.
    """

    copies: tuple[Chains, ...]

    @property
    def n_qubits(self) -> int:
        """Qubits in use."""
        return sum(len(chain) for copy in self.copies for chain in copy.values())

    @property
    def longest(self) -> int:
        """Length of the longest chain; 1 for a native placement."""
        return max(len(chain) for copy in self.copies for chain in copy.values())


@dataclass(frozen=True)
class Reads:
    """What one call gave.

    Attributes:
        spins: of every copy, each of shape (reads, n_nodes); the majority of a chain that is broken.
        broken: which chains of two and more qubits are broken, of every copy, each of shape (reads, n_chains).
        timing: of the call, as the processor reports it.
        problem: identifier of the call, or "".
    """

    spins: list[Spins]
    broken: list[NDArray[np.bool_]]
    timing: Mapping[str, Any]
    problem: str


def place(model: Ising, client: Any, copies: int) -> Placement:
    """Find qubits for a model.

    Args:
        model: with `qubits` for a native placement, the first copy of which is on them; without to embed it.
        client: a sampler with `nodelist` and `edgelist`.
        copies: how many are wanted; there may be room for fewer.

    Raises:
        InputError: a qubit or an edge is not on the processor, or no embedding was found.
    """
    target = (tuple(client.nodelist), tuple(client.edgelist))
    if model.qubits is None:
        embeddings = _embeddings(model.n_nodes, _pairs(model), *target, copies, chains=True)
        if not embeddings:
            raise InputError(
                f"embedding: expected one of {model.n_nodes} nodes and {len(model.edges)} edges on "
                f"{len(target[0])} qubits, found none"
            )
        return Placement(embeddings)
    _require_on(model, client)
    first: Chains = {node: (qubit,) for node, qubit in enumerate(model.qubits.tolist())}
    if copies == 1:
        return Placement((first,))
    taken = set(model.qubits.tolist())
    nodes = tuple(q for q in target[0] if q not in taken)
    edges = tuple(e for e in target[1] if e[0] not in taken and e[1] not in taken)
    return Placement((first, *_embeddings(model.n_nodes, _pairs(model), nodes, edges, copies - 1, chains=False)))


def _pairs(model: Ising) -> tuple[tuple[int, int], ...]:
    return tuple((i, j) for i, j in model.edges.tolist())


def _require_on(model: Ising, client: Any) -> None:
    """Require every qubit and every edge of a model to be on the processor."""
    assert model.qubits is not None
    missing = np.setdiff1d(model.qubits, client.nodelist)
    if missing.size:
        raise InputError(f"qubits: expected working qubits of the processor, found {missing[0]}, which is not")
    adjacency = client.adjacency
    for i, j in model.qubits[model.edges].tolist():
        if j not in adjacency[i]:
            raise InputError(f"edges: expected couplers of the processor, found ({i}, {j}), which is not")


@lru_cache(maxsize=32)
def _embeddings(
    n_nodes: int,
    pairs: tuple[tuple[int, int], ...],
    qubits: tuple[int, ...],
    couplers: tuple[tuple[int, int], ...],
    copies: int,
    *,
    chains: bool,
) -> tuple[Chains, ...]:
    """Disjoint embeddings, at most `copies`; the same for the same graphs."""
    source, target = nx.Graph(pairs), nx.Graph(couplers)
    source.add_nodes_from(range(n_nodes))
    target.add_nodes_from(qubits)
    how = {"embedder": minorminer.find_embedding, "embedder_kwargs": {"random_seed": 0}} if chains else {}
    embeddings = find_multiple_embeddings(source, target, max_num_emb=copies, one_to_iterable=chains, **how)
    if not chains:
        embeddings = [{node: (qubit,) for node, qubit in embedding.items()} for embedding in embeddings]
    return tuple({node: tuple(embedding[node]) for node in range(n_nodes)} for embedding in embeddings)


def strength_of_chains(
    model: Ising, placement: Placement, asked: float | None, lowest: float, beta_effective: float
) -> float:
    """How strongly the qubits of a chain are coupled.

    The vendor's default compensates the torque of the couplings, which serves an optimiser. Reads at a temperature
    break a bond of strength c in about exp(-2 beta_effective c) of the cases, so that c is at least 3 / beta_effective.

    Args:
        model: in units of the processor.
        placement: of it.
        asked: None for the default.
        lowest: the strongest ferromagnetic coupling of the processor, < 0.
        beta_effective: inverse temperature of the processor.
    """
    if placement.longest == 1:
        return 0.0
    default = max(float(uniform_torque_compensation(to_bqm(model))), BOND / beta_effective)
    value = default if asked is None else asked
    return min(value, -lowest)


def submit(
    client: Any, placement: Placement, models: Sequence[Ising], chain_strength: float, options: Mapping[str, Any]
) -> Callable[[], Reads]:
    """Send one call; a processor works on it while others are sent.

    Args:
        client: a structured sampler.
        placement: one or more copies.
        models: what to program on every copy, in units of the processor.
        chain_strength: coupling inside chains.
        options: further arguments of the client, `num_reads` among them.

    Returns:
        a function that waits for the reads.
    """
    if len(placement.copies) == 1 and placement.longest == 1:
        labels = [chain[0] for chain in placement.copies[0].values()]
        sample_set = client.sample(to_bqm(models[0], labels), **options)

        def wait() -> Reads:
            spins = columns(sample_set, labels)
            return Reads([spins], [np.zeros((len(spins), 0), dtype=bool)], *_facts(sample_set.info))

        return wait
    reads = _tiled(client, placement, models, chain_strength, options)
    return lambda: reads


def _tiled(
    client: Any, placement: Placement, models: Sequence[Ising], chain_strength: float, options: Mapping[str, Any]
) -> Reads:
    """One call with chains or several copies."""
    source = nx.Graph(_pairs(models[0]))
    source.add_nodes_from(range(models[0].n_nodes))
    recorder = _Recorder(client)
    tiles = ParallelEmbeddingComposite(recorder, embeddings=list(placement.copies), source=source)
    strengths = [chain_strength] * len(models)
    per_copy, info = tiles.sample_multiple([to_bqm(m) for m in models], strengths, **options)
    nodes = range(models[0].n_nodes)
    chains = [[c for c in copy.values() if len(c) > 1] for copy in placement.copies]
    times = recorder.sample_set.record.num_occurrences
    broken = [np.repeat(broken_chains(recorder.sample_set, c), times, axis=0) for c in chains]
    return Reads([columns(part, nodes) for part in per_copy], broken, *_facts(info))


class Client(dimod.Sampler, dimod.Structured):
    """A structured sampler whose facts are attributes, which `dimod` asks for as properties."""

    nodelist: Any = None
    edgelist: Any = None
    adjacency: Any = None
    parameters: Any = None
    properties: Any = None


class _Recorder(Client):
    """A client that keeps the reads of its last call as they came, chains and all."""

    sample_set: Any = None

    def __init__(self, client: Any) -> None:
        self.nodelist, self.edgelist, self.adjacency = client.structure
        self.parameters, self.properties = client.parameters, client.properties
        self.client = client

    def sample(self, bqm: dimod.BinaryQuadraticModel, **options: Any) -> dimod.SampleSet:
        """Hand on to the client."""
        self.sample_set = self.client.sample(bqm, **options)
        return self.sample_set


def _facts(info: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    return info.get("timing", {}), str(info.get("problem_id", ""))
