import numpy as np
import pytest
import torch

from qgen.generators.qvae.latents import Bits, Normal
from qgen.training import generator


def test_hard_bits_are_bernoulli_and_the_limit_of_relaxed_ones() -> None:
    logits = torch.tensor([-2.0, 0.0, 1.5]).expand(50_000, 3)
    hard = Bits().draw(logits, tau=0.0, rng=generator(0))
    np.testing.assert_allclose(hard.mean(0), torch.sigmoid(logits[0]), atol=0.01)
    nearly_hard = Bits().draw(logits, tau=1e-6, rng=generator(0))
    assert (nearly_hard - hard).abs().mean() < 1e-4


def test_relaxed_bit_is_the_published_function_of_uniform_noise() -> None:
    logits = torch.linspace(-3, 3, 7)
    rho = torch.rand(7, generator=generator(0))
    expected = torch.sigmoid((logits + torch.log(rho) - torch.log(1 - rho)) / 0.3)
    torch.testing.assert_close(Bits().draw(logits, tau=0.3, rng=generator(0)), expected)


@pytest.mark.parametrize("n_latents", [1, 1208])
def test_entropy_of_bits_is_a_sum(n_latents: int) -> None:
    """Where all bits are even it is n ln 2: 837 nats at 1208 bits, not 0.69."""
    found = Bits().entropy(torch.zeros(3, n_latents))
    np.testing.assert_allclose(found, n_latents * np.log(2), rtol=1e-6)


def test_entropy_of_normal_latents_is_that_of_the_distribution() -> None:
    parameters = torch.tensor([[0.3, -1.0, -0.5, 0.7]])
    exact = torch.distributions.Normal(torch.zeros(2), torch.tensor([-0.5, 0.7]).exp()).entropy().sum()
    assert Normal().entropy(parameters).item() == pytest.approx(exact.item(), abs=0.01)
