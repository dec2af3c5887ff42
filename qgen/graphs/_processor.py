"""Which nodes of a processor to use: as many of each colour as asked for, with as many edges as can be had.

A node at the rim of the chosen set loses edges, so that the set should be compact. It is found in two steps:

1. The nodes of each colour that are nearest to a point near the centre of the chip, in some p-norm.
2. Swaps: the node with the fewest edges into the set leaves, one of its colour with the most enters, the best pair of
   all colours, even where edges are lost; who has moved stays for `TENURE` swaps (tabu search). The best set
   counts; the search ends `PATIENCE` swaps after it.

The best over a few points and norms is taken. Nothing is random. Edges of the first nodes of each colour, of those
nearest to the centre (Euclidean), and of this choice, on perfect chips:

    chip                          first   centred   chosen
    Zephyr (12, 4), 4 x 302        2263     11060    11159
    Pegasus (16), 4 x 512          7118     14532    14588
    Chimera (16, 16, 4), 2 x 256   1456      1400     1472
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import networkx
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from qgen.files import InputError
from qgen.graphs import Graph, graph_of, require_sizes
from qgen.graphs._working_graph import working

NORMS = (1.5, 2.0, 3.0, 8.0)
OFFSETS = (0.0, 0.25, 0.5)
"""Centres that are tried, from that of the chip along the diagonal, in unit cells."""
N_SWAPS, TENURE, PATIENCE = 1000, 25, 200


@dataclass(frozen=True)
class Processor:
    """A processor's working graph.

    Attributes:
        name: topology and shape, e.g. "zephyr(12, 4)".
        labels: of the qubits, ascending, shape (n,).
        colours: of the qubits, from 0 on, shape (n,).
        edges: pairs of places in `labels`, shape (m, 2).
        positions: of the qubits on the chip, in unit cells from its centre, shape (n, 2).
    """

    name: str
    labels: NDArray[np.intp]
    colours: NDArray[np.intp]
    edges: NDArray[np.intp]
    positions: NDArray[np.float64]


def processor(
    name: str, vendor: Any, colour: Callable[[int], int], layout: Callable[[Any], Any], cells: int, working_graph: Any
) -> Processor:
    """What works of a vendor's perfect graph.

    Args:
        name: topology and shape.
        vendor: the perfect graph (networkx), with whole numbers as labels.
        colour: of a label.
        layout: of the graph: label -> place on a chip whose sides are one unit long.
        cells: unit cells along a side.
        working_graph: None for all of it, or what `working` takes.

    Raises:
        InputError: a working node or edge that the topology does not have.
    """
    labels, pairs = set(vendor), None
    if working_graph is not None:
        labels, pairs = working(working_graph)
        _require_known(name, vendor, labels, pairs or set())
    whole = networkx.Graph(vendor.edges if pairs is None else sorted(pairs))
    order = sorted(labels)
    place = {label: i for i, label in enumerate(order)}
    edges = [(place[a], place[b]) for a, b in whole.edges if a in place and b in place]
    at = layout(vendor)
    everywhere = np.array(list(at.values()))
    centre = (everywhere.min(axis=0) + everywhere.max(axis=0)) / 2
    return Processor(
        name,
        np.array(order, dtype=np.intp),
        np.array([colour(label) for label in order], dtype=np.intp),
        np.array(edges, dtype=np.intp).reshape(-1, 2),
        cells * (np.array([at[label] for label in order]) - centre),
    )


def require_shape(topology: str, *, least: int = 1, **shape: int) -> None:
    """Require whole numbers, each of at least `least`.

    Raises:
        InputError: another value; says of which option.
    """
    for key, value in shape.items():
        if not isinstance(value, int) or value < least:
            raise InputError(f"{topology}: expected {key} >= {least}, found {value!r}")


def _require_known(name: str, vendor: Any, labels: set[int], pairs: set[tuple[int, int]]) -> None:
    strange = sorted(labels - set(vendor))
    if strange:
        raise InputError(f"working_graph: expected qubits of {name}, found {strange[:5]}")
    none = sorted(pair for pair in pairs if not vendor.has_edge(*pair))
    if none:
        raise InputError(f"working_graph: expected couplers of {name}, found {none[:5]}")


def choose(chip: Processor, sizes: Sequence[int], *, n_colours: int) -> Graph:
    """The graph on `sizes[k]` nodes of each colour k with as many edges as the search finds.

    Within a colour the nodes are in the order of their labels.

    Raises:
        InputError: not `n_colours` sizes, or more nodes of a colour than the chip has.
    """
    require_sizes(sizes, fewest=n_colours, most=n_colours)
    there = np.bincount(chip.colours, minlength=n_colours)
    if (np.asarray(sizes) > there).any():
        raise InputError(f"{chip.name}: expected at most {there.tolist()} nodes of the colours, found {list(sizes)}")
    n = len(chip.labels)
    adjacency = sparse.coo_array((np.ones(len(chip.edges), dtype=np.intp), tuple(chip.edges.T)), shape=(n, n)).tocsr()
    adjacency = (adjacency + adjacency.T).tocsr()
    colours = [np.flatnonzero(chip.colours == k) for k in range(n_colours)]
    searches = [_swapped(adjacency, colours, distance, sizes) for distance in _distances(chip.positions)]
    inside = max(searches, key=lambda one: one[0])[1]
    chosen = np.concatenate([nodes[inside[nodes]] for nodes in colours])
    return induced(chip, chosen)


def induced(chip: Processor, chosen: NDArray[np.intp]) -> Graph:
    """The graph on the `chosen` places of the chip, sorted by colour, with all edges between them."""
    number = np.full(len(chip.labels), -1)
    number[chosen] = np.arange(len(chosen))
    pairs = number[chip.edges]
    return graph_of(
        chip.colours[chosen], pairs[(pairs >= 0).all(axis=1)], qubits=chip.labels[chosen], processor=chip.name
    )


def _distances(positions: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Distance of every node from every centre in every norm; on a chip that nodes fill, each from 0 to 1."""
    for p in NORMS:
        for offset in OFFSETS:
            distance = np.linalg.norm(positions - offset, ord=p, axis=1)
            yield np.round(distance / max(distance.max(), 1.0), 9)  # equal ones stay equal, on any machine


def _swapped(
    adjacency: Any, colours: list[NDArray[np.intp]], distance: NDArray[np.float64], sizes: Sequence[int]
) -> tuple[int, NDArray[np.bool_]]:
    """Number of edges and nodes of the best set on the way from the nearest nodes of each colour."""
    inside = np.zeros(len(distance), dtype=np.bool_)
    for nodes, size in zip(colours, sizes, strict=True):
        inside[nodes[np.argsort(distance[nodes], kind="stable")[:size]]] = True
    degree = adjacency @ inside.astype(np.intp)
    edges = int(degree[inside].sum()) // 2
    best, best_inside, since = edges, inside.copy(), 0
    free_from = np.zeros(len(distance), dtype=np.intp)
    for swap in range(N_SWAPS):
        worth = degree - 1e-3 * distance  # of two nodes with as many edges, the nearer is worth more
        pairs = [_pair(nodes[free_from[nodes] <= swap], inside, worth) for nodes in colours]
        options = [pair for pair in pairs if pair]
        if not options:
            break
        leaves, enters = max(options, key=lambda pair: worth[pair[1]] - worth[pair[0]])
        edges += int(degree[enters] - degree[leaves])
        inside[leaves], inside[enters] = False, True
        degree[_neighbours(adjacency, leaves)] -= 1
        degree[_neighbours(adjacency, enters)] += 1
        free_from[[leaves, enters]] = swap + TENURE
        if edges > best:
            best, best_inside, since = edges, inside.copy(), swap
        if swap - since == PATIENCE:
            break
    return best, best_inside


def _pair(nodes: NDArray[np.intp], inside: NDArray[np.bool_], worth: NDArray[np.float64]) -> tuple[int, int] | None:
    """Of one colour's nodes, the one inside that is worth least and the one outside that is worth most."""
    here, there = nodes[inside[nodes]], nodes[~inside[nodes]]
    if not here.size or not there.size:
        return None
    return int(here[np.argmin(worth[here])]), int(there[np.argmax(worth[there])])


def _neighbours(adjacency: Any, node: int) -> NDArray[np.intp]:
    return np.asarray(adjacency.indices[adjacency.indptr[node] : adjacency.indptr[node + 1]])
