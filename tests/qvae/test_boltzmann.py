import itertools

import numpy as np
import pytest
import torch

from qgen.files import InputError
from qgen.qvae.boltzmann import BoltzmannPrior, to_bits
from qgen.samplers.block_gibbs import BlockGibbsSampler
from qgen.samplers.exact import ExactSampler
from qgen.training import generator, seeded


def prior(n_visible: int = 3, n_hidden: int = 4, *, couplings: bool = True, n_chains: int = 500) -> BoltzmannPrior:
    with seeded(0):
        made = BoltzmannPrior(n_visible, n_hidden, n_chains=n_chains, couplings=couplings)
        with torch.no_grad():
            made.a.normal_(0, 0.8)
            made.b.normal_(0, 0.8)
            if couplings:
                made.w.normal_(0, 1.5)
    return made


def all_bits(n: int) -> torch.Tensor:
    return torch.tensor(list(itertools.product([0.0, 1.0], repeat=n)))


def exact_probabilities(model: BoltzmannPrior) -> torch.Tensor:
    return torch.softmax(-model.energy(all_bits(model.n_nodes)), 0)


def test_energy_is_that_of_the_spins_up_to_the_stated_constant() -> None:
    model = prior().double()
    bits = all_bits(7).double()
    ising = model.ising()
    constant = -(model.a.sum() + model.b.sum()).item() / 2
    spins = 2 * bits.numpy() - 1
    np.testing.assert_allclose(model.energy(bits).detach(), ising.energy(spins) + constant, atol=1e-12)


def test_couplings_and_biases_are_those_of_the_published_form() -> None:
    """E = - v w h - a'.v - b'.h has J = -w/4 and h = -(b'/2 + sum w / 4)."""
    model = prior().double()
    w, a, b = (p.detach().numpy() for p in (model.w, model.a, model.b))
    published = np.concatenate([a - w.sum(1) / 2, b - w.sum(0) / 2])
    summed = np.concatenate([w.sum(1), w.sum(0)])
    ising = model.ising()
    np.testing.assert_allclose(ising.biases, -(published / 2 + summed / 4))
    bits = all_bits(7).double().numpy()
    v, h = bits[:, :3], bits[:, 3:]
    energy = -np.einsum("ni,ij,nj->n", v, w, h) - bits @ published
    difference = energy - model.energy(torch.from_numpy(bits)).detach().numpy()
    np.testing.assert_allclose(difference, difference[0], atol=1e-12)


@pytest.mark.parametrize("couplings", [True, False])
def test_log_partition(couplings: bool) -> None:
    model = prior(couplings=couplings)
    exact = torch.logsumexp(-model.energy(all_bits(7)), 0).item()
    found = model.log_partition(rng=generator(1), n_chains=500)
    assert found == pytest.approx(exact, abs=0.03 if couplings else 1e-5)


def test_negative_phase_gradient_is_that_of_the_enumerated_divergence() -> None:
    model = prior(n_chains=20000)
    target = torch.softmax(torch.randn(128, generator=generator(2)), 0)
    bits = all_bits(7)

    log_p = torch.log_softmax(-model.energy(bits), 0)
    (target * (target.log() - log_p)).sum().backward()
    exact = torch.cat([p.grad.ravel() for p in model.parameters()])

    model.zero_grad()
    positive = (target * model.energy(bits)).sum()
    rng, sampler = np.random.default_rng(3), BlockGibbsSampler(10)
    model.advance(BlockGibbsSampler(100), rng)
    negative = torch.stack([model.energy(model.advance(sampler, rng)).mean() for _ in range(20)]).mean()
    (positive - negative).backward()
    measured = torch.cat([p.grad.ravel() for p in model.parameters()])
    assert ((measured - exact).norm() / exact.norm()).item() < 0.01


@pytest.mark.parametrize("sampler", [BlockGibbsSampler(60), ExactSampler()])
def test_draws_are_boltzmann(sampler: BlockGibbsSampler | ExactSampler) -> None:
    model, n = prior(), 20000
    bits = model.draw(n, sampler, np.random.default_rng(4))
    p = exact_probabilities(model).detach().double().numpy()
    counts = np.bincount((bits.numpy() @ (2 ** np.arange(6, -1, -1))).astype(int), minlength=128)
    expected_tv = np.sqrt(2 * p * (1 - p) / (np.pi * n)).sum() / 2
    assert np.abs(counts / n - p).sum() / 2 == pytest.approx(expected_tv, rel=0.35)


def test_chains_are_continued_and_kept_in_the_state() -> None:
    model = prior(n_chains=50)
    before = model.chains.clone()
    bits = model.advance(BlockGibbsSampler(1), np.random.default_rng(5))
    expected = BlockGibbsSampler(1).sample(model.ising(), n=50, init=before.numpy(), rng=np.random.default_rng(5)).spins
    np.testing.assert_array_equal(model.chains, expected)
    np.testing.assert_array_equal(bits, (expected + 1) / 2)
    torch.testing.assert_close(model.state_dict()["chains"], model.chains)


def test_without_couplings_bits_are_independent() -> None:
    model = prior(couplings=False)
    assert [name for name, _ in model.named_parameters()] == ["a", "b"]
    assert len(model.ising().edges) == 0
    p = torch.sigmoid(torch.cat([model.a, model.b]))
    product = torch.where(all_bits(7) > 0, p, 1 - p).prod(1)
    torch.testing.assert_close(exact_probabilities(model), product)


def test_bits_of_spins() -> None:
    np.testing.assert_array_equal(to_bits(np.array([[-1, 1]], dtype=np.int8)), [[0.0, 1.0]])


def test_bad_size() -> None:
    with pytest.raises(InputError, match="sizes >= 1, found n_visible=0"):
        BoltzmannPrior(0, 3)
