"""The energy by hand, models that cannot be, and spins that are none of a model."""

from typing import Any

import numpy as np
import pytest

from qgen.files import InputError
from qgen.ising import Ising
from qgen.ising.checks import require_spins

EDGES, COLOURS = np.array([[0, 1], [1, 2]]), np.array([0, 1, 0])


def test_energy_by_hand() -> None:
    """h = (1, 2, 3), J = (10, 20)."""
    model = Ising(np.array([1.0, 2.0, 3.0]), EDGES, np.array([10.0, 20.0]), COLOURS)
    spins = np.array([[1, 1, 1], [-1, 1, 1], [1, -1, 1], [-1, -1, -1]], dtype=np.int8)
    assert model.energy(spins).tolist() == [36.0, 14.0, -28.0, 24.0]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"couplings": np.ones(3)}, r"expected edges \(m, 2\) with couplings \(m,\)"),
        ({"colours": np.array([0, 1])}, r"biases \(n,\) with colours \(n,\)"),
        ({"colours": np.array([0, 1, 1])}, r"edge \(1, 2\) joins two nodes of one colour"),
        ({"qubits": np.arange(4)}, r"expected one qubit per node, found \(4,\) for \(3,\)"),
    ],
)
def test_models_that_cannot_be(changed: dict[str, Any], message: str) -> None:
    whole = {"biases": np.zeros(3), "edges": EDGES, "couplings": np.ones(2), "colours": COLOURS}
    with pytest.raises(InputError, match=message):
        Ising(**whole | changed)


@pytest.mark.parametrize(
    ("spins", "message"),
    [
        (np.ones(3), r"spins: expected shape \(n, 3\), found \(3,\)"),
        (np.ones((0, 3)), r"spins: expected shape \(n, 3\), found \(0, 3\)"),
        (np.zeros((2, 3)), r"expected values of \(-1, 1\), found 0.0 at \(0, 0\)"),
        (np.array([[1, 1, 1], [1, 1, -1]]), r"expected the clamped values, found another at \(1, 2\)"),
    ],
)
def test_spins_that_are_none_of_the_model(spins: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        require_spins(spins, Ising(np.zeros(3), EDGES, np.ones(2), COLOURS), np.array([0, 0, 1], dtype=np.int8))


def test_values_of_edges_are_summed_over_each_node() -> None:
    model = Ising(np.zeros(3), EDGES, np.array([0.5, -0.25]), COLOURS)
    assert model.at_nodes(model.couplings).tolist() == [0.5, 0.25, -0.25]
    alone = Ising(np.zeros(2), np.empty((0, 2), dtype=np.intp), np.empty(0), np.array([0, 0]))
    assert alone.at_nodes(alone.couplings).dtype == np.float64
