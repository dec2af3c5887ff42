"""Structure of the ansaetze that ship with qgen."""

import pytest
import torch

from qgen.generator import plugins, resolve
from qgen.simulation.circuit import Circuit


@pytest.mark.parametrize(
    ("name", "two_qubit_gates"), [("circuits/line", 5 * 6), ("circuits/ring", 6 * 6), ("circuits/product", 0)]
)
def test_resources_at_six_qubits_and_six_blocks(name, two_qubit_gates):
    circuit = Circuit(resolve(name), 6, 6)
    assert circuit.two_qubit_gates == two_qubit_gates
    assert circuit.weight_shape == (6, 6, 2)
    assert circuit.n_inputs == 6


def test_ring_on_two_wires_has_no_second_gate_on_the_same_pair():
    assert Circuit(resolve("circuits/ring"), 2, 3).two_qubit_gates == 3


@pytest.mark.parametrize("name", plugins("circuits"))
def test_every_angle_matters(name):
    """Each input and each weight moves some probability; the very first Z rotation acts on an uploaded input too."""
    circuit = Circuit(resolve(name), 3, 2)
    rng = torch.Generator().manual_seed(0)
    x = torch.rand(3, generator=rng, dtype=torch.float64)
    w = torch.rand(circuit.weight_shape, generator=rng, dtype=torch.float64)
    by_input, by_weight = torch.autograd.functional.jacobian(lambda a, b: circuit.probabilities(a, b)[0], (x, w))
    assert (by_input.abs().amax(0) > 1e-3).all()
    assert (by_weight.abs().amax(0) > 1e-3).all()


def correlation(name: str) -> float:
    """Largest |p(b_0, b_1) - p(b_0) p(b_1)| over pairs of bits of three."""
    circuit = Circuit(resolve(name), 3, 2)
    rng = torch.Generator().manual_seed(1)
    x, w = torch.rand(3, generator=rng), torch.rand(circuit.weight_shape, generator=rng)
    p = circuit.probabilities(x.double(), w.double()).reshape(2, 2, 2)
    pairs = (p.sum(axis) for axis in range(3))
    return max(float((pair - pair.sum(1, keepdim=True) * pair.sum(0, keepdim=True)).abs().max()) for pair in pairs)


def test_only_the_product_has_independent_bits():
    assert correlation("circuits/product") < 1e-15
    assert correlation("circuits/line") > 0.01
    assert correlation("circuits/ring") > 0.01
