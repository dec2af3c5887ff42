"""No couplings: independent bits, the control of what the couplings of a Boltzmann machine are worth."""

from collections.abc import Sequence

import numpy as np

from qgen.graphs import Graph, require_sizes

__all__ = ["none"]


def none(sizes: Sequence[int]) -> Graph:
    """Nodes without edges.

    Args:
        sizes: nodes of each colour.

    Raises:
        InputError: no colour, or an empty one.
    """
    require_sizes(sizes, fewest=1)
    return Graph(np.repeat(np.arange(len(sizes)), sizes), np.empty((0, 2), dtype=np.intp))
