"""Chimera, Pegasus and Zephyr: subgraphs of the vendor's graphs, with the right colours and many edges."""

from itertools import chain, combinations

import networkx
import numpy as np
import pytest
from dwave import graphs
from dwave.system.testing import MockDWaveSampler

from qgen.files import InputError
from qgen.graphs import Graph, build

CHIPS = {
    "chimera": ((256, 256), graphs.chimera_graph(16), 6),
    "pegasus": ((512,) * 4, graphs.pegasus_graph(16), 15),
    "zephyr": ((302,) * 4, graphs.zephyr_graph(12), 20),
}
"""Sizes, the vendor's graph of the default chip, and its largest degree."""

FIRST = {"chimera": 1456, "pegasus": 7118, "zephyr": 2263}
"""Edges between the first qubits of each colour by their labels."""


@pytest.fixture(scope="module")
def built() -> dict[str, Graph]:
    return {name: build(name, sizes) for name, (sizes, _, _) in CHIPS.items()}


def vendor_colour(name: str, qubit: int) -> int:
    match name:
        case "chimera":
            return graphs.chimera_two_color(graphs.chimera_coordinates(16).linear_to_chimera(qubit))
        case "pegasus":
            return graphs.pegasus_four_color(graphs.pegasus_coordinates(16).linear_to_pegasus(qubit))
    return graphs.zephyr_four_color(graphs.zephyr_coordinates(12).linear_to_zephyr(qubit))


def labelled(graph: Graph) -> set[tuple[int, int]]:
    assert graph.qubits is not None
    return {tuple(sorted(pair)) for pair in graph.qubits[graph.edges].tolist()}


def edges_between(vendor: networkx.Graph, qubits: list[int]) -> set[tuple[int, int]]:
    return {tuple(sorted(pair)) for pair in vendor.subgraph(qubits).edges}


@pytest.mark.parametrize("name", CHIPS)
def test_it_is_the_induced_subgraph_of_the_vendors(name: str, built: dict[str, Graph]) -> None:
    graph, (sizes, vendor, most) = built[name], CHIPS[name]
    assert graph.sizes == sizes
    assert graph.qubits is not None
    assert set(graph.qubits.tolist()) <= set(vendor)
    assert labelled(graph) == edges_between(vendor, graph.qubits.tolist())
    assert np.bincount(graph.edges.ravel()).max() <= most


@pytest.mark.parametrize("name", CHIPS)
def test_colours_are_the_vendors_and_labels_ascend(name: str, built: dict[str, Graph]) -> None:
    graph = built[name]
    assert graph.qubits is not None
    assert [vendor_colour(name, q) for q in graph.qubits.tolist()] == graph.colours.tolist()
    assert all((np.diff(graph.qubits[graph.nodes(k)]) > 0).all() for k in range(len(graph.sizes)))


def test_the_chips_are_named(built: dict[str, Graph]) -> None:
    names = {name: graph.processor for name, graph in built.items()}
    assert names == {"chimera": "chimera(16, 16, 4)", "pegasus": "pegasus(16)", "zephyr": "zephyr(12, 4)"}


def by_colour(name: str, order: list[int]) -> int:
    """Edges between the first qubits of each colour in an order."""
    sizes, vendor, _ = CHIPS[name]
    of_colour = [[q for q in order if vendor_colour(name, q) == k][:size] for k, size in enumerate(sizes)]
    return vendor.subgraph(chain.from_iterable(of_colour)).number_of_edges()


def from_the_centre(name: str) -> list[int]:
    """Qubits in the order of their distance from the mean place on the vendor's drawing."""
    places = getattr(graphs, f"{name}_layout")(CHIPS[name][1])
    centre = np.mean([places[q] for q in sorted(places)], axis=0)
    return sorted(places, key=lambda q: (round(float(((places[q] - centre) ** 2).sum()), 12), q))


def test_the_choice_keeps_more_edges_than_the_first_and_the_central_nodes(built: dict[str, Graph]) -> None:
    """On Zephyr 2263 and about 11060, on which the choice must gain."""
    assert {name: by_colour(name, sorted(CHIPS[name][1])) for name in CHIPS} == FIRST
    assert abs(by_colour("zephyr", from_the_centre("zephyr")) - 11060) < 20
    found = {name: graph.n_edges for name, graph in built.items()}
    assert all(found[name] >= by_colour(name, from_the_centre(name)) for name in CHIPS)
    assert found == {"chimera": 1472, "pegasus": 14588, "zephyr": 11159}


def test_small_sets_are_the_densest_there_are() -> None:
    """One Chimera cell is K_4,4; four mutually coupled qubits are K_4 on Zephyr and Pegasus; a whole chip is whole."""
    assert build("chimera", (4, 4)).n_edges == 16
    assert build("zephyr", (1, 1, 1, 1)).n_edges == 6
    assert build("pegasus", (1, 1, 1, 1)).n_edges == 6
    assert build("zephyr", (312,) * 4, {"m": 6}).n_edges == graphs.zephyr_graph(6).number_of_edges() == 11400


def test_no_choice_on_a_small_chip_is_better() -> None:
    """Three nodes of each colour on four small Chimera cells: all choices by enumeration."""
    square = graphs.chimera_graph(2, 2, 2)
    coordinates = graphs.chimera_coordinates(2, 2, 2)
    sides = [[q for q in square if graphs.chimera_two_color(coordinates.linear_to_chimera(q)) == k] for k in (0, 1)]
    best = max(
        square.subgraph([*left, *right]).number_of_edges()
        for left in combinations(sides[0], 3)
        for right in combinations(sides[1], 3)
    )
    assert build("chimera", (3, 3), {"m": 2, "t": 2}).n_edges == best


def test_a_scheme_is_another_colouring() -> None:
    one, other = (build("zephyr", (20,) * 4, {"m": 3, "scheme": scheme}) for scheme in (0, 1))
    coordinates = graphs.zephyr_coordinates(3)
    assert other.qubits is not None
    colours = [graphs.zephyr_four_color(coordinates.linear_to_zephyr(q), 1) for q in other.qubits.tolist()]
    assert colours == other.colours.tolist()
    assert not np.array_equal(one.qubits, other.qubits)


@pytest.mark.parametrize(("name", "shape"), [("chimera", [4, 4, 4]), ("pegasus", [3]), ("zephyr", [3, 4])])
def test_a_devices_working_graph_is_respected(name: str, shape: list[int]) -> None:
    """The vendor's mock client with broken qubits and couplers: none of them is used, all others are."""
    whole = MockDWaveSampler(topology_type=name, topology_shape=shape)
    rng = np.random.default_rng(0)
    no_nodes = rng.choice(whole.nodelist, 10, replace=False).tolist()
    no_edges = [whole.edgelist[i] for i in rng.choice(len(whole.edgelist), 20, replace=False)]
    device = MockDWaveSampler(topology_type=name, topology_shape=shape, broken_nodes=no_nodes, broken_edges=no_edges)
    there = networkx.Graph(device.edgelist)
    sizes = (40, 40) if name == "chimera" else (20,) * 4
    graph = build(name, sizes, {"m": shape[0], "working_graph": device})
    assert graph.qubits is not None
    assert labelled(graph) == edges_between(there, graph.qubits.tolist())
    assert not set(graph.qubits.tolist()) & set(no_nodes)


@pytest.mark.parametrize("name", CHIPS)
def test_too_many_nodes_are_refused_with_the_numbers_there_are(name: str) -> None:
    sizes = (5000, *CHIPS[name][0][1:])
    there = {"chimera": "[1024, 1024]", "pegasus": "[1410, 1410, 1410, 1410]", "zephyr": "[1200, 1200, 1200, 1200]"}
    with pytest.raises(InputError, match="5000") as raised:
        build(name, sizes)
    assert there[name] in str(raised.value)


@pytest.mark.parametrize(
    ("name", "sizes", "options", "message"),
    [
        ("zephyr", (3, 3), {}, "4 colours"),
        ("pegasus", (3, 3, 3), {}, "4 colours"),
        ("chimera", (3, 3, 3), {}, "2 colours"),
        ("zephyr", (3,) * 4, {"m": 0}, "m >= 1"),
        ("zephyr", (3,) * 4, {"t": 2.5}, "t >= 1"),
        ("zephyr", (3,) * 4, {"scheme": 2}, "scheme 0 or 1"),
        ("pegasus", (3,) * 4, {"m": 1}, "m >= 2"),
        ("chimera", (3, 3), {"t": -1}, "t >= 1"),
        ("chimera", (3, 3), {"working_graph": [0, 5000]}, "qubits of chimera"),
        ("chimera", (3, 3), {"working_graph": [(0, 1)]}, "couplers of chimera"),
        ("chimera", (3, 3), {"working_graph": [0, 1, 4]}, r"at most \[2, 1\]"),
    ],
)
def test_bad_input_is_one_line(name: str, sizes: tuple[int, ...], options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        build(name, sizes, options)
