"""The exact machine in a transverse field: density matrix, finite differences, frequencies, and its training."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.linalg import expm

from qgen.boltzmann.machine import BoltzmannMachine
from qgen.boltzmann.quantum import QuantumBoltzmann
from qgen.boltzmann.quantum_training import QuantumMachine
from qgen.files import InputError
from qgen.graphs import build
from qgen.training import generator, seeded

HELD = torch.tensor([[1.0, 0.0], [0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
FREE = torch.tensor(list(itertools.product([0.0, 1.0], repeat=4)))
EMPTY = torch.empty(1, 0)


def machine(gamma: float, *, conditioned: bool = True, width: float = 1.0) -> QuantumMachine:
    """Two held and four free bits, or four free ones."""
    with seeded(1):
        sizes = (2, 2, 2) if conditioned else (1, 1, 1, 1)
        classical = BoltzmannMachine(build("multipartite", sizes), conditioned=conditioned, n_chains=1)
        with torch.no_grad():
            classical.w.normal_(0, 2 * width)
            classical.b.normal_(0, width)
    return QuantumMachine(classical, gamma)


def log_p(model: QuantumMachine, held: torch.Tensor) -> np.ndarray:
    """ln p of all 16 states of four free bits under one condition."""
    return np.array([model.mean_log_p(torch.cat([held, free])[None]).item() for free in FREE])


def density_matrix(model: QuantumMachine, held: torch.Tensor) -> np.ndarray:
    """exp(-H_c) of four free bits, with H_c from Pauli matrices; bit 1 is spin up, the second state."""
    paulis = {"x": np.array([[0.0, 1.0], [1.0, 0.0]]), "z": np.diag([-1.0, 1.0])}

    def operator(name: str, *places: int) -> np.ndarray:
        product = np.eye(1)
        for place in range(4):
            product = np.kron(product, paulis[name] if place in places else np.eye(2))
        return product

    ising, n_held = model.machine.ising(), len(held)
    spins = 2 * held.numpy() - 1
    h = sum(ising.biases[n_held + i] * operator("z", i) for i in range(4))
    for (a, b), j in zip(ising.edges, ising.couplings, strict=True):
        if b >= n_held:
            h = h + j * (spins[a] * operator("z", b - n_held) if a < n_held else operator("z", a - n_held, b - n_held))
    return np.asarray(expm(-h + model.transverse_field * sum(operator("x", i) for i in range(4))))


@pytest.mark.parametrize("held", [HELD[0], HELD[1], EMPTY[0]])
def test_it_is_the_diagonal_of_the_density_matrix(held: torch.Tensor) -> None:
    model = machine(0.9, conditioned=len(held) > 0)
    diagonal = np.diag(density_matrix(model, held))
    expected = np.log(diagonal / diagonal.sum())
    np.testing.assert_allclose(log_p(model, held), expected, atol=1e-6)
    energies = model.energy(torch.cat([held.expand(16, -1), FREE], dim=1)).detach().numpy()
    assert (-energies + model.negative(held[None]).item() < expected).all()


def test_its_conditionals_are_those_of_classical_pinned_spins() -> None:
    model = machine(0.9)
    other = QuantumBoltzmann(model.machine.ising(), 0.9)
    for held in HELD:
        clamp = np.zeros(6, dtype=np.int8)
        clamp[:2] = (2 * held - 1).numpy()
        np.testing.assert_allclose(np.exp(log_p(model, held)), other.clamped_distribution(clamp)[1], atol=1e-6)


@pytest.mark.parametrize("conditioned", [True, False])
def test_without_transverse_field_it_is_the_classical_machine(conditioned: bool) -> None:
    model = machine(1e-7, conditioned=conditioned)
    for held in HELD if conditioned else EMPTY:
        rows = torch.cat([held.expand(16, -1), FREE], dim=1)
        log_z = torch.logsumexp(-model.machine.energy(rows), 0)
        np.testing.assert_allclose(log_p(model, held), (-model.machine.energy(rows) - log_z).detach(), atol=1e-5)
        torch.testing.assert_close(model.negative(held[None]), -log_z, atol=1e-5, rtol=0)


def test_gradient_is_that_of_ln_z_averaged_over_conditions() -> None:
    """By central differences, and as the mean of dE/db = -z over measured bits."""
    model = machine(0.9)
    w, b = torch.autograd.grad(model.negative(HELD), [model.machine.w, model.machine.b])
    step = 1e-2
    for parameter, gradient in ((model.machine.w, w), (model.machine.b, b)):
        for i in range(len(parameter)):
            ends = []
            for sign in (1, -1):
                with torch.no_grad():
                    parameter[i] += sign * step
                    ends.append(model.negative(HELD).item())
                    parameter[i] -= sign * step
            assert gradient[i].item() == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=2e-4)
    mean = np.zeros(6)
    for held in HELD:
        mean += np.exp(log_p(model, held)) @ torch.cat([held.expand(16, -1), FREE], dim=1).numpy() / len(HELD)
    np.testing.assert_allclose(b, -mean, atol=1e-5)


@pytest.mark.parametrize("conditioned", [True, False])
def test_draws_have_the_frequencies_of_the_distribution(conditioned: bool) -> None:
    model = machine(0.9, conditioned=conditioned)
    held = HELD[torch.arange(40_000) % 4] if conditioned else EMPTY.expand(40_000, 0)
    z, info = model.draw(held, np.random.default_rng(0))
    assert info == {"sampler": "exact", "reads": 40_000, "transverse_field": 0.9}
    for condition in torch.unique(held, dim=0) if conditioned else EMPTY:
        rows = z[(held == condition).all(dim=1)]
        counts = np.bincount((rows.numpy() @ [8, 4, 2, 1]).astype(int), minlength=16)
        p = np.exp(log_p(model, condition))
        assert stats.chisquare(counts, len(rows) * p / p.sum()).pvalue > 1e-3


def modes(n: int) -> tuple[np.ndarray, torch.Tensor]:
    """Three Bernoulli modes, patterns of which each of four bits flips with probability 0.1; p of all states, draws."""
    patterns = np.array([[0, 0, 0, 1], [1, 1, 0, 0], [1, 0, 1, 1]])
    flips = (FREE.numpy()[:, None] != patterns).sum(axis=2)
    p = (0.1**flips * 0.9 ** (4 - flips)).mean(axis=1)
    return p, FREE[np.random.default_rng(0).choice(16, n, p=p)]


@pytest.mark.parametrize("gamma", [0.3, 1.0])
def test_training_matches_the_moments_and_lowers_the_exact_divergence(gamma: float) -> None:
    """Without hidden bits the bound is concave, and its optimum has the averages of the data."""
    model, (p, z) = machine(gamma, conditioned=False, width=0.1), modes(2000)
    start = p @ (np.log(p) - log_p(model, EMPTY[0]))
    adam, losses = torch.optim.Adam(model.parameters(), 0.1), []
    for _ in range(400):
        loss = model.energy(z).mean() - model.negative(z[:, :0])
        losses.append(loss.item())
        adam.zero_grad()
        loss.backward()
        adam.step()
    assert losses[-1] < losses[0] - 0.3
    drawn = np.exp(log_p(model, EMPTY[0]))
    first, second = np.triu_indices(4, k=1)
    bits, states = z.numpy(), FREE.numpy()
    np.testing.assert_allclose(drawn @ states, bits.mean(axis=0), atol=3e-3)
    pairs = (bits[:, first] * bits[:, second]).mean(axis=0)
    np.testing.assert_allclose(drawn @ (states[:, first] * states[:, second]), pairs, atol=3e-3)
    assert p @ (np.log(p) - np.log(drawn)) < 0.25 * start


def test_the_bound_would_drive_the_field_to_zero() -> None:
    """Whatever the data: less field, a higher bound."""
    z = torch.randint(0, 2, (10, 4), generator=generator(0)).float()
    bounds = [
        (
            machine(gamma, conditioned=False).negative(z[:, :0]) - machine(gamma, conditioned=False).energy(z).mean()
        ).item()
        for gamma in (0.5, 0.8, 1.0)
    ]
    assert bounds[0] > bounds[1] > bounds[2]
    model = machine(1.0, conditioned=False)
    quantum = QuantumBoltzmann(model.machine.ising(), np.ones(4))
    rows = (2 * z - 1).numpy().astype(np.int8)
    for i in range(4):
        less = replace(quantum, gamma=quantum.fields - 0.01 * np.eye(4)[i])
        assert (less.bound(rows) > quantum.bound(rows)).all()


def test_too_many_free_bits() -> None:
    model = QuantumMachine(BoltzmannMachine(build("none", (13,)), n_chains=1), 1.0)
    with pytest.raises(InputError, match="at most 12 free spins, found 13"):
        model.negative(EMPTY)
