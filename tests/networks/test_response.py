"""The response model against a response that is known, and the condition that it makes of a shower."""

import numpy as np
import pytest
import torch

from qgen.files import InputError
from qgen.networks.response import ResponseModel

LOW, HIGH = 1e4, 1e5


def showers(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Incident energies, and totals with r ~ N(0.8 + 0.05 x, (0.02 e^(-x/2))^2) in the scaled logarithm x of these."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, n)
    energy = np.sqrt(LOW * HIGH) * (HIGH / LOW) ** (x / 2)
    return energy, energy * (0.8 + 0.05 * x + 0.02 * np.exp(-x / 2) * rng.standard_normal(n))


def test_samples_have_mean_and_width_of_the_truth() -> None:
    model = ResponseModel.fit(*showers(20_000))
    for x in (-0.8, 0.0, 0.8):
        energy = np.full(20_000, np.sqrt(LOW * HIGH) * (HIGH / LOW) ** (x / 2))
        r = model.sample(energy, np.random.default_rng(1)) / energy
        assert r.mean() == pytest.approx(0.8 + 0.05 * x, abs=1e-3)
        assert r.std() == pytest.approx(0.02 * np.exp(-x / 2), rel=0.04)


def test_condition_is_scaled_logarithm_and_half_the_pull() -> None:
    energy, total = showers(5000)
    model = ResponseModel.fit(energy, total)
    condition = model.condition(energy, total)
    assert condition.dtype == torch.float32
    x = 2 * np.log(energy / energy.min()) / np.log(energy.max() / energy.min()) - 1
    np.testing.assert_allclose(condition[:, 0], x, atol=1e-6)
    np.testing.assert_allclose(2 * condition[:, 1], model.standardise(energy, total), rtol=1e-5, atol=1e-6)
    assert model.standardise(energy, total).mean() == pytest.approx(0, abs=0.05)


def test_condition_stays_finite_outside_the_range() -> None:
    model = ResponseModel.fit(*showers(5000))
    condition = model.condition(np.array([1.0, 1e9]), np.array([1e6, 0.0]))
    assert condition.tolist() == [[-1.0, 4.0], [1.0, -4.0]]


def test_state_comes_back() -> None:
    energy, total = showers(600)
    model = ResponseModel.fit(energy, total)
    again = ResponseModel.restore(model.state())
    torch.testing.assert_close(again.condition(energy, total), model.condition(energy, total), rtol=0, atol=0)
    np.testing.assert_array_equal(*(m.sample(energy, np.random.default_rng(2)) for m in (model, again)))


def test_one_shower_is_not_enough() -> None:
    with pytest.raises(InputError, match="expected at least 2 showers, found 1"):
        ResponseModel.fit(*showers(1))
