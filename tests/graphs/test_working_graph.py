import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import networkx
import numpy as np
import pytest

from qgen.files import InputError
from qgen.graphs._working_graph import working

NODES, EDGES = {0, 1, 4, 5, 6}, {(0, 4), (1, 4), (1, 5)}
BOTH = NODES, EDGES
AS_LISTS = sorted(NODES), [[4, 0], [1, 4], [1, 5]]


@pytest.mark.parametrize(
    "given",
    [
        {"qubits": AS_LISTS[0], "couplers": AS_LISTS[1], "topology": {"type": "chimera"}},
        {"nodes": AS_LISTS[0], "edges": AS_LISTS[1]},
        SimpleNamespace(nodelist=AS_LISTS[0], edgelist=AS_LISTS[1]),
        networkx.Graph([*EDGES, (6, 6)]).subgraph(NODES),
        [6, *EDGES],
    ],
)
def test_every_form_says_the_same(given: Any) -> None:
    if isinstance(given, networkx.Graph):
        given = networkx.Graph(given)
        given.remove_edge(6, 6)
    assert working(given) == BOTH


def test_files_say_the_same(tmp_path: Path) -> None:
    as_json, as_text = tmp_path / "device.json", tmp_path / "device.txt"
    as_json.write_text(json.dumps({"qubits": AS_LISTS[0], "couplers": AS_LISTS[1]}))
    as_text.write_text("# a device\n4 0\n1 4  # a coupler\n\n1 5\n6\n")
    assert working(as_json) == working(str(as_text)) == BOTH


def test_edges_bring_their_ends_and_nodes_alone_all_their_edges() -> None:
    assert working(np.array([[4, 0], [4, 1]])) == ({0, 1, 4}, {(0, 4), (1, 4)})
    assert working(np.array([4, 0])) == ({0, 4}, None)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (7, "found 7"),
        ([], "at least one node"),
        ([(1, 2, 3)], "edges of 2 nodes"),
        ([1.5], "whole numbers"),
        ([("a", "b")], "whole numbers"),
        ({"qubits": "ab"}, "whole numbers"),
        ({"vertices": [1]}, "'qubits' and 'couplers'"),
    ],
)
def test_bad_input_is_one_line(given: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        working(given)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.json", "{", "damaged"),
        ("a.json", '"b.json"', "found text"),
        ("a.txt", "1 2 3", "one or two"),
        ("a.txt", "1 x", "whole numbers"),
        ("b.txt", None, "damaged"),
    ],
)
def test_bad_files_are_one_line(tmp_path: Path, name: str, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=message):
        working(tmp_path / name)
