"""Complete multipartite graph: every node is joined with all nodes of the other colours.

With two colours it is the graph of the restricted Boltzmann machine, n x m. No processor has it without embedding.
"""

from collections.abc import Sequence

import numpy as np

from qgen.graphs import Graph, require_sizes

__all__ = ["multipartite"]


def multipartite(sizes: Sequence[int]) -> Graph:
    """Every pair of nodes of different colours.

    Args:
        sizes: nodes of each of at least two colours.

    Raises:
        InputError: fewer than two colours, or an empty one.
    """
    require_sizes(sizes, fewest=2)
    colours = np.repeat(np.arange(len(sizes)), sizes)
    pairs = np.stack(np.triu_indices(len(colours), k=1), axis=1)
    return Graph(colours, pairs[colours[pairs[:, 0]] != colours[pairs[:, 1]]])
