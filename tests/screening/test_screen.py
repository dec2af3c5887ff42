"""Ranks, ties and the front; a screening measures what the single measures do."""

import json

import numpy as np
import pennylane as qml
import pytest

from qgen.circuits import ansatz
from qgen.circuits.line import line
from qgen.circuits.product import product
from qgen.files import InputError
from qgen.screening import entangling_capability, expressibility, gradient_variance, gradients, haar_entanglement, loss
from qgen.screening.screen import _front, _rank, screen
from qgen.simulation.circuit import Circuit

QUICK = {"n_qubits": [3], "depths": [1, 2], "n_pairs": 300, "n_starts": 50, "device": "line"}


def row(value: float, error: float, cost: int) -> dict:
    score = {"value": value, "error": error}
    return {
        "expressibility": score,
        "entangling": score,
        "gradient_variance": score,
        "transpiled": {"two_qubit_gates": [float(cost), cost, cost]},
    }


@ansatz(weight_shape=lambda n_qubits, depth: {2: (depth,), 4: (depth,)}[n_qubits])
def even_only(inputs, weights, wires):
    for weight in weights:
        qml.RY(weight, wires=wires[0])


def test_ranks_have_ties_within_two_errors():
    rows = [row(0.1, 0.01, 3), row(0.125, 0.01, 3), row(0.13, 0.01, 2), row(0.5, 0.0, 1)]
    _rank(rows, "expressibility")
    assert [r["rank"] for r in rows] == [1, 1, 3, 4]
    _rank(rows, "entangling")
    assert [r["rank"] for r in rows] == [4, 2, 2, 1]
    _rank(rows, "two_qubit_gates")
    assert [r["rank"] for r in rows] == [3, 3, 2, 1]


def test_the_front():
    rows = [row(0.10, 0.01, 20), row(0.11, 0.01, 10), row(0.5, 0.01, 10), row(0.5, 0.01, 5), row(0.01, 0.0, 50)]
    _front(rows)
    # The first is equal to a cheaper one, the third worse than one that costs as much.
    assert [r["front"] for r in rows] == [False, True, False, True, True]


def test_a_screening_measures_what_the_measures_do():
    found = screen([line, "circuits/product"], seed=3, **QUICK)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert {(r["circuit"], r["depth"]) for r in found["rows"]} == {
        (name, depth) for name in ("line", "circuits/product") for depth in (1, 2)
    }
    assert found["haar"]["3"]["entangling"] == haar_entanglement(3)
    mine = next(r for r in found["rows"] if (r["circuit"], r["depth"]) == ("line", 2))
    circuit = Circuit(line, 3, 2)
    for_states, for_gradients = np.random.default_rng([3, 3]).spawn(2)
    score = expressibility(circuit, n_pairs=300, rng=for_states)
    assert mine["expressibility"] == vars(score)
    assert mine["entangling"]["value"] == pytest.approx(
        entangling_capability(circuit, n_samples=300, rng=for_states)[0]
    )
    slopes = gradients(circuit, loss("z0", 3), n_starts=50, rng=for_gradients)
    assert mine["gradient_variance"]["error"] == pytest.approx(gradient_variance(slopes)[1])
    assert mine["transpiled"]["two_qubit_gates"] == [4.0, 4, 4]
    floors = {r["expressibility"]["floor"] for r in found["rows"]}
    assert floors == {found["haar"]["3"]["floor"]}


def test_sizes_that_a_circuit_does_not_have_are_left_out():
    found = screen([even_only, product], **QUICK | {"n_qubits": [2, 3], "depths": [1]})
    assert {(r["circuit"], r["n_qubits"]) for r in found["rows"]} == {("even_only", 2), ("product", 2), ("product", 3)}
    (left,) = found["left_out"]
    assert (left["circuit"], left["n_qubits"]) == ("even_only", 3)
    assert "weight_shape(3, 1) fails" in left["reason"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"circuits": ["circuits/lin"]}, "did you mean 'circuits/line'"),
        ({"circuits": []}, "expected at least one circuit, found none"),
        ({"circuits": [even_only]}, "even_only: weight_shape"),
        ({"n_qubits": []}, "expected at least one number of qubits"),
        ({"n_qubits": [0]}, "expected n_qubits"),
        ({"device": "moon"}, "found 'moon'"),
        ({"device": "line:2"}, "expected at least 3 qubits, found 2"),
        ({"loss": "kl"}, "found 'kl'"),
        ({"start": "big"}, "found 'big'"),
        ({"bins": "big"}, "found 'big'"),
        ({"n_pairs": 0}, "n_pairs"),
        ({"n_starts": 0}, "n_starts"),
        ({"rank_by": "colour"}, "rank_by: expected one of expressibility, .* found 'colour'"),
    ],
)
def test_bad_input_is_one_line(options, message):
    with pytest.raises(InputError, match=message) as error:
        screen(**{"circuits": [line], **QUICK, **options})
    assert "\n" not in str(error.value)
