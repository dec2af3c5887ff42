"""The discrepancy against loops, and against its expectation."""

import math

import numpy as np
import torch

from qgen.generators.qgan.objectives.matching import BANDWIDTHS, correlations, mmd
from qgen.training import generator


def kernel(x: torch.Tensor, y: torch.Tensor) -> float:
    square = float((x - y).square().sum()) / (2 * len(x))
    return sum(math.exp(-square / (2 * width**2)) for width in BANDWIDTHS)


def test_mmd_against_loops():
    rng = generator(0)
    x, y = torch.randn(6, 3, generator=rng).double(), torch.randn(5, 3, generator=rng).double() + 0.5
    w = torch.rand(5, generator=rng).double()
    expected = sum(kernel(x[i], x[j]) for i in range(6) for j in range(6) if i != j) / 30
    expected += sum(float(w[i] * w[j]) * kernel(y[i], y[j]) for i in range(5) for j in range(5) if i != j) / 20
    expected -= 2 * sum(float(w[j]) * kernel(a, y[j]) for a in x for j in range(5)) / 30
    assert math.isclose(mmd(x, y, w).item(), expected, rel_tol=1e-12)


def test_mmd_of_equal_distributions_is_zero_on_average():
    rng = generator(1)
    values = [
        mmd(torch.randn(30, 4, generator=rng), torch.randn(30, 4, generator=rng), torch.ones(30)).item()
        for _ in range(400)
    ]
    assert abs(np.mean(values)) < 4 * np.std(values) / math.sqrt(400)


def test_correlations_are_pearsons():
    values = torch.randn(50, 4, generator=generator(2)).double()
    values[:, 1] += values[:, 0]
    np.testing.assert_allclose(correlations(values), np.corrcoef(values.numpy().T), atol=1e-5)
    values[:, 2] = 3.0
    assert correlations(values)[2].abs().max() == 0


def test_correlations_have_gradients_where_a_pixel_is_always_empty():
    values = torch.rand(6, 3, generator=generator(3))
    values[:, 1] = 0
    values.requires_grad_()
    correlations(values).square().sum().backward()
    assert torch.isfinite(values.grad).all()
    assert values.grad[:, 0].abs().max() > 0


def test_correlations_have_the_gradient_of_the_outcomes_probabilities():
    """Rows of two outcomes as often as they should be, against the correlation of the distribution itself."""
    theta = torch.tensor(0.25, dtype=torch.float64, requires_grad=True)
    rows = torch.tensor([[0.0, 1.0], [1.0, 0.0], [2.0, 5.0], [3.0, 1.0]], dtype=torch.float64)
    chance = torch.stack([theta / 2, theta / 2, (1 - theta) / 2, (1 - theta) / 2])
    centred = rows - (chance[:, None] * rows).sum(0)
    covariance = (chance[:, None] * centred).T @ centred
    exact = covariance[0, 1] / (covariance[0, 0] * covariance[1, 1]).sqrt()
    seen = torch.tensor([0, 1, 2, 2, 2, 3, 3, 3])
    found = correlations(rows[seen], chance[seen] / chance[seen].detach())[0, 1]
    assert math.isclose(found.item(), exact.item(), rel_tol=1e-9)
    gradients = [torch.autograd.grad(value, theta, retain_graph=True)[0].item() for value in (found, exact)]
    assert math.isclose(*gradients, rel_tol=1e-9)


def test_one_row_has_no_pairs():
    x, y = torch.zeros(1, 2), torch.ones(1, 2)
    assert math.isclose(mmd(x, y, torch.ones(1)).item(), -2 * kernel(x[0], y[0]), rel_tol=1e-6)
