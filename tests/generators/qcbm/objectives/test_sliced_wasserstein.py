import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance

from qgen.generators.qcbm.objectives.sliced_wasserstein import SlicedWasserstein, lines, sorted_along, wasserstein
from qgen.training import generator

from .fixed import POSITIONS, between, drawn, hat_weights, recipe


def test_every_line_is_scipys_distance() -> None:
    rng = np.random.default_rng(0)
    positions, directions = torch.tensor(rng.normal(size=(9, 3))), lines(5, 3, 0)
    q, t = rng.dirichlet(np.ones(9), size=2)
    found = wasserstein(torch.tensor(q - t)[None], *sorted_along(positions, directions))[0]
    for along, value in zip((directions @ positions.T).numpy(), found, strict=True):
        assert value.item() == pytest.approx(wasserstein_distance(along, along, q, t), rel=1e-9)
    torch.testing.assert_close(directions.norm(dim=1), torch.ones(5).double())


def test_distance_is_the_mean_over_lines_and_bins() -> None:
    batch, p = drawn()
    objective = SlicedWasserstein(recipe(p, seed=3))
    ours, hats, expected = between(batch, p), hat_weights(batch), 0.0
    for w in hats.T:
        q = w @ ours / w.sum()
        t = np.bincount(batch["state"], w, minlength=4) / w.sum()
        for line in lines(64, 2, 3).numpy():
            along = POSITIONS.numpy() @ line
            expected += w.sum() / 12 * wasserstein_distance(along, along, q, t) / 64
    assert objective.distance(batch, generator(0)).item() == pytest.approx(expected, rel=1e-9)


def test_gradient_in_one_dimension_in_closed_form() -> None:
    """States at 0, 1, 3, 7 and F_q > F_t everywhere: W_1 = <r>_t - <r>_q, so that dW/dq_s = -r_s, up to a constant."""
    r = torch.tensor([0.0, 1.0, 3.0, 7.0]).double()
    q = torch.tensor([[0.5, 0.3, 0.1, 0.1]]).double().requires_grad_()
    t = torch.tensor([[0.1, 0.1, 0.3, 0.5]]).double()
    found = wasserstein(q - t, *sorted_along(r[:, None], torch.ones(1, 1).double())).sum()
    assert found.item() == pytest.approx(float((r * (t - q).detach()).sum()))
    (slope,) = torch.autograd.grad(found, q)
    torch.testing.assert_close(slope - slope[:, :1], -(r - r[0])[None])
