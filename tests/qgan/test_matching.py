"""The discrepancy against loops, and against its expectation."""

import math

import numpy as np
import torch

from qgen.qgan.matching import BANDWIDTHS, correlations, mmd
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
