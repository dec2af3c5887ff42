"""Pegasus, the graph of D-Wave's Advantage processors: up to 15 couplers a qubit, four colours."""

from collections.abc import Sequence
from typing import Any

from dwave import graphs

from qgen.graphs import Graph
from qgen.graphs._processor import choose, processor, require_shape

__all__ = ["pegasus"]


def pegasus(sizes: Sequence[int], *, m: int = 16, working_graph: Any = None) -> Graph:
    """Nodes of the four colours of a Pegasus graph, chosen to keep many edges (see `_processor`).

    Args:
        sizes: nodes of each of the four colours; the published model has 4 x 512 (2410.22870).
        m: rows and columns of unit cells; 16 is the chip of the Advantage systems (5640 qubits if all worked).
        working_graph: what works on a device: see `qgen.graphs._working_graph.working`; None for the perfect graph.

    Raises:
        InputError: other than four sizes, more nodes than there are, a bad option or working graph.
    """
    require_shape("pegasus", m=m, least=2)
    coordinates = graphs.pegasus_coordinates(m)
    chip = processor(
        f"pegasus({m})",
        graphs.pegasus_graph(m),
        lambda q: graphs.pegasus_four_color(coordinates.linear_to_pegasus(q)),
        graphs.pegasus_layout,
        m,
        working_graph,
    )
    return choose(chip, sizes, n_colours=4)
