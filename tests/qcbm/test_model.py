import math

import torch

from qgen.circuits.line import line
from qgen.circuits.product import product
from qgen.qcbm.model import SMALL, BornMachine
from qgen.simulation.circuit import Circuit
from qgen.simulation.twin import Twin


def test_angles_follow_the_energy_as_written() -> None:
    """Against PennyLane, with the angles a + b_1 x + b_2 (3x^2 - 1)/2 worked out by hand at every energy."""
    model = BornMachine(Circuit(line, 3, 2), torch.Generator().manual_seed(0)).double()
    with torch.no_grad():
        model.angles.mul_(10)
    twin = Twin(line, 3, 2)
    for x in (-1.0, 0.3, 1.0):
        a, b1, b2 = model.angles.detach()
        angles = a + b1 * x + b2 * (3 * x * x - 1) / 2
        expected = twin.probabilities(angles[:3], angles[3:].reshape(2, 3, 2))
        torch.testing.assert_close(model(torch.tensor([x], dtype=torch.float64)), expected, rtol=0, atol=1e-12)


def test_one_qubit_in_closed_form() -> None:
    """RX(a) RY(b) on |0>: p(1) = (1 - cos a cos b) / 2."""
    model = BornMachine(Circuit(product, 1, 1), torch.Generator()).double()
    with torch.no_grad():
        model.angles.copy_(torch.tensor([[0.7, 0.0, 0.4], [0.0, 0.0, 0.5], [0.0, 0.0, 0.0]]))
    found = model(torch.tensor([0.6], dtype=torch.float64))[0, 1].item()
    assert math.isclose(found, (1 - math.cos(0.7) * math.cos(0.4 + 0.5 * 0.6)) / 2, abs_tol=1e-7)


def test_starts_near_the_identity() -> None:
    model = BornMachine(Circuit(line, 6, 4), torch.Generator().manual_seed(1))
    assert model.angles.abs().max() <= SMALL
    at_zero, uniform = model(torch.zeros(1))[0, 0].item(), 1 / 64
    assert at_zero > 20 * uniform
