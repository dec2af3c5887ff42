"""Which nodes and edges does a Boltzmann machine have? Coloured graphs, one file per topology.

A file holds one function f(sizes, **options) -> Graph: `sizes` are the numbers of nodes of each colour, options
have defaults. Nodes are numbered colour by colour, so that those of colour k are one run of numbers; no edge joins
two nodes of one colour, hence given all others the nodes of a colour are independent (block Gibbs sampling).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from qgen.files import InputError
from qgen.plugins import resolve
from qgen.plugins.options import plain_value


@dataclass(frozen=True)
class Graph:
    """A graph with coloured nodes.

    Attributes:
        colours: colour of every node, from 0 on and not decreasing, shape (n_nodes,).
        edges: pairs of nodes, the smaller number first, sorted, none twice, shape (n_edges, 2).
        qubits: label of every node on a processor, shape (n_nodes,); None for a graph that is on none.
        processor: topology and size of that processor, e.g. "zephyr(12, 4)"; "" for none.

    Raises:
        InputError: what disagrees with the above.
    """

    colours: NDArray[np.intp]
    edges: NDArray[np.intp]
    qubits: NDArray[np.intp] | None = None
    processor: str = ""

    def __post_init__(self) -> None:
        n = self.n_nodes
        if self.colours.ndim != 1 or n == 0 or self.colours[0] != 0 or not np.isin(np.diff(self.colours), (0, 1)).all():
            raise InputError(f"Graph: expected colours 0, ..., 0, 1, ..., found {self.colours!r:.80}")
        if self.edges.ndim != 2 or self.edges.shape[1:] != (2,):
            raise InputError(f"Graph: expected edges of shape (m, 2), found {self.edges.shape}")
        first, second = self.edges.T
        inside = (first >= 0) & (first < second) & (second < n)
        if not inside.all():
            raise InputError(f"Graph: expected edges i < j < {n}, found {self.edges[~inside][0].tolist()}")
        if (np.diff(first * n + second) <= 0).any():
            raise InputError("Graph: expected sorted edges, none twice")
        same = self.colours[first] == self.colours[second]
        if same.any():
            raise InputError(f"Graph: edge {self.edges[same][0].tolist()} joins two nodes of one colour")
        if self.qubits is not None and (self.qubits.shape != (n,) or len(np.unique(self.qubits)) != n):
            raise InputError(f"Graph: expected {n} different qubits, found shape {self.qubits.shape}")

    @property
    def n_nodes(self) -> int:
        """Nodes of all colours; spins of a machine on the graph."""
        return len(self.colours)

    @property
    def n_edges(self) -> int:
        """Pairs of nodes that may be coupled."""
        return len(self.edges)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of nodes of each colour."""
        return tuple(np.bincount(self.colours).tolist())

    def nodes(self, colour: int) -> slice:
        """The nodes of a colour."""
        ends = np.cumsum([0, *self.sizes])
        return slice(int(ends[colour]), int(ends[colour + 1]))


class Topology(Protocol):
    """What a file of this folder holds."""

    def __call__(self, sizes: Sequence[int], **options: Any) -> Graph:
        """A graph with `sizes[k]` nodes of colour k."""


def build(graph: Any, sizes: Sequence[int], options: Mapping[str, Any] | None = None) -> Graph:
    """The graph that a name stands for.

    Args:
        graph: "zephyr" or "graphs/zephyr" (a file of this folder), "module:function", "file.py:function", or such a
            function; a `Graph` is returned as it is.
        sizes: nodes of each colour.
        options: of the topology.

    Raises:
        InputError: unknown name or option, or sizes that the topology does not have.
    """
    if isinstance(graph, Graph):
        return graph
    name = f"graphs/{graph}" if isinstance(graph, str) and graph.isidentifier() else graph
    try:
        built = resolve(name)(plain_value(tuple(sizes)), **plain_value(options or {}))
    except TypeError as error:
        raise InputError(f"{graph}: {error}") from error
    if not isinstance(built, Graph):
        raise InputError(f"{graph}: expected a function that returns a Graph, found {type(built).__name__}")
    return built


def graph_of(colours: NDArray[np.intp], pairs: NDArray[np.intp], **labels: Any) -> Graph:
    """A `Graph` from pairs of nodes in any order; pairs that occur twice count once."""
    ordered = np.unique(np.sort(np.reshape(pairs, (-1, 2)), axis=1), axis=0)
    return Graph(np.asarray(colours, dtype=np.intp), ordered.astype(np.intp), **labels)


def require_sizes(sizes: Sequence[int], *, fewest: int, most: int | None = None) -> None:
    """Require from `fewest` to `most` colours with at least one node each.

    Raises:
        InputError: otherwise.
    """
    bad = len(sizes) < fewest or (most is not None and len(sizes) > most) or any(size < 1 for size in sizes)
    if bad:
        count = f"{fewest}" if fewest == most else f"at least {fewest}" if most is None else f"{fewest} to {most}"
        raise InputError(f"graph: expected the sizes (>= 1) of {count} colours, found {list(sizes)}")
