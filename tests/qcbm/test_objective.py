import numpy as np
import pytest
import torch
from torch import Tensor, nn

from qgen.circuits.line import line
from qgen.qcbm.model import BornMachine
from qgen.qcbm.objective import ConditionalMMD, hats, mixture_kernel
from qgen.simulation.circuit import Circuit
from qgen.training import Run, generator, train

POSITIONS = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [2.0, 2.0]])
NODES = torch.tensor([-1.0, 0.0, 1.0])


class Fixed(nn.Module):
    """A model of given probabilities at the nodes."""

    def __init__(self, p: Tensor) -> None:
        super().__init__()
        self.p = nn.Parameter(p)

    def forward(self, x: Tensor) -> Tensor:
        return self.p


def objective(model: nn.Module, nodes: Tensor = NODES) -> ConditionalMMD:
    return ConditionalMMD(model, POSITIONS, nodes, bandwidths=(0.5, 2.0), learning_rate=0.05)


def test_hats_interpolate() -> None:
    nodes = np.array([-1.0, -0.2, 0.7])
    x = np.linspace(-1.5, 1.5, 31)
    expected = np.stack([np.interp(x, nodes, row) for row in np.eye(3)], axis=1)
    np.testing.assert_allclose(hats(torch.tensor(x), torch.tensor(nodes)).numpy(), expected, atol=1e-12)


def test_kernel_by_its_formula() -> None:
    found = mixture_kernel(POSITIONS, (0.5, 2.0))
    for i, a in enumerate(POSITIONS.numpy()):
        for j, b in enumerate(POSITIONS.numpy()):
            d2 = ((a - b) ** 2).sum()
            assert found[i, j].item() == pytest.approx((np.exp(-2 * d2) + np.exp(-d2 / 8)) / 2, rel=1e-6)


def test_discrepancy_by_explicit_loops() -> None:
    """Showers and model showers compared pair by pair, each with its weight in the energy bin."""
    rng = np.random.default_rng(0)
    x, state = rng.uniform(-1, 1, 12), rng.integers(0, 4, 12)
    p = rng.dirichlet(np.ones(4), size=3)
    kernel = mixture_kernel(POSITIONS, (0.5, 2.0)).numpy()
    expected = 0.0
    for node in range(3):
        w = np.interp(x, NODES.numpy(), np.eye(3)[node])
        difference = np.zeros(4)
        for i in range(12):
            at_shower = [np.interp(x[i], NODES.numpy(), p[:, s]) for s in range(4)]
            difference += w[i] / w.sum() * (np.array(at_shower) - np.eye(4)[state[i]])
        expected += w.sum() / 12 * sum(difference[s] * kernel[s, t] * difference[t] for s in range(4) for t in range(4))
    batch = {"x": torch.tensor(x, dtype=torch.float32), "state": torch.tensor(state)}
    found = objective(Fixed(torch.tensor(p, dtype=torch.float32))).discrepancy(batch)
    assert found.item() == pytest.approx(expected, rel=1e-5)


def test_vanishes_where_the_model_is_the_data() -> None:
    """States in proportions that are linear in the energy, at the nodes only."""
    counts = [[8, 4, 2, 2], [4, 4, 4, 4], [0, 4, 6, 6]]
    x = np.repeat(NODES.numpy(), 16)
    state = np.concatenate([np.repeat(np.arange(4), row) for row in counts])
    batch = {"x": torch.tensor(x), "state": torch.tensor(state)}
    p = torch.tensor(counts, dtype=torch.float32) / 16
    assert objective(Fixed(p)).discrepancy(batch).item() == pytest.approx(0, abs=1e-12)
    assert objective(Fixed(p.flip(1))).discrepancy(batch).item() > 1e-2


def test_a_circuit_learns_a_known_conditional_distribution() -> None:
    """Two qubits; at x = -1, 0, 1 the states come in exact proportions that change with x."""
    counts = np.array([[14, 2, 2, 2], [8, 3, 4, 5], [2, 4, 6, 8]])
    x = torch.repeat_interleave(NODES, 20)
    state = torch.tensor(np.concatenate([np.repeat(np.arange(4), row) for row in counts]))
    model = BornMachine(Circuit(line, 2, 4), generator(0))
    train(objective(model), {"x": x, "state": state}, Run(0, validation=0), epochs=200, batch_size=60)
    found = model(NODES).detach().numpy()
    assert (np.abs(found - counts / 20).sum(axis=1) / 2).max() < 0.02
