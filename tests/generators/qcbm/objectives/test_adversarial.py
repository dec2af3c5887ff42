import numpy as np
import pytest
import torch
from torch.nn.functional import softplus

from qgen.circuits.line import line
from qgen.generators.qcbm.model import BornMachine
from qgen.generators.qcbm.objectives import Recipe, cross_entropy
from qgen.generators.qcbm.objectives.adversarial import Adversarial
from qgen.simulation.circuit import Circuit
from qgen.training import Run, generator, train

from .fixed import NODES, POSITIONS, drawn, hat_weights, recipe


def test_the_circuits_loss_is_the_sum_over_states() -> None:
    """sum_k n_k/n sum_s p(s | x_k) softplus(-D(r_s, x_k)), and its gradient in p."""
    batch, p = drawn()
    objective = Adversarial(recipe(p))
    share = torch.tensor(hat_weights(batch).mean(axis=0))
    net, view = objective.adversary.discriminator, objective.view
    losses = torch.stack([softplus(-net(view, NODES[k].expand(4, 1))) for k in range(3)]).detach()
    value = objective.distance(batch, generator(0))
    assert value.item() == pytest.approx((share[:, None] * p * losses).sum().item(), rel=1e-9)
    (slope,) = torch.autograd.grad(value, objective.model.p)
    expected = share[:, None] * losses
    # Probabilities sum to 1: slopes count up to a constant in every row.
    torch.testing.assert_close(slope - slope.mean(1, keepdim=True), expected - expected.mean(1, keepdim=True))


def test_positions_are_standardised() -> None:
    _, p = drawn()
    view = Adversarial(recipe(p)).view
    torch.testing.assert_close(view, (POSITIONS - POSITIONS.mean(0)) / POSITIONS.std(0))


def test_score_is_the_cross_entropy_of_held_out_events() -> None:
    batch, p = drawn()
    found = Adversarial(recipe(p)).score(batch, generator(0))
    assert found == pytest.approx(cross_entropy(p, torch.tensor(hat_weights(batch)), batch["state"]).item())


def test_the_game_ends_near_a_known_distribution() -> None:
    """Two qubits; at x = -1 and 1 the states come in exact proportions."""
    counts = np.array([[14, 2, 2, 2], [2, 4, 6, 8]])
    ends = torch.tensor([-1.0, 1.0])
    state = torch.tensor(np.concatenate([np.repeat(np.arange(4), 10 * row) for row in counts]))
    model = BornMachine(Circuit(line, 2, 4), generator(0))
    objective = Adversarial(Recipe(model, POSITIONS.float(), ends, 0.02))
    data = {"x": torch.repeat_interleave(ends, 200), "state": state}
    train(objective, data, Run(0), epochs=300, batch_size=400, validate_every=5)
    found = model(ends).detach().numpy()
    assert (np.abs(found - counts / 20).sum(axis=1) / 2).max() < 0.06
