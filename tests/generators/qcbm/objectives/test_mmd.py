from itertools import product

import numpy as np
import pytest
import torch

from qgen.circuits.line import line
from qgen.generators.qcbm.model import BornMachine
from qgen.generators.qcbm.objectives import Recipe
from qgen.generators.qcbm.objectives.mmd import MMD, mixture_kernel
from qgen.simulation.circuit import Circuit
from qgen.training import Run, generator, train

from .fixed import NODES, POSITIONS, between, drawn, hat_weights, recipe


def test_kernel_by_its_formula() -> None:
    found = mixture_kernel(POSITIONS, (0.5, 2.0))
    for i, a in enumerate(POSITIONS.numpy()):
        for j, b in enumerate(POSITIONS.numpy()):
            d2 = ((a - b) ** 2).sum()
            assert found[i, j].item() == pytest.approx((np.exp(-2 * d2) + np.exp(-d2 / 8)) / 2, rel=1e-6)


def test_discrepancy_by_explicit_loops() -> None:
    """Showers and model showers compared pair by pair, each with its weight in the energy bin."""
    batch, p = drawn()
    kernel = mixture_kernel(POSITIONS, (0.5, 2.0)).numpy()
    ours, hats, expected = between(batch, p), hat_weights(batch), 0.0
    for w in hats.T:
        difference = sum(w[i] / w.sum() * (ours[i] - np.eye(4)[batch["state"][i]]) for i in range(12))
        expected += w.sum() / 12 * sum(difference[s] * kernel[s, t] * difference[t] for s in range(4) for t in range(4))
    assert MMD(recipe(p)).distance(batch, generator(0)).item() == pytest.approx(expected, rel=1e-9)


def test_vanishes_where_the_model_is_the_data() -> None:
    """States in proportions that are linear in the energy, at the nodes only."""
    counts = [[8, 4, 2, 2], [4, 4, 4, 4], [0, 4, 6, 6]]
    states = np.concatenate([np.repeat(np.arange(4), row) for row in counts])
    batch = {"x": torch.repeat_interleave(NODES, 16), "state": torch.tensor(states)}
    p = torch.tensor(counts).double() / 16
    assert MMD(recipe(p)).distance(batch, generator(0)).item() == pytest.approx(0, abs=1e-12)
    assert MMD(recipe(p.flip(1))).distance(batch, generator(0)).item() > 1e-2


@pytest.mark.parametrize("m", [2, 3])
def test_the_estimate_and_its_gradient_are_exact_on_average(m: int) -> None:
    """All samples of a circuit on two qubits enumerated, each with its probability; a node at a time."""
    batch = {"x": torch.zeros(7).double(), "state": torch.tensor([0, 0, 1, 2, 2, 2, 3])}
    model = BornMachine(Circuit(line, 2, 2), generator(0), spread=1.0).double()
    objective = MMD(Recipe(model, POSITIONS, torch.zeros(1).double(), 0.05, bandwidths=(0.5, 2.0)))
    parameters = list(model.parameters())

    def slopes(value: torch.Tensor) -> torch.Tensor:
        return torch.cat([g.ravel() for g in torch.autograd.grad(value, parameters, retain_graph=True)])

    exact = objective.distance(batch, generator(0))
    target = objective.target(batch)
    q = target.smeared(model(objective.nodes))
    value, gradient = 0.0, torch.zeros_like(slopes(exact))
    for states in product(range(4), repeat=m):
        estimate = objective.estimate(q, target, torch.tensor([states]))
        chance = q[0, list(states)].prod().item()
        value += chance * estimate.item()
        gradient += chance * slopes(estimate)
    assert value == pytest.approx(exact.item(), rel=1e-9)
    torch.testing.assert_close(gradient, slopes(exact), rtol=1e-8, atol=1e-12)


def test_samples_of_all_nodes_average_to_the_exact_value() -> None:
    batch, p = drawn(40, 1)
    exact = MMD(recipe(p)).distance(batch, generator(0)).item()
    sampled = MMD(recipe(p, samples=8))
    found = np.array([sampled.distance(batch, generator(k)).item() for k in range(400)])
    assert found.mean() == pytest.approx(exact, abs=4 * found.std() / 20)


def test_above_twelve_qubits_it_samples() -> None:
    """No kernel between all pairs of 2^13 states is made."""
    positions = torch.arange(2**13).double()[:, None] / 2**10
    p = torch.full((1, 2**13), 2.0**-13).double()
    made = MMD(Recipe(torch.nn.Linear(1, 1), positions, torch.zeros(1).double(), 0.1, bandwidths=(1.0,)))
    assert made.kernel is None
    made.model.forward = lambda conditions: p
    states = torch.randint(2**13, (500,), generator=generator(0))
    batch = {"x": torch.zeros(500).double(), "state": states}
    found = np.array([made.distance(batch, generator(k)).item() for k in range(50)])
    r = positions[:, 0].numpy()
    kernel = np.exp(-((r[:, None] - r[states.numpy()]) ** 2) / 2)
    ours = np.exp(-((r[:, None] - r[::16]) ** 2) / 2).mean()
    expected = ours - 2 * kernel.mean() + kernel[states.numpy()].mean()
    assert found.mean() == pytest.approx(expected, abs=5 * found.std() / 50**0.5 + 1e-3)


def test_a_circuit_learns_a_known_conditional_distribution() -> None:
    """Two qubits; at x = -1, 0, 1 the states come in exact proportions that change with x."""
    counts = np.array([[14, 2, 2, 2], [8, 3, 4, 5], [2, 4, 6, 8]])
    x = torch.repeat_interleave(NODES, 20).float()
    state = torch.tensor(np.concatenate([np.repeat(np.arange(4), row) for row in counts]))
    model = BornMachine(Circuit(line, 2, 4), generator(0))
    objective = MMD(Recipe(model, POSITIONS.float(), NODES.float(), 0.05, bandwidths=(0.5, 2.0)))
    train(objective, {"x": x, "state": state}, Run(0, validation=0), epochs=200, batch_size=60)
    found = model(NODES.float()).detach().numpy()
    assert (np.abs(found - counts / 20).sum(axis=1) / 2).max() < 0.02
