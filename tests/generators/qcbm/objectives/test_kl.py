import numpy as np
import pytest
import torch

from qgen.circuits.controlled_line import controlled_line
from qgen.circuits.line import line
from qgen.generators.qcbm.model import BornMachine
from qgen.generators.qcbm.objectives import SMOOTHING, Recipe, cross_entropy
from qgen.generators.qcbm.objectives.kl import KL
from qgen.simulation.circuit import Circuit
from qgen.training import Run, generator, train

from .fixed import POSITIONS, between, drawn, recipe


def test_cross_entropy_event_by_event() -> None:
    batch, p = drawn()
    ours = between(batch, p)
    smoothed = [(1 - SMOOTHING) * ours[i, s] + SMOOTHING / 4 for i, s in enumerate(batch["state"])]
    assert KL(recipe(p)).distance(batch, generator(0)).item() == pytest.approx(-np.mean(np.log(smoothed)), rel=1e-12)


def test_smallest_where_the_model_is_the_data() -> None:
    """There it is the entropy, ln 4 - 3/4 ln 3 for p = (1/4, 0, 0, 3/4); an impossible state costs a finite amount."""
    states, weights = torch.tensor([0, 3, 3, 3]), torch.ones(4, 1).double()
    p = torch.tensor([[0.25, 0, 0, 0.75]]).double()
    entropy = np.log(4) - 0.75 * np.log(3)
    assert cross_entropy(p, weights, states, smoothing=0).item() == pytest.approx(entropy)
    for other in ([0.3, 0, 0, 0.7], [0.2, 0, 0, 0.8], [0.25, 0.05, 0, 0.7]):
        assert cross_entropy(torch.tensor([other]).double(), weights, states, smoothing=0).item() > entropy
    found = cross_entropy(torch.tensor([[1.0, 0, 0, 0]]).double(), weights, states, smoothing=0.1).item()
    assert found == pytest.approx(-(np.log(0.925) + 3 * np.log(0.025)) / 4)


def test_gradient_against_finite_differences() -> None:
    batch, _ = drawn()
    model = BornMachine(Circuit(line, 2, 2), generator(0), spread=1.0).double()
    objective = KL(Recipe(model, POSITIONS, torch.tensor([-1.0, 1.0]).double(), 0.05))
    objective.distance(batch, generator(0)).backward()
    with torch.no_grad():
        for parameter in model.parameters():
            flat, gradient = parameter.view(-1), parameter.grad.view(-1)
            for i in range(0, len(flat), 3):
                values = []
                for step in (1e-6, -2e-6):
                    flat[i] += step
                    values.append(objective.distance(batch, generator(0)).item())
                flat[i] += 1e-6
                assert gradient[i].item() == pytest.approx((values[0] - values[1]) / 2e-6, rel=1e-5, abs=1e-8)


def test_a_circuit_learns_a_distribution_that_follows_the_energy() -> None:
    """Two independent bits; P(bit = 1) = sin^2(v / 2) with v linear in x."""
    nodes = torch.linspace(-1, 1, 7)
    x = nodes.numpy()
    first, second = np.sin(np.stack([1.2 + 0.6 * x, 1.8 - 0.5 * x]) / 2) ** 2
    expected = np.stack(
        [(1 - first) * (1 - second), (1 - first) * second, first * (1 - second), first * second], axis=1
    )
    times = np.round(1000 * expected).astype(int)  # every state as often as expected, at every node
    data = {
        "x": nodes.repeat_interleave(torch.tensor(times.sum(axis=1))),
        "state": torch.tensor(np.concatenate([np.repeat(np.arange(4), row) for row in times])),
    }
    model = BornMachine(Circuit(controlled_line, 2, 1), generator(0), n_terms=0)
    objective = KL(Recipe(model, POSITIONS.float(), nodes, 0.05, smoothing=1e-3))
    train(objective, data, Run(0, validation=0), epochs=200, batch_size=len(data["state"]))
    found = model(nodes).detach().numpy()
    assert (np.abs(found - expected).sum(axis=1) / 2).max() < 0.03
