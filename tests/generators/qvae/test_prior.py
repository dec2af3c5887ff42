import itertools

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.integrate import quad
from scipy.linalg import expm

from qgen.boltzmann.machine import BoltzmannMachine
from qgen.files import InputError
from qgen.generators.qvae.latents import Normal
from qgen.generators.qvae.model import Decoder, Encoder, VariationalAutoencoder
from qgen.generators.qvae.negative import ExactPhase
from qgen.generators.qvae.networks import Heads, LatentTrunk, Numbers
from qgen.generators.qvae.objective import NegativeELBO
from qgen.generators.qvae.prior import NormalPrior, QuantumPrior
from qgen.graphs import build
from qgen.training import seeded

HELD = torch.tensor([[1.0, 0.0], [0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
FREE = torch.tensor(list(itertools.product([0.0, 1.0], repeat=4)))


def quantum(gamma: float, *, conditioned: bool = True) -> QuantumPrior:
    """Two held and four free bits, or four free ones."""
    with seeded(1):
        sizes = (2, 2, 2) if conditioned else (2, 2)
        machine = BoltzmannMachine(build("multipartite", sizes), conditioned=conditioned, n_chains=1)
        with torch.no_grad():
            machine.w.normal_(0, 2.0)
            machine.b.normal_(0, 1.0)
    return QuantumPrior(machine, gamma)


def density_matrix(prior: QuantumPrior, held: torch.Tensor) -> np.ndarray:
    """exp(-H_c) of four free bits, with H_c from Pauli matrices; bit 1 is spin up, the second state."""
    paulis = {"x": np.array([[0.0, 1.0], [1.0, 0.0]]), "z": np.diag([-1.0, 1.0])}

    def operator(name: str, *places: int) -> np.ndarray:
        product = np.eye(1)
        for place in range(4):
            product = np.kron(product, paulis[name] if place in places else np.eye(2))
        return product

    model, n_held = prior.machine.ising(), len(held)
    spins = 2 * held.numpy() - 1
    h = sum(model.biases[n_held + i] * operator("z", i) for i in range(4))
    for (a, b), j in zip(model.edges, model.couplings, strict=True):
        if b < n_held:
            continue
        h = h + (j * spins[a] * operator("z", b - n_held) if a < n_held else j * operator("z", a - n_held, b - n_held))
    return np.asarray(expm(-h + prior.transverse_field * sum(operator("x", i) for i in range(4))))


@pytest.mark.parametrize("held", [HELD[0], HELD[1], HELD[0, :0]])
def test_quantum_prior_is_the_diagonal_of_the_density_matrix(held: torch.Tensor) -> None:
    prior = quantum(0.9, conditioned=len(held) > 0)
    diagonal = np.diag(density_matrix(prior, held))
    expected = np.log(diagonal / diagonal.sum())
    measured = [prior.log_prior(torch.cat([held, free])[None]).item() for free in FREE]
    np.testing.assert_allclose(measured, expected, atol=1e-6)
    energies = prior.energy(torch.cat([held.expand(16, -1), FREE], dim=1)).detach().numpy()
    bound = -energies + prior.negative(held[None]).item()
    assert (bound < expected).all()


@pytest.mark.parametrize("conditioned", [True, False])
def test_without_transverse_field_it_is_the_classical_machine(conditioned: bool) -> None:
    prior = quantum(1e-7, conditioned=conditioned)
    for held in HELD if conditioned else HELD[:1, :0]:
        rows = torch.cat([held.expand(16, -1), FREE], dim=1)
        log_z = torch.logsumexp(-prior.machine.energy(rows), 0)
        measured = torch.stack([prior.log_prior(row[None]) for row in rows])
        torch.testing.assert_close(measured.float(), -prior.machine.energy(rows) - log_z, atol=1e-5, rtol=0)
        torch.testing.assert_close(prior.negative(held[None]), -log_z, atol=1e-5, rtol=0)


def test_gradient_is_that_of_ln_z_averaged_over_conditions() -> None:
    """By central differences, and as the mean of dE/db = -z over measured bits."""
    prior = quantum(0.9)
    w, b = torch.autograd.grad(prior.negative(HELD), [prior.machine.w, prior.machine.b])
    step = 1e-2
    for parameter, gradient in ((prior.machine.w, w), (prior.machine.b, b)):
        for i in range(len(parameter)):
            ends = []
            for sign in (1, -1):
                with torch.no_grad():
                    parameter[i] += sign * step
                    ends.append(prior.negative(HELD).item())
                    parameter[i] -= sign * step
            assert gradient[i].item() == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=2e-4)
    mean = torch.zeros(6)
    for held in HELD:
        rows = torch.cat([held.expand(16, -1), FREE], dim=1)
        p = torch.stack([prior.log_prior(row[None]) for row in rows]).exp()
        mean += (p[:, None] * rows).sum(0) / len(HELD)
    torch.testing.assert_close(b, -mean, atol=1e-5, rtol=0)


@pytest.mark.parametrize("conditioned", [True, False])
def test_draws_have_the_frequencies_of_the_distribution(conditioned: bool) -> None:
    prior = quantum(0.9, conditioned=conditioned)
    held = HELD[torch.arange(40_000) % 4] if conditioned else HELD[:1, :0].expand(40_000, 0)
    z, info = prior.draw(held, np.random.default_rng(0))
    assert info == {"sampler": "exact", "reads": 40_000, "transverse_field": 0.9}
    for condition in torch.unique(held, dim=0) if conditioned else HELD[:1, :0]:
        rows = z[(held == condition).all(dim=1)]
        counts = np.bincount((rows.numpy() @ [8, 4, 2, 1]).astype(int), minlength=16)
        p = np.exp([prior.log_prior(torch.cat([condition, free])[None]).item() for free in FREE])
        assert stats.chisquare(counts, len(rows) * p / p.sum()).pvalue > 1e-3


def test_normal_prior_is_normalised() -> None:
    def density(z: float) -> float:
        return float(one.log_prior(torch.tensor([[z]], dtype=torch.float64)).exp())

    one, held = NormalPrior([1]), torch.empty(7, 0)
    assert quad(density, -np.inf, np.inf)[0] == pytest.approx(1)
    several = torch.randn(1, 5, dtype=torch.float64)
    assert NormalPrior([2, 3]).log_prior(several) == pytest.approx(
        sum(one.log_prior(several[:, [k]]) for k in range(5))
    )
    assert NormalPrior([2, 3]).draw(held, np.random.default_rng(0))[0].shape == (7, 5)


def test_frozen_networks_need_a_prior_that_learns() -> None:
    latents, prior, layers = Normal(), NormalPrior([2]), np.zeros(3, dtype=np.intp)
    decoder = Decoder(LatentTrunk(prior.levels, 4, hierarchical=False), Heads(4, 3, 0), layers, latents)
    encoder = Encoder(Numbers(), 8, prior.levels, latents, hidden=(4, 4))
    model = VariationalAutoencoder(encoder, decoder, prior)
    settings = {"learning_rate": 1e-3, "prior_learning_rate": 1e-3, "weight_decay": 0.0}
    settings |= {"tau_start": 0.5, "tau_end": 0.1, "warm_up": 0.3, "freeze_from": 0.5}
    with pytest.raises(InputError, match=r"freeze_from: expected 1 for a prior without parameters, found 0\.5"):
        NegativeELBO(model, ExactPhase(), **settings)
