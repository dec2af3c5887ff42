"""Adversarial losses against finite differences and closed forms."""

import math

import pytest
import torch

from qgen.networks.adversary import Adversary, weighted_mean
from qgen.networks.discriminator import Discriminator

RNG = torch.Generator()
"""Of the points on lines, which binary cross-entropy does not draw."""


@pytest.fixture
def linear():
    """D(v, c) = 2 v_1 - v_2 + c + 0.5, a discriminator without hidden layers."""
    discriminator = Discriminator(2, 1, width=1, n_hidden=0).double()
    with torch.no_grad():
        discriminator.net[0].weight.copy_(torch.tensor([[2.0, -1.0, 1.0]]))
        discriminator.net[0].bias.fill_(0.5)
    return discriminator


def adversary(discriminator, gradient_penalty, **options):
    return Adversary(discriminator, learning_rate=0.1, gradient_penalty=gradient_penalty, **options)


def softplus(x: float) -> float:
    return math.log1p(math.exp(x))


def test_closed_form_of_a_linear_discriminator(linear):
    real, fake, condition = (torch.tensor([row], dtype=torch.float64) for row in ([1.0, 1.0], [0.0, 2.0], [0.25]))
    assert linear(real, condition).item() == pytest.approx(1.75)
    loss = adversary(linear, 0.4).against(real, fake, condition, RNG)
    assert loss.item() == pytest.approx(softplus(-1.75) + softplus(-1.25) + 0.2 * (2**2 + 1**2))
    assert adversary(linear, 0.4).judged(fake, condition).item() == pytest.approx(softplus(1.25))


def test_gradients_against_finite_differences():
    rng = torch.Generator().manual_seed(0)
    real, fake, condition = (torch.randn(5, n, generator=rng, dtype=torch.float64) for n in (3, 3, 1))
    discriminator = Discriminator(3, 1, width=4).double()
    with torch.no_grad():
        for parameter in discriminator.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=rng))
    game = adversary(discriminator, 0.7)
    loss = game.against(real, fake, condition, rng)
    loss.backward()
    for parameter in discriminator.parameters():
        flat, gradient = parameter.data.view(-1), parameter.grad.view(-1)
        for i in range(0, len(flat), 3):
            values = []
            for step in (1e-6, -2e-6):
                flat[i] += step
                values.append(game.against(real, fake, condition, rng).item())
            flat[i] += 1e-6
            assert gradient[i].item() == pytest.approx((values[0] - values[1]) / 2e-6, abs=1e-6)


def test_the_discriminators_loss_leaves_the_generator_alone(linear):
    fake = torch.zeros(1, 2, dtype=torch.float64, requires_grad=True)
    zero = torch.zeros(1, 1, dtype=torch.float64)
    game = adversary(linear, 1.0)
    game.against(fake, fake, zero, RNG).backward()
    assert fake.grad is None
    game.judged(fake, zero).backward()
    torch.testing.assert_close(fake.grad, torch.tensor([[-2.0, 1.0]], dtype=torch.float64) / (1 + math.exp(0.5)))


def test_wasserstein_by_hand(linear):
    """A linear D has the same slope on every line."""
    real, fake, condition = (torch.tensor([row], dtype=torch.float64) for row in ([1.0, 1.0], [0.0, 2.0], [0.25]))
    wasserstein = adversary(linear, 10, game="wgan-gp")
    loss = wasserstein.against(real, fake, condition, torch.Generator().manual_seed(0))
    assert loss.item() == pytest.approx(-1.25 - 1.75 + 10 * (math.sqrt(5) - 1) ** 2)
    assert wasserstein.judged(fake, condition).item() == pytest.approx(1.25)


def test_weights_give_the_gradient_of_a_mean_over_outcomes():
    """sum_b p_b l_b of two outcomes, each drawn as often as it is likely."""
    p = torch.tensor([0.25, 0.75], dtype=torch.float64, requires_grad=True)
    losses = torch.tensor([3.0, -1.0], dtype=torch.float64)
    drawn = torch.tensor([0, 1, 1, 1])
    chosen = p[drawn]
    mean = weighted_mean(losses[drawn], chosen / chosen.detach())
    assert mean.item() == pytest.approx(0.0)
    (slope,) = torch.autograd.grad(mean, p)
    assert (slope[0] - slope[1]).item() == pytest.approx(4.0)
