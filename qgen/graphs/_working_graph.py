"""What works on a device: nodes and edges by their labels, from a file or an object."""

import json
from collections.abc import Iterable, Mapping
from itertools import chain
from operator import index
from pathlib import Path
from typing import Any

from qgen.files import InputError, local, read_text, reading

Labels = tuple[set[int], set[tuple[int, int]] | None]
"""Nodes, and edges with the smaller label first; None for all edges between these nodes."""

KEYS = (("qubits", "couplers"), ("nodes", "edges"))
"""Names of the two lists in a mapping: the vendor's solver properties, or any other."""


def working(given: Any) -> Labels:
    """Nodes and edges of a working graph.

    Args:
        given: one of

            - a path to a JSON file that holds one of the below, or to a text file with a node "5" or an edge "5 9" a
              line ("#" begins a comment),
            - a mapping with "qubits" and "couplers" (a solver's properties) or "nodes" and "edges",
            - a client with `nodelist` and `edgelist`, or a networkx graph,
            - an iterable of edges (pairs), of nodes (numbers), or of both.

            Without any edge, all edges between the nodes are taken to work.

    Raises:
        InputError: anything else.
    """
    if isinstance(given, str | Path):
        return _from_file(local(given))
    for nodes, edges in (("nodelist", "edgelist"), ("nodes", "edges")):
        if hasattr(given, nodes) and hasattr(given, edges):
            return _joined(getattr(given, nodes), getattr(given, edges))
    if isinstance(given, Mapping):
        keys = [pair for pair in KEYS if pair[0] in given]
        if not keys:
            raise InputError(f"working_graph: expected 'qubits' and 'couplers', found {sorted(map(str, given))[:8]}")
        return _joined(given[keys[0][0]], given.get(keys[0][1], ()))
    if not isinstance(given, Iterable):
        raise InputError(f"working_graph: expected a path, a client, nodes or edges, found {given!r:.60}")
    items = list(given)
    single = [item for item in items if isinstance(item, int) or not isinstance(item, Iterable)]
    return _joined(single, [item for item in items if isinstance(item, Iterable)])


def _joined(nodes: Iterable[Any], edges: Iterable[Any]) -> Labels:
    """Both lists as sets, with the ends of the edges among the nodes."""
    pairs = {tuple(sorted(_numbers(edge, 2))) for edge in edges}
    labels = set(_numbers(nodes)) | set(chain.from_iterable(pairs))
    if not labels:
        raise InputError("working_graph: expected at least one node, found none")
    return labels, {(pair[0], pair[1]) for pair in pairs} or None


def _numbers(values: Iterable[Any], count: int | None = None) -> list[int]:
    try:
        labels = [int(value) if isinstance(value, str) else index(value) for value in values]
    except (TypeError, ValueError) as error:
        raise InputError(f"working_graph: expected whole numbers as labels, found {values!r:.60}") from error
    if count is not None and len(labels) != count:
        raise InputError(f"working_graph: expected edges of {count} nodes, found {values!r:.60}")
    return labels


def _from_file(path: Path) -> Labels:
    with reading(path, "working graph"):
        text = read_text(path)
        if path.suffix == ".json":
            content = json.loads(text)
            if isinstance(content, str):
                raise InputError(f"{path}: expected nodes and edges, found text")
            return working(content)
        lines = [line.partition("#")[0].split() for line in text.splitlines()]
    rows = [_numbers(line) for line in lines if line]
    if any(len(row) > 2 for row in rows):
        raise InputError(f"{path}: expected a node or an edge (one or two labels) in every line")
    return working([row if len(row) == 2 else row[0] for row in rows])
