"""Chimera, the graph of the D-Wave 2000Q and older processors: up to 6 couplers a qubit, two colours."""

from collections.abc import Sequence
from typing import Any

from dwave import graphs

from qgen.graphs import Graph
from qgen.graphs._processor import choose, processor, require_shape

__all__ = ["chimera"]


def chimera(sizes: Sequence[int], *, m: int = 16, t: int = 4, working_graph: Any = None) -> Graph:
    """Nodes of the two colours of a Chimera graph, chosen to keep many edges (see `_processor`).

    Args:
        sizes: nodes of each of the two colours.
        m: rows and columns of unit cells; 16 is the chip of the 2000Q (2048 qubits if all worked).
        t: qubits on a side of a unit cell.
        working_graph: what works on a device: see `qgen.graphs._working_graph.working`; None for the perfect graph.

    Raises:
        InputError: other than two sizes, more nodes than there are, a bad option or working graph.
    """
    require_shape("chimera", m=m, t=t)
    coordinates = graphs.chimera_coordinates(m, m, t)
    chip = processor(
        f"chimera({m}, {m}, {t})",
        graphs.chimera_graph(m, m, t),
        lambda q: graphs.chimera_two_color(coordinates.linear_to_chimera(q)),
        graphs.chimera_layout,
        m,
        working_graph,
    )
    return choose(chip, sizes, n_colours=2)
