import itertools

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

import qgen
from qgen.generators.qvae import model
from qgen.generators.qvae.coding import ShowerCode
from qgen.generators.qvae.latents import Bits, Normal
from qgen.generators.qvae.model import Decoder, Encoder, decode
from qgen.generators.qvae.networks import Heads, LatentTrunk, Numbers
from qgen.training import generator, seeded


def decoder(layers: tuple[int, ...] = (0, 0, 0, 0)) -> Decoder:
    with seeded(1):
        heads = Heads(8, len(layers), max(layers) + 1 if max(layers) else 0)
        made = Decoder(LatentTrunk([2, 3], 8, hierarchical=False), heads, np.array(layers), Bits())
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
            expected += multivariate_normal(mean[n, on], np.diag(sd[on] ** 2)).logpdf(u[n, on])
        assert found == pytest.approx(expected, abs=1e-10)


def test_samples_have_the_moments_of_the_likelihood() -> None:
    model, n = decoder().float(), 100_000
    z, c = torch.tensor([[1.0, 0, 1, 1, 0]]).expand(n, -1), torch.tensor([[0.3, -0.5]]).expand(n, -1)
    with torch.no_grad():
        hit, u = model.sample(z, c, generator(0))
        logit, mean, sd = (t.numpy() for t in model(z[:1], c[:1]))
        logit, mean = logit[0], mean[0]
    p = 1 / (1 + np.exp(-logit))
    forced = np.eye(4)[p.argmax()] * np.prod(1 - p)
    np.testing.assert_allclose(hit.mean(0), p + forced, atol=0.008)
    covariance = np.diag(sd**2)
    np.testing.assert_allclose(u.mean(0), mean, atol=0.02 * np.sqrt(covariance.max()))
    np.testing.assert_allclose(np.cov(u.numpy().T), covariance, atol=0.03 * covariance.max())


def test_a_shower_has_at_least_one_hit() -> None:
    model = decoder().float()
    with torch.no_grad():
        model.heads.hit.weight.zero_()
        model.heads.hit.bias.copy_(torch.tensor([-30.0, -25.0, -30.0, -30.0]))
        hit, _ = model.sample(torch.zeros(10, 5), torch.zeros(10, 2), generator(0))
    np.testing.assert_array_equal(hit, np.tile([0.0, 1.0, 0.0, 0.0], (10, 1)))


def test_a_layer_has_an_activation_where_one_of_its_voxels_is_hit() -> None:
    model, rng = decoder((0, 1, 0, 1)), np.random.default_rng(0)
    hit = torch.from_numpy(np.array([[1.0, 0, 1, 0], [0, 1, 1, 0], [0, 0, 0, 1]]))
    u = torch.from_numpy(rng.normal(size=(3, 6)))
    z, c = torch.from_numpy(rng.integers(0, 2, size=(3, 5)).astype(float)), torch.from_numpy(rng.normal(size=(3, 2)))
    logit, mean, sd = model(z, c)
    assert (mean.shape, sd.shape) == ((3, 6), (6,))
    counts = np.array([[1, 0, 1, 0, 1, 0], [1, 1, 0, 1, 1, 0], [0, 1, 0, 0, 0, 1]], dtype=bool)
    density = torch.distributions.Normal(mean, sd).log_prob(u).detach().numpy()
    bernoulli = torch.distributions.Bernoulli(logits=logit).log_prob(hit).sum(1).detach().numpy()
    found = model.log_likelihood(z, hit, u, c).detach().numpy()
    np.testing.assert_allclose(found, bernoulli + np.where(counts, density, 0).sum(axis=1), atol=1e-10)


def test_entropy_is_a_sum_that_averages_to_that_of_the_enumerated_posterior() -> None:
    with seeded(2):
        encoder = Encoder(Numbers(), 5, [2, 2], Bits(), hidden=(8, 8))
        with torch.no_grad():
            for parameter in encoder.parameters():
                parameter.normal_(0, 0.7)
    hit, u, c = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.4, 0.0]]), torch.tensor([[0.2]])
    probabilities = enumerated_posterior(encoder, hit, u, c)
    n = 40_000
    with torch.no_grad():
        posterior = encoder(hit.expand(n, -1), u.expand(n, -1), c.expand(n, -1), tau=0.0, rng=generator(0))
    exact = -sum(q * np.log(q) for q in probabilities.values())
    assert posterior.entropy.mean().item() == pytest.approx(exact, rel=0.01)
    for z, q in probabilities.items():
        measured = (posterior.z == torch.tensor(z)).all(1).double().mean().item()
        assert measured == pytest.approx(q, abs=5 * np.sqrt(q * (1 - q) / n))


def enumerated_posterior(
    encoder: Encoder, hit: torch.Tensor, u: torch.Tensor, c: torch.Tensor
) -> dict[tuple[float, ...], float]:
    """q(z) of one shower over all configurations, by the chain rule over the two levels."""
    x = torch.cat([hit - 0.5, hit * u, c], dim=1)
    first, second = encoder.levels
    n_visible, n_hidden = first[-1].out_features, second[-1].out_features
    found = {}
    with torch.no_grad():
        p_v = torch.sigmoid(first(x))[0]
        for v in itertools.product([0.0, 1.0], repeat=n_visible):
            p_h = torch.sigmoid(second(torch.cat([x, torch.tensor([v]) - 0.5], dim=1)))[0]
            for h in itertools.product([0.0, 1.0], repeat=n_hidden):
                bits, p = torch.tensor(v + h), torch.cat([p_v, p_h])
                found[v + h] = torch.where(bits > 0, p, 1 - p).double().prod().item()
    return found


def test_normal_latents_are_drawn_and_their_entropy_counted() -> None:
    with seeded(2):
        encoder = Encoder(Numbers(), 5, [2, 1], Normal(), hidden=(8, 8))
    n = 40_000
    hit, u, c = (torch.tensor([row]).expand(n, -1) for row in ([1.0, 0.0], [0.4, 0.0], [0.2]))
    with torch.no_grad():
        posterior = encoder(hit, u, c, tau=0.3, rng=generator(0))
        mean, log_sd = encoder.levels[0](torch.tensor([[0.5, -0.5, 0.4, 0.0, 0.2]])).chunk(2, dim=1)
    np.testing.assert_allclose(posterior.z[:, :2].mean(0), mean[0], atol=0.03)
    np.testing.assert_allclose(posterior.z[:, :2].std(0), log_sd.exp()[0], rtol=0.03)
    exact = torch.distributions.Normal(mean, log_sd.exp()).entropy().sum().item()
    second = (posterior.entropy - exact).mean().item()  # its mean moves with the first level's draw, its sd less so
    assert second == pytest.approx(np.log(posterior.z[:, 2].std().item() * np.sqrt(2 * np.pi * np.e)), abs=0.1)


class Told:
    """A decoder without chance: hits and activations are functions of the latents and the condition."""

    def sample(self, z: torch.Tensor, condition: torch.Tensor, rng: torch.Generator) -> tuple[torch.Tensor, ...]:
        angle = (z.double() * torch.linspace(0.1, 2, z.shape[1])).sum(1) + condition.double().sum(1)
        u = torch.sin(angle[:, None] * torch.arange(1, 505))
        return (u > -0.8).float(), 2 * u


@pytest.mark.parametrize("showers_at_once", [1, 3, 100])
def test_decoding_in_parts(monkeypatch: pytest.MonkeyPatch, showers_at_once: int) -> None:
    showers = qgen.load("calogan/e+", stop=60)
    code = ShowerCode.fit(showers)
    energy, total = showers.incident_energy[:10], showers.total_energy[:10]
    z = (torch.rand(10, 6, generator=generator(1)) > 0.5).float()
    monkeypatch.setattr(model, "VOXELS_AT_ONCE", showers_at_once * 504 + 1)
    found = decode(Told(), code, z, energy, total, generator(2))  # type: ignore[arg-type]
    rows = []
    for i in range(10):
        one = slice(i, i + 1)
        drawn = Told().sample(z[one], code.response.condition(energy[one], total[one]), generator(3))
        rows.append(code.inverse(*drawn, energy[one], total[one]))
    np.testing.assert_allclose(found, np.concatenate(rows), rtol=1e-5)
    np.testing.assert_allclose(found.sum(axis=1), total, rtol=1e-5)
