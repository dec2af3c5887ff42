"""What a graph keeps: colours, sizes, edges."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from qgen.graphs import Graph, Topology, build
from qgen.testing._require import global_state_kept, raises, require


def check_graph(topology: Topology, sizes: Sequence[int], **options: Any) -> None:
    """Check a topology: numbers of nodes, repeatable, no global random state, one line on bad input.

    That edges join nodes of different colours and qubits differ, `Graph` itself requires.

    Args:
        topology: a function f(sizes, **options) that returns a `Graph`.
        sizes: numbers of nodes that it has, not all 1.
        options: of the topology.

    Raises:
        AssertionError: what is broken.
    """
    name = getattr(topology, "__name__", type(topology).__name__)
    with global_state_kept(name):
        made = topology(sizes, **options)
    require(isinstance(made, Graph), f"{name}: expected a Graph, found {type(made).__name__}")
    require(made.sizes == tuple(sizes), f"{name}: expected {tuple(sizes)} nodes of the colours, found {made.sizes}")
    again = topology(sizes, **options)
    same = np.array_equal(made.edges, again.edges) and np.array_equal(made.colours, again.colours)
    require(same, f"{name}: expected the same graph from the same sizes")
    on_chip = (made.qubits is None) == (made.processor == "")
    require(on_chip, f"{name}: expected qubits and a processor, or neither, found {made.processor!r}")
    if made.qubits is not None and again.qubits is not None:
        require(np.array_equal(made.qubits, again.qubits), f"{name}: expected the same qubits from the same sizes")
    for wrong in ((), (0, *sizes[1:])):
        with raises(f"{name}({wrong})"):
            topology(wrong, **options)
    with raises(f"{name}(no_such_option=1)"):
        build(topology, sizes, {**options, "no_such_option": 1})
