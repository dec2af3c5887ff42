"""Expressibility of circuits whose distribution of fidelities is known."""

import math

import numpy as np
import pennylane as qml
import pytest
import torch
from scipy.integrate import quad

from qgen.circuits import ansatz
from qgen.circuits.line import line
from qgen.circuits.product import product
from qgen.files import InputError
from qgen.screening.expressibility import divergence, expressibility, fidelities, haar, histogram
from qgen.simulation.circuit import Circuit


@ansatz(weight_shape=lambda n_qubits, depth: (1,))
def idle(inputs, weights, wires):
    qml.Identity(wires=wires[0])


@ansatz(weight_shape=lambda n_qubits, depth: (1,))
def equator(inputs, weights, wires):
    """A state on the equator: F = cos^2((a - b)/2)."""
    qml.Hadamard(wires=wires[0])
    qml.RZ(weights[0], wires=wires[0])


@ansatz(weight_shape=lambda n_qubits, depth: (2,))
def random_unitary(inputs, weights, wires):
    """Uniform on the sphere: cos(theta) uniform, phi uniform."""
    qml.RY(torch.arccos(1 - weights[0] / math.pi), wires=wires[0])
    qml.RZ(weights[1], wires=wires[0])


def arcsine(n_bins: int) -> float:
    """Expr of the arcsine distribution, P(F < f) = 2/pi arcsin(sqrt f), against the uniform one of one qubit."""
    p = np.diff(2 / np.pi * np.arcsin(np.sqrt(np.arange(n_bins + 1) / n_bins)))
    return float(np.sum(p * np.log(p * n_bins)))


@pytest.mark.parametrize("n_qubits", [1, 2, 4])
def test_haar_shares_are_integrals_of_the_density(n_qubits):
    size = 2**n_qubits
    found = np.exp(haar(n_qubits, 10, "width"))
    expected = [quad(lambda f: (size - 1) * (1 - f) ** (size - 2), k / 10, (k + 1) / 10)[0] for k in range(10)]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_haar_shares_of_many_qubits_stay_finite():
    """q_last = n_bins^-(N - 1), far below the smallest float."""
    assert haar(12, 75, "width")[-1] == pytest.approx(-4095 * math.log(75))
    assert np.exp(haar(12, 75, "width")).sum() == pytest.approx(1)


@pytest.mark.parametrize("n_qubits", [1, 3, 12])
def test_a_state_that_never_moves_has_the_largest_score(n_qubits):
    rng = np.random.default_rng(0)
    found = expressibility(Circuit(idle, n_qubits, 1), n_pairs=50, rng=rng)
    assert found.value == pytest.approx((2**n_qubits - 1) * math.log(75))
    assert found.error == 0
    found = expressibility(Circuit(idle, n_qubits, 1), n_pairs=50, bins="haar", rng=rng)
    assert found.value == pytest.approx(math.log(75))


def test_the_equator_has_the_arcsine_distribution():
    """The limit of many bins is ln(4/pi); published with 75 bins: 0.22."""
    assert arcsine(10**6) == pytest.approx(math.log(4 / math.pi), abs=1e-3)
    found = expressibility(Circuit(equator, 1, 1), n_pairs=20_000, rng=np.random.default_rng(0))
    assert found.value == pytest.approx(arcsine(75), abs=4 * found.error)
    assert found.error < 0.01


@pytest.mark.parametrize("bins", ["width", "haar"])
def test_random_unitaries_score_the_floor(bins):
    found = expressibility(Circuit(random_unitary, 1, 1), bins=bins, rng=np.random.default_rng(0))
    assert abs(found.value - found.floor) < 3 * found.floor_sd
    assert found.floor == pytest.approx(74 / (2 * 5000), rel=0.05)
    assert found.floor_sd == pytest.approx(math.sqrt(2 * 74) / (2 * 5000), rel=0.2)


def test_the_bins_are_the_same_for_one_qubit():
    fidelity = np.random.default_rng(0).random(1000)
    np.testing.assert_array_equal(histogram(fidelity, 1, 75, "width"), histogram(fidelity, 1, 75, "haar"))


def test_fidelities_of_random_states_fill_the_haar_bins_evenly():
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=(20_000, 8)) + 1j * rng.normal(size=(20_000, 8)) for _ in range(2))
    fidelity = np.abs((a.conj() * b).sum(1)) ** 2 / ((np.abs(a) ** 2).sum(1) * (np.abs(b) ** 2).sum(1))
    for bins in ("width", "haar"):
        counts, log_q = histogram(fidelity, 3, 20, bins), haar(3, 20, bins)
        expected = 20_000 * np.exp(log_q)
        assert ((counts - expected) ** 2 / expected)[expected > 5].sum() < 45  # chi^2 of at most 19 degrees of freedom
        assert divergence(counts, log_q) < 0.002


def test_a_deep_circuit_is_more_expressive_than_a_product():
    def score(circuit, depth):
        return expressibility(Circuit(circuit, 4, depth), n_pairs=2000, bins="haar", rng=np.random.default_rng(0))

    deep, flat = score(line, 8), score(product, 8)
    assert deep.value < deep.floor + 4 * deep.floor_sd
    assert flat.value > flat.floor + 50 * flat.floor_sd


def test_the_error_is_the_spread_of_repeats():
    circuit, rng = Circuit(product, 2, 1), np.random.default_rng(0)
    found = [expressibility(circuit, n_pairs=500, n_bins=10, rng=rng) for _ in range(60)]
    assert np.std([one.value for one in found]) == pytest.approx(np.mean([one.error for one in found]), rel=0.3)


def test_pairs_made_in_parts_are_as_many(monkeypatch):
    monkeypatch.setattr("qgen.screening.starts.AMPLITUDES", 64)
    found = fidelities(Circuit(equator, 1, 1), 100, "uniform", np.random.default_rng(0))
    assert found.shape == (100,)
    assert found.mean() == pytest.approx(0.5, abs=4 * (1 / 8) ** 0.5 / 10)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_pairs": 1}, "expected n_pairs and n_bins >= 2, found 1 and 75"),
        ({"n_bins": 1}, "expected n_pairs and n_bins >= 2, found 5000 and 1"),
        ({"bins": "wide"}, "bins: expected one of width, haar, found 'wide'"),
    ],
)
def test_bad_input_is_one_line(options, message):
    with pytest.raises(InputError, match=message):
        expressibility(Circuit(line, 2, 1), rng=np.random.default_rng(0), **options)
