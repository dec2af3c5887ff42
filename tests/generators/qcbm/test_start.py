import numpy as np
import pennylane as qml
import pytest
import torch

from qgen.circuits import Ansatz, ansatz
from qgen.circuits.line import line
from qgen.circuits.ring import ring
from qgen.circuits.style import style
from qgen.files import InputError
from qgen.generators.qcbm.model import BornMachine
from qgen.generators.qcbm.start import marginals, start_from_data
from qgen.simulation.circuit import Circuit
from qgen.training import generator

NODES = torch.linspace(-1, 1, 5).double()


def machine(circuit: Ansatz, **options: object) -> BornMachine:
    return BornMachine(Circuit(circuit, 3, 3), generator(0), **options).double()


def product_of(p_one: np.ndarray) -> np.ndarray:
    """Probabilities of all states of independent bits, shape (8,)."""
    return np.einsum("a,b,c->abc", *(np.array([1 - p, p]) for p in p_one)).ravel()


def test_marginals_by_counting() -> None:
    states = torch.tensor([0b110, 0b011, 0b111, 0b000])
    weights = torch.tensor([[1.0, 0], [1, 0], [0.5, 0.5], [0, 1]]).double()
    found, count = marginals(weights, states, 3)
    np.testing.assert_allclose(found, [[1.5 / 2.5, 1, 1.5 / 2.5], [1 / 3, 1 / 3, 1 / 3]])
    np.testing.assert_allclose(count, [2.5, 1.5])


@pytest.mark.parametrize("circuit", [line, ring, style])
def test_start_is_the_product_of_marginals_exactly(circuit: Ansatz) -> None:
    """At five energies bits come in given numbers; five coefficients of an angle meet them all (enumerated)."""
    rng = np.random.default_rng(0)
    states, x = rng.integers(0, 8, 200), np.repeat(NODES.numpy(), 40)
    model = machine(circuit, n_terms=3)
    start_from_data(model, NODES, torch.tensor(x), torch.tensor(states), generator(1), spread=0.0)
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
    model = machine(line, n_terms=0)
    start_from_data(model, NODES, torch.tensor(x), torch.tensor(states), generator(1), spread=0.0)
    nodes = NODES.numpy()
    number = np.array([(x == node).sum() for node in nodes])
    for q in range(3):
        share = np.array([((states[x == node] >> (2 - q)) & 1).mean() for node in nodes])
        slope, constant = np.polyfit(nodes, 2 * np.arcsin(np.sqrt(share)), 1, w=np.sqrt(number))
        assert model.constant[q - 3].item() == pytest.approx(constant)
        assert model.slopes[0, q - 3].item() == pytest.approx(slope)


def test_without_re_uploading_it_starts_at_the_marginals_of_all() -> None:
    """One node, so that nothing is interpolated."""
    states = torch.tensor([0b100, 0b101, 0b110, 0b001])
    model = machine(line, reupload=False)
    start_from_data(model, torch.zeros(1).double(), torch.zeros(4).double(), states, generator(1), spread=0.0)
    found = model(torch.tensor([-0.7, 0.9]).double()).detach().numpy()
    np.testing.assert_allclose(found, [product_of(np.array([0.75, 0.25, 0.5]))] * 2, atol=1e-6)


def test_other_angles_start_small() -> None:
    model = machine(line)
    start_from_data(model, NODES, torch.zeros(4).double(), torch.arange(4), generator(1), spread=0.02)
    assert 0 < model.constant[:-3].abs().max() <= 0.02
    assert 0 < model.slopes[:, :-3].abs().max() <= 0.02


def test_circuits_that_move_the_first_state_have_no_such_start() -> None:
    @ansatz(weight_shape=lambda n_qubits, depth: (1,))
    def flipped(inputs, weights, wires):  # type: ignore[no-untyped-def]
        qml.PauliX(wires=wires[0])
        qml.RY(weights[0], wires=wires[0])

    with pytest.raises(InputError, match=r"start 'data' expects a circuit that leaves .* found flipped"):
        start_from_data(machine(flipped), NODES, torch.zeros(4).double(), torch.arange(4), generator(1))
