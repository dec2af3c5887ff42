"""The fully visible Boltzmann machine, by enumeration of its states."""

from itertools import product

import numpy as np
import pytest
import torch
from numpy.polynomial.legendre import legvander

from qgen.files import InputError
from qgen.generators.bits.divergence import PersistentDivergence
from qgen.generators.bits.energy import EnergyBins
from qgen.generators.bits.gates import all_gates
from qgen.generators.classical.boltzmann import VisibleMachine
from qgen.generators.iqp.model import WalshModel
from qgen.training import Run, train

N = 6
STATES = torch.tensor(list(product([0.0, 1.0], repeat=N)))
SPINS = (2 * STATES - 1).numpy().astype(np.float64)
PLACES = 1 << np.arange(N)[::-1]
ENERGIES = (-0.8, 0.1, 0.9)


def machine(degree=2, scale=0.4, **options):
    made = VisibleMachine(all_gates(N), N, degree=degree, **options)
    with torch.no_grad():
        made.weights.copy_(torch.from_numpy(scale * np.random.default_rng(1).normal(size=made.weights.shape)))
    return made


def enumerated(made, x):
    """p over all states, term by term from the gates and their polynomials."""
    weights = legvander([x], len(made.weights) - 1)[0] @ made.weights.detach().numpy().astype(np.float64)
    terms = sum(w * SPINS[:, list(gate)].prod(axis=1) for w, gate in zip(weights, made.gates, strict=True))
    p = np.exp(terms - terms.max())
    return p / p.sum()


@pytest.mark.parametrize("x", ENERGIES)
def test_energies_and_conditionals(x):
    made, p = machine(), enumerated(machine(), x)
    energy = made.energy(torch.full((2**N,), x), STATES).detach()
    np.testing.assert_allclose(torch.softmax(-energy.double(), dim=0), p, rtol=1e-4)
    b, pulls = made.fields(torch.full((2**N,), x), 2 * STATES - 1)
    ones = torch.sigmoid(2 * (b + pulls)).detach().numpy()
    states = np.arange(2**N)
    for i, place in enumerate(PLACES):
        exact = p[states | place] / (p[states | place] + p[states & ~place])
        np.testing.assert_allclose(ones[:, i], exact, atol=1e-5)
    rows = np.array([3, 40])
    given = [p[row] / (p[row] + p[row ^ place]) for row in rows for place in PLACES]
    found = made.pseudo_likelihood(torch.full((2,), x), STATES[rows]).item()
    assert found == pytest.approx(np.log(given).mean(), rel=1e-5)


def test_samples_follow_the_law_at_every_energy():
    """From chains that know nothing; energies of a batch differ."""
    made, rng = machine(scale=0.3), np.random.default_rng(0)
    made.hold(torch.tensor(ENERGIES), rng)
    n = 10_000
    drawn = made.sample(torch.tensor(ENERGIES).repeat(n), rng).reshape(n, len(ENERGIES), N) @ PLACES
    for k, x in enumerate(ENERGIES):
        p = enumerated(made, x)
        frequency = np.bincount(drawn[:, k], minlength=2**N) / n
        assert (np.abs(frequency - p) / np.sqrt(p * (1 - p) / n)).max() < 4.5


def test_chains_keep_the_law():
    """The law is stationary: chains that start from it stay there, sweep after sweep; and the gradient of the
    difference is that of - ln p, here of enumerated energies."""
    made, rng, n = machine(degree=1, n_chains=20_000, ridge=0.0), np.random.default_rng(0), 20_000
    x = 0.3
    p = enumerated(made, x)
    states = rng.choice(2**N, size=n, p=p)
    made.energies.fill_(x)
    made.chains.copy_(torch.from_numpy(SPINS[states]))
    data = STATES[[5, 5, 17, 62]]
    at = torch.full((4,), x)
    made.difference(at, data, rng).backward()
    frequency = np.bincount((made.chains.numpy() > 0) @ PLACES, minlength=2**N) / n
    assert (np.abs(frequency - p) / np.sqrt(p * (1 - p) / n)).max() < 4.5
    estimated, made.weights.grad = made.weights.grad.clone(), None
    everywhere = made.energy(torch.full((2**N,), x), STATES)
    exact = made.energy(at, data).mean() + torch.logsumexp(-everywhere, dim=0)
    exact.backward()
    np.testing.assert_allclose(estimated, made.weights.grad, atol=4.5 / np.sqrt(n))


def test_training_finds_the_distribution():
    """Data of a known machine whose couplings turn with the energy; its law, not its parameters, is found again."""
    rng = np.random.default_rng(0)
    true = machine(degree=1)
    x = np.sort(rng.uniform(-1, 1, 20_000))
    bits = np.concatenate([STATES.numpy()[rng.choice(2**N, size=100, p=enumerated(true, c.mean()))]
                           for c in x.reshape(-1, 100)])  # fmt: skip
    data = {"x": torch.from_numpy(x).float(), "bits": torch.from_numpy(bits)}
    made = VisibleMachine(all_gates(N), N, degree=1, ridge=0.0)
    made.hold(data["x"], rng)
    train(PersistentDivergence(made, learning_rate=0.05), data, Run(0, validation=0.0), epochs=150, batch_size=len(x))
    for at in ENERGIES:
        p, q = enumerated(true, at), enumerated(made, at)
        independent = np.ones(2**N)
        for k in range(N):
            mean = p @ STATES[:, k].numpy()
            independent *= np.where(STATES[:, k] > 0, mean, 1 - mean)
        assert np.abs(q - p).sum() / 2 < 0.05
        assert np.abs(independent - p).sum() / 2 > 0.2


def test_starts_at_independent_bits():
    """Means linear in the field are met exactly; couplings are 0."""
    bins = EnergyBins(torch.linspace(-1, 1, 1000), 8, 2)
    centres = bins.nodes.mean(dim=1)
    fields = 0.3 + 0.5 * centres[:, None] * torch.linspace(-1, 1, N)
    made = machine(degree=2)
    made.start(-torch.tanh(fields).double(), centres)
    b, pulls = made.fields(centres, torch.ones(len(centres), N))
    torch.testing.assert_close(b.detach(), fields)
    assert not pulls.any()


@pytest.mark.parametrize(("n_bits", "degree", "expected"), [(6, 0, 21), (64, 2, 6240)])
def test_has_the_parameters_of_the_circuit(n_bits, degree, expected):
    gates = all_gates(n_bits)
    for made in (VisibleMachine(gates, n_bits, degree=degree), WalshModel(gates, n_bits, degree=degree)):
        assert sum(p.numel() for p in made.parameters()) == expected


def test_ridge_is_of_couplings_only():
    made = machine(degree=0, ridge=0.7)
    x, data = torch.zeros(1), STATES[:1]
    with_ridge = made.difference(x, data, np.random.default_rng(0)).item()
    made.ridge = 0.0
    made.chains.fill_(1)
    without = made.difference(x, data, np.random.default_rng(0)).item()
    couplings = sum(w.item() ** 2 for w, gate in zip(made.weights[0], made.gates, strict=True) if len(gate) == 2)
    assert with_ridge - without == pytest.approx(0.7 * couplings, rel=1e-4)


def test_has_couplings_of_pairs_only():
    with pytest.raises(InputError, match="gates on one or two bits, found one on 3"):
        VisibleMachine([[0], [0, 1, 2]], 3)
