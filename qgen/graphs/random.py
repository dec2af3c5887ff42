"""Random multipartite graph: the control of what the shape of a processor's graph is worth.

Every set of `n_edges` pairs of nodes of different colours is as likely as any other. It is on no processor.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from qgen.files import InputError
from qgen.graphs import Graph, build
from qgen.graphs.multipartite import multipartite
from qgen.plugins.options import require_seed

__all__ = ["random"]


def random(
    sizes: Sequence[int],
    *,
    n_edges: int | None = None,
    like: Any = "zephyr",
    options: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> Graph:
    """A random graph with as many edges as told, or as another topology has.

    Args:
        sizes: nodes of each of at least two colours.
        n_edges: number of edges; None for as many as `like`.
        like: name of another topology (or what else `build` takes), which is built with the same sizes.
        options: of that topology.
        seed: of the edges.

    Raises:
        InputError: more edges than pairs, or what the other topology raises.
    """
    every = multipartite(sizes)
    wanted = build(like, sizes, options).n_edges if n_edges is None else n_edges
    if not 0 <= wanted <= every.n_edges:
        raise InputError(f"random: expected from 0 to {every.n_edges} edges, found {wanted}")
    rng = np.random.default_rng(require_seed("random", seed))
    chosen = rng.choice(every.n_edges, wanted, replace=False, shuffle=False)
    return Graph(every.colours, every.edges[np.sort(chosen)])
