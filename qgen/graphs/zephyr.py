"""Zephyr, the graph of D-Wave's Advantage2 processors: up to 20 couplers a qubit, four colours."""

from collections.abc import Sequence
from typing import Any

from dwave import graphs

from qgen.files import InputError
from qgen.graphs import Graph
from qgen.graphs._processor import choose, processor, require_shape

__all__ = ["zephyr"]


def zephyr(sizes: Sequence[int], *, m: int = 12, t: int = 4, scheme: int = 0, working_graph: Any = None) -> Graph:
    """Nodes of the four colours of a Zephyr graph, chosen to keep many edges (see `_processor`).

    Args:
        sizes: nodes of each of the four colours; the published model has 4 x 302 (2410.22870).
        m: rows and columns of unit cells; 12 is the chip of the Advantage2 systems (4800 qubits if all worked).
        t: tiles of a unit cell.
        scheme: which of the vendor's two ways to colour it, 0 or 1.
        working_graph: what works on a device: see `qgen.graphs._working_graph.working`; None for the perfect graph.

    Raises:
        InputError: other than four sizes, more nodes than there are, a bad option or working graph.
    """
    require_shape("zephyr", m=m, t=t)
    if scheme not in (0, 1):
        raise InputError(f"zephyr: expected scheme 0 or 1, found {scheme!r}")
    coordinates = graphs.zephyr_coordinates(m, t)
    chip = processor(
        f"zephyr({m}, {t})",
        graphs.zephyr_graph(m, t),
        lambda q: graphs.zephyr_four_color(coordinates.linear_to_zephyr(q), scheme),
        graphs.zephyr_layout,
        m,
        working_graph,
    )
    return choose(chip, sizes, n_colours=4)
