import numpy as np
import pytest

from qgen.files import InputError
from qgen.graphs import build


def test_it_has_as_many_edges_as_the_other_topology() -> None:
    zephyr = build("zephyr", (60,) * 4)
    control = build("random", (60,) * 4)
    assert control.n_edges == zephyr.n_edges
    assert control.qubits is None
    assert len(np.intersect1d(*(g.edges[:, 0] * 240 + g.edges[:, 1] for g in (zephyr, control)))) < zephyr.n_edges / 5


def test_options_are_those_of_the_other_topology() -> None:
    options = {"m": 3}
    control = build("random", (30, 30), {"like": "chimera", "options": options})
    assert control.n_edges == build("chimera", (30, 30), options).n_edges


def test_every_pair_of_colours_gets_its_share() -> None:
    """Hypergeometric: of 5000 pairs, 2000 join colours 0 and 1; the mean of 200 graphs within 4 standard errors."""
    counts = []
    for seed in range(200):
        graph = build("random", (40, 50, 2, 30), {"n_edges": 500, "seed": seed})
        counts.append((graph.colours[graph.edges] == (0, 1)).all(axis=1).sum())
    pairs = (122**2 - 40**2 - 50**2 - 2**2 - 30**2) // 2
    p = 40 * 50 / pairs
    error = np.sqrt(500 * p * (1 - p) * (pairs - 500) / (pairs - 1) / 200)
    assert abs(np.mean(counts) - 500 * p) < 4 * error


def test_seeds_and_the_whole_graph() -> None:
    first, same, other = (build("random", (8, 8), {"n_edges": 30, "seed": seed}) for seed in (1, 1, 2))
    assert np.array_equal(first.edges, same.edges)
    assert not np.array_equal(first.edges, other.edges)
    whole = build("random", (4, 5, 6), {"n_edges": 74})
    assert np.array_equal(whole.edges, build("multipartite", (4, 5, 6)).edges)
    assert build("random", (4, 5), {"n_edges": 0}).n_edges == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_edges": 21}, "from 0 to 20"),
        ({"n_edges": -1}, "from 0 to 20"),
        ({}, "4 colours"),
        ({"like": "x"}, "no such"),
    ],
)
def test_bad_input_is_one_line(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        build("random", (4, 5), options)
