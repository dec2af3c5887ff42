"""Variance of gradients of products of RY in closed form, and gradients against differences."""

import math

import numpy as np
import pennylane as qml
import pytest
import torch

from qgen.circuits import ansatz
from qgen.circuits.line import line
from qgen.files import InputError
from qgen.screening.gradients import gradient_variance, gradients
from qgen.screening.losses import loss, mmd
from qgen.screening.starts import angles
from qgen.simulation.circuit import Circuit


@ansatz(weight_shape=lambda n_qubits, depth: (n_qubits,), n_inputs=lambda n_qubits, depth: 0)
def turned(inputs, weights, wires):
    """p(0...0) = prod_k cos^2(w_k / 2), <Z_0> = cos w_0."""
    for weight, wire in zip(weights, wires, strict=True):
        qml.RY(weight, wires=wire)


@pytest.mark.parametrize("n_qubits", [1, 3, 6])
def test_a_global_loss_is_barren_even_for_a_product(n_qubits):
    """dL/dw_0 = sin(w_0)/2 prod_(k > 0) cos^2(w_k/2), <cos^4> = 3/8: the variance is 1/8 (3/8)^(n - 1)."""
    slopes = gradients(
        Circuit(turned, n_qubits, 1), loss("global", n_qubits), n_starts=20_000, rng=np.random.default_rng(0)
    )
    for weight in (0, n_qubits - 1, None):
        value, error = gradient_variance(slopes, weight)
        assert value == pytest.approx((3 / 8) ** (n_qubits - 1) / 8, abs=4 * error)
        assert error < 0.15 * value


def test_a_local_loss_is_not():
    """dL/dw_0 = -sin w_0 and nothing for the other weights."""
    slopes = gradients(Circuit(turned, 4, 1), loss("z0", 4), n_starts=4000, rng=np.random.default_rng(0))
    value, error = gradient_variance(slopes, 0)
    assert value == pytest.approx(1 / 2, abs=4 * error)
    assert error == pytest.approx((1 / 8 / 4000) ** 0.5, rel=0.05)  # Var sin^2 = 1/8
    assert gradient_variance(slopes, 2)[0] < 1e-30
    assert gradient_variance(slopes)[0] == pytest.approx(value / 4)


def test_small_angles():
    """Var sin w = 1/2 - sin(2a)/(4a) for w in U(-a, a)."""
    slopes = gradients(Circuit(turned, 2, 1), loss("z0", 2), n_starts=4000, start="small", rng=np.random.default_rng(0))
    value, error = gradient_variance(slopes, 0)
    assert value == pytest.approx(1 / 2 - math.sin(0.3) / 0.6, abs=4 * error)


def test_mmd_of_one_qubit():
    """(p - t)^T K (p - t) = (1 - k) cos^2(w)/2 for t even and kernel k between the states: variance (1 - k)^2 / 8."""
    even, positions = torch.full((2,), 0.5, dtype=torch.float64), torch.tensor([[0.0], [1.0]], dtype=torch.float64)
    k = np.mean([math.exp(-1 / (2 * s**2)) for s in (0.3, 1.0, 3.0, 10.0)])
    slopes = gradients(Circuit(turned, 1, 1), mmd(even, positions), n_starts=4000, rng=np.random.default_rng(0))
    value, error = gradient_variance(slopes)
    assert value == pytest.approx((1 - k) ** 2 / 8, abs=4 * error)


@pytest.mark.parametrize("name", ["z0", "global", "mmd"])
def test_gradients_are_slopes(monkeypatch, name):
    monkeypatch.setattr("qgen.screening.losses.N_SHOWERS", 20)
    circuit, function, step = Circuit(line, 3, 2), loss(name, 3), 1e-5
    found = gradients(circuit, function, n_starts=3, rng=np.random.default_rng(0))
    inputs, weights = angles(circuit, 3, "uniform", np.random.default_rng(0))
    for k in range(circuit.n_weights):
        moved = torch.zeros(circuit.n_weights, dtype=torch.float64)
        moved[k] = step
        up, down = (function(circuit.probabilities(inputs, weights + s * moved.reshape(2, 3, 2))) for s in (1, -1))
        np.testing.assert_allclose(found[:, k], (up - down) / (2 * step), atol=1e-9)


def test_the_error_is_the_spread_of_repeats():
    rng = np.random.default_rng(0)
    found = [gradient_variance(rng.normal(size=(100, 3))) for _ in range(400)]
    values, errors = np.array(found).T
    assert values.mean() == pytest.approx(1, abs=4 * values.std() / 20)
    assert errors.mean() == pytest.approx(values.std(), rel=0.15)


def test_starts_in_parts_are_as_many(monkeypatch):
    monkeypatch.setattr("qgen.screening.starts.AMPLITUDES", 256)
    assert gradients(Circuit(turned, 2, 1), loss("z0", 2), n_starts=10, rng=np.random.default_rng(0)).shape == (10, 2)


def test_bad_input_is_one_line():
    with pytest.raises(InputError, match="expected n_starts >= 2, found 1"):
        gradients(Circuit(line, 2, 1), loss("z0", 2), n_starts=1, rng=np.random.default_rng(0))
    with pytest.raises(InputError, match=r"weight: expected 0\.\.2, found 3"):
        gradient_variance(np.zeros((5, 3)), 3)
