import math

import numpy as np
import pennylane as qml
import pytest
import torch
from numpy.typing import ArrayLike

from qgen.circuits import Ansatz, ansatz
from qgen.circuits.line import line
from qgen.circuits.product import product
from qgen.circuits.ring import ring
from qgen.circuits.style import style
from qgen.files import InputError
from qgen.generators.bits.energy import fourier
from qgen.generators.qcbm.ansatz import turned
from qgen.generators.qcbm.model import SMALL, BornMachine
from qgen.simulation.circuit import Circuit
from qgen.simulation.twin import Twin
from qgen.training import generator
from qgen.transforms.bits import bits_of

NODES = torch.linspace(-1, 1, 5).double()


def machine(n: int = 3, depth: int = 2, **options: object) -> BornMachine:
    return BornMachine(Circuit(line, n, depth), torch.Generator().manual_seed(0), **options).double()


@pytest.mark.parametrize("reupload", [True, False])
def test_angles_follow_the_energy_as_written(reupload: bool) -> None:
    """Against PennyLane, with a + sum b phi worked out by hand."""
    model = machine(n_terms=2, reupload=reupload, spread=1.5)
    twin = Twin(turned(Circuit(line, 3, 2), upload=not reupload), 3, 2)
    first = slice(None) if reupload else slice(3, 9)
    for x in torch.tensor([[-1.0], [0.4]]).double():
        angles = model.constant.detach().clone()
        for b, phi in zip(model.slopes.detach(), fourier(x, 2)[0], strict=True):
            angles[first] += b * phi
        expected = twin.probabilities(angles[:3], angles[3:])
        torch.testing.assert_close(model(x), expected, rtol=0, atol=1e-12)


def test_without_re_uploading_only_the_first_turns_know_the_condition() -> None:
    """3 + 9 + 12 angles, six of which depend on the one feature."""
    model = machine(n_terms=0, reupload=False)
    assert (len(model.constant), tuple(model.slopes.shape)) == (24, (1, 6))
    low, high = model.angles(torch.tensor([-1.0, 1.0]).double())[1].detach()
    assert (low[:6] != high[:6]).all()
    torch.testing.assert_close(low[6:], high[6:], rtol=0, atol=0)
    full = machine(n_terms=0)
    assert (len(full.constant), tuple(full.slopes.shape)) == (18, (1, 18))


def test_one_qubit_in_closed_form() -> None:
    """RX(a) RY(b) RY(c) on |0>: p(1) = (1 - cos a cos(b + c)) / 2."""
    model = BornMachine(Circuit(product, 1, 1), torch.Generator(), n_terms=0).double()
    with torch.no_grad():
        model.constant.copy_(torch.tensor([0.7, 0.0, 0.4, 0.2]))
        model.slopes.copy_(torch.tensor([[0.0, 0.0, 0.5, 0.1]]))
    found = model(torch.tensor([0.6], dtype=torch.float64))[0, 1].item()
    assert math.isclose(found, (1 - math.cos(0.7) * math.cos(0.6 + 0.6 * 0.6)) / 2, abs_tol=1e-7)


def test_counts_are_drawn_from_the_probabilities() -> None:
    model = machine(spread=1.0)
    x = torch.tensor([-0.5, 0.8]).double()
    counts = model.counts(x, 20000, np.random.default_rng(0))
    p = model(x).detach().numpy()
    assert (counts.sum(axis=1) == 20000).all()
    assert (np.abs(counts / 20000 - p) < 5 * np.sqrt(p * (1 - p) / 20000) + 1e-9).all()


def test_samples_are_the_bits_of_single_shots() -> None:
    """More energies than are simulated at once; bit 0 is the most significant one of a state."""
    model = machine(spread=1.0)
    x = torch.cat([torch.full((4000,), -0.5), torch.full((4000,), 0.8)]).double()
    states = model.sample(x, np.random.default_rng(0)) @ [4, 2, 1]
    for half, p in zip(np.split(states, 2), model(x[[0, -1]]).detach().numpy(), strict=True):
        assert (np.abs(np.bincount(half, minlength=8) / 4000 - p) < 5 * np.sqrt(p * (1 - p) / 4000) + 1e-9).all()


def test_starts_near_the_identity() -> None:
    model = BornMachine(Circuit(line, 6, 4), torch.Generator().manual_seed(1))
    assert max(parameter.abs().max() for parameter in model.parameters()) <= SMALL
    at_zero, uniform = model(torch.zeros(1))[0, 0].item(), 1 / 64
    assert at_zero > 20 * uniform


def on(circuit: Ansatz, **options: object) -> BornMachine:
    return BornMachine(Circuit(circuit, 3, 3), generator(0), **options).double()


def as_bits(states: ArrayLike) -> torch.Tensor:
    """Of three qubits, (n, 3)."""
    return torch.from_numpy(bits_of(states, 3))


def product_of(p_one: np.ndarray) -> np.ndarray:
    """Probabilities of all states of independent bits, shape (8,)."""
    return np.einsum("a,b,c->abc", *(np.array([1 - p, p]) for p in p_one)).ravel()


@pytest.mark.parametrize("circuit", [line, ring, style])
def test_start_is_the_product_of_marginals_exactly(circuit: Ansatz) -> None:
    """At five energies bits come in given numbers; five coefficients of an angle meet them all (enumerated)."""
    rng = np.random.default_rng(0)
    states, x = rng.integers(0, 8, 200), np.repeat(NODES.numpy(), 40)
    model = on(circuit, n_terms=3)
    model.start(NODES, torch.tensor(x), as_bits(states), generator(1), spread=0.0)
    for row, node in zip(model(NODES).detach().numpy(), NODES.numpy(), strict=True):
        here = states[x == node]
        np.testing.assert_allclose(
            row, product_of(((here[:, None] >> np.array([2, 1, 0])) & 1).mean(axis=0)), atol=1e-6
        )


def test_fewer_coefficients_fit_by_least_squares() -> None:
    """One slope: the angles are the weighted straight line through 2 arcsin sqrt(m)."""
    rng = np.random.default_rng(1)
    x = rng.choice(NODES.numpy(), 300, p=[0.4, 0.3, 0.1, 0.1, 0.1])
    states = rng.integers(0, 8, 300)
    model = on(line, n_terms=0)
    model.start(NODES, torch.tensor(x), as_bits(states), generator(1), spread=0.0)
    nodes = NODES.numpy()
    number = np.array([(x == node).sum() for node in nodes])
    for q in range(3):
        share = np.array([((states[x == node] >> (2 - q)) & 1).mean() for node in nodes])
        slope, constant = np.polyfit(nodes, 2 * np.arcsin(np.sqrt(share)), 1, w=np.sqrt(number))
        assert model.constant[q - 3].item() == pytest.approx(constant)
        assert model.slopes[0, q - 3].item() == pytest.approx(slope)


def test_without_re_uploading_it_starts_at_the_marginals_of_all() -> None:
    """One node, so that nothing is interpolated."""
    states = [0b100, 0b101, 0b110, 0b001]
    model = on(line, reupload=False)
    model.start(torch.zeros(1).double(), torch.zeros(4).double(), as_bits(states), generator(1), spread=0.0)
    found = model(torch.tensor([-0.7, 0.9]).double()).detach().numpy()
    np.testing.assert_allclose(found, [product_of(np.array([0.75, 0.25, 0.5]))] * 2, atol=1e-6)


def test_other_angles_start_small() -> None:
    model = on(line)
    model.start(NODES, torch.zeros(4).double(), as_bits(range(4)), generator(1), spread=0.02)
    assert 0 < model.constant[:-3].abs().max() <= 0.02
    assert 0 < model.slopes[:, :-3].abs().max() <= 0.02


def test_circuits_that_move_the_first_state_have_no_such_start() -> None:
    @ansatz(weight_shape=lambda n_qubits, depth: (1,))
    def flipped(inputs, weights, wires):  # type: ignore[no-untyped-def]
        qml.PauliX(wires=wires[0])
        qml.RY(weights[0], wires=wires[0])

    with pytest.raises(InputError, match=r"start 'data' expects a circuit that leaves .* found flipped"):
        on(flipped).start(NODES, torch.zeros(4).double(), as_bits(range(4)), generator(1))
