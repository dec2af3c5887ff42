import itertools

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from qgen.qvae.model import Decoder, Encoder, relaxed_bits
from qgen.training import generator, seeded


def decoder() -> Decoder:
    with seeded(1):
        made = Decoder(4, 2, 5, width=8)
        with torch.no_grad():
            for parameter in made.parameters():
                parameter.normal_(0, 0.6)
    return made.double()


def test_log_likelihood_is_bernoulli_times_the_normal_of_the_hit_voxels() -> None:
    model, rng = decoder(), np.random.default_rng(0)
    hit = rng.integers(0, 2, size=(20, 4)).astype(float)
    hit[0], hit[1] = 0, 1
    u = rng.normal(size=(20, 4)) * hit
    z, c = rng.integers(0, 2, size=(20, 5)).astype(float), rng.normal(size=(20, 2))
    tensors = [torch.from_numpy(array) for array in (z, hit, u, c)]
    logit, mean, sd = (t.detach().numpy() for t in model(tensors[0], tensors[3]))
    p = 1 / (1 + np.exp(-logit))
    for n, found in enumerate(model.log_likelihood(*tensors).tolist()):
        expected = np.where(hit[n] > 0, np.log(p[n]), np.log(1 - p[n])).sum()
        on = np.flatnonzero(hit[n])
        if on.size:
            expected += multivariate_normal(mean[n, on], np.diag(sd[n, on] ** 2)).logpdf(u[n, on])
        assert found == pytest.approx(expected, abs=1e-10)


def test_samples_have_the_moments_of_the_likelihood() -> None:
    model, n = decoder().float(), 100_000
    z, c = torch.tensor([[1.0, 0, 1, 1, 0]]).expand(n, -1), torch.tensor([[0.3, -0.5]]).expand(n, -1)
    with torch.no_grad():
        hit, u = model.sample(z, c, generator(0))
        logit, mean, sd = (t[0].numpy() for t in model(z[:1], c[:1]))
    p = 1 / (1 + np.exp(-logit))
    forced = np.eye(4)[p.argmax()] * np.prod(1 - p)
    np.testing.assert_allclose(hit.mean(0), p + forced, atol=0.008)
    covariance = np.diag(sd**2)
    np.testing.assert_allclose(u.mean(0), mean, atol=0.02 * np.sqrt(covariance.max()))
    np.testing.assert_allclose(np.cov(u.numpy().T), covariance, atol=0.03 * covariance.max())


def test_a_shower_has_at_least_one_hit() -> None:
    model = decoder().float()
    with torch.no_grad():
        model.hit.weight.zero_()
        model.hit.bias.copy_(torch.tensor([-30.0, -25.0, -30.0, -30.0]))
        hit, _ = model.sample(torch.zeros(10, 5), torch.zeros(10, 2), generator(0))
    np.testing.assert_array_equal(hit, np.tile([0.0, 1.0, 0.0, 0.0], (10, 1)))


def test_hard_bits_are_bernoulli_and_the_limit_of_relaxed_ones() -> None:
    logits = torch.tensor([-2.0, 0.0, 1.5]).expand(50_000, 3)
    hard = relaxed_bits(logits, tau=0.0, rng=generator(0))
    np.testing.assert_allclose(hard.mean(0), torch.sigmoid(logits[0]), atol=0.01)
    nearly_hard = relaxed_bits(logits, tau=1e-6, rng=generator(0))
    assert (nearly_hard - hard).abs().mean() < 1e-4


def test_relaxed_bit_is_the_published_function_of_uniform_noise() -> None:
    logits = torch.linspace(-3, 3, 7)
    rho = torch.rand(7, generator=generator(0))
    expected = torch.sigmoid((logits + torch.log(rho) - torch.log(1 - rho)) / 0.3)
    torch.testing.assert_close(relaxed_bits(logits, tau=0.3, rng=generator(0)), expected)


def test_entropy_is_a_sum_that_averages_to_that_of_the_enumerated_posterior() -> None:
    with seeded(2):
        encoder = Encoder(2, 1, 2, 2, width=8)
        with torch.no_grad():
            for parameter in encoder.parameters():
                parameter.normal_(0, 0.7)
    hit, u, c = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.4, 0.0]]), torch.tensor([[0.2]])
    probabilities = enumerated_posterior(encoder, hit, u, c)
    n = 40_000
    with torch.no_grad():
        posterior = encoder(hit.expand(n, -1), u.expand(n, -1), c.expand(n, -1), tau=0.0, rng=generator(0))
    exact = -sum(q * np.log(q) for q in probabilities.values())
    assert posterior.entropy().mean().item() == pytest.approx(exact, rel=0.01)
    for z, q in probabilities.items():
        measured = (posterior.z == torch.tensor(z)).all(1).double().mean().item()
        assert measured == pytest.approx(q, abs=5 * np.sqrt(q * (1 - q) / n))


def enumerated_posterior(
    encoder: Encoder, hit: torch.Tensor, u: torch.Tensor, c: torch.Tensor
) -> dict[tuple[float, ...], float]:
    """q(z) of one shower over all configurations, by the chain rule over the two levels."""
    x = torch.cat([hit - 0.5, hit * u, c], dim=1)
    n_visible, n_hidden = encoder.visible[-1].out_features, encoder.hidden[-1].out_features
    found = {}
    with torch.no_grad():
        p_v = torch.sigmoid(encoder.visible(x))[0]
        for v in itertools.product([0.0, 1.0], repeat=n_visible):
            p_h = torch.sigmoid(encoder.hidden(torch.cat([x, torch.tensor([v]) - 0.5], dim=1)))[0]
            for h in itertools.product([0.0, 1.0], repeat=n_hidden):
                bits, p = torch.tensor(v + h), torch.cat([p_v, p_h])
                found[v + h] = torch.where(bits > 0, p, 1 - p).double().prod().item()
    return found
