from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from qgen.boltzmann.quantum import QuantumBoltzmann
from qgen.boltzmann.quantum_training import NegativeBound, likelihood_gradient, train_bound, visible_rows
from qgen.files import InputError
from qgen.ising import Ising, Samples, Spins
from qgen.samplers.path_integral import PathIntegralSampler


def machine(n: int, gamma: float, *, seed: int = 0, width: float = 0.5) -> QuantumBoltzmann:
    rng = np.random.default_rng(seed)
    edges = np.stack(np.triu_indices(n, k=1), axis=1)
    return QuantumBoltzmann(
        Ising(rng.normal(0, width, n), edges, rng.normal(0, width, len(edges)), np.arange(n)), gamma
    )


def modes(n_bits: int, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Four Bernoulli modes, patterns of which each bit flips with probability 0.1; p of all states, and draws."""
    rng = np.random.default_rng(seed)
    patterns = rng.integers(0, 2, (4, n_bits))
    states = np.arange(2**n_bits)[:, None] >> np.arange(n_bits)[::-1] & 1
    flips = (states[:, None] != patterns).sum(axis=2)
    p = (0.1**flips * 0.9 ** (n_bits - flips)).mean(axis=1)
    return p, states[rng.choice(len(p), n, p=p)]


def divergence(p: np.ndarray, model: QuantumBoltzmann, n_bits: int) -> float:
    """Exact KL(p || machine) of the visible bits."""
    states = np.arange(2**n_bits)[:, None] >> np.arange(n_bits)[::-1] & 1
    return float(p @ (np.log(p) - model.log_probability(visible_rows(states, model.n_nodes))))


@dataclass(frozen=True)
class DenseSampler:
    """Exact draws from the free and the clamped machine."""

    gamma: float

    def sample(
        self, model: Ising, *, n: int, clamp: Spins | None = None, rng: np.random.Generator, **_: object
    ) -> Samples:
        quantum = QuantumBoltzmann(model, self.gamma)
        rows = np.zeros((n, model.n_nodes), dtype=np.int8) if clamp is None else clamp
        spins = np.empty_like(rows)
        for row in np.unique(rows, axis=0):
            states, p = quantum.clamped_distribution(row)
            members = (rows == row).all(axis=1)
            spins[members] = states[rng.choice(len(p), members.sum(), p=p)]
        return Samples(spins)


@pytest.mark.parametrize("n_hidden", [0, 2])
def test_the_gradient_is_that_of_the_bound(n_hidden: int) -> None:
    """By finite differences of the bound itself, and as the difference of the phases' averages."""
    model = machine(4 + n_hidden, 0.8)
    rows = visible_rows(np.random.default_rng(0).integers(0, 2, (20, 4)), model.n_nodes)
    objective = NegativeBound(model, sampler=None, n_reads=1, learning_rate=0.1)
    loss = objective.loss({"rows": torch.from_numpy(rows)}, torch.Generator())
    np.testing.assert_allclose(loss.item(), -model.bound(rows).mean(), rtol=1e-12)
    loss.backward()
    assert objective.biases.grad is not None
    assert objective.couplings.grad is not None
    parameters = np.concatenate([model.ising.biases, model.ising.couplings])
    found = np.concatenate([objective.biases.grad.numpy(), objective.couplings.grad.numpy()])
    np.testing.assert_allclose(found, slope(lambda m: -m.bound(rows).mean(), model, parameters), atol=1e-8)
    positive = np.mean([averages(model, model.clamped_distribution(row)) for row in rows], axis=0)
    np.testing.assert_allclose(found, positive - averages(model, model.distribution()), atol=1e-12)


def averages(model: QuantumBoltzmann, distribution: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    states, p = distribution
    first, second = model.ising.edges.T
    s = states.astype(float)
    return np.concatenate([p @ s, p @ (s[:, first] * s[:, second])])


def slope(value, model: QuantumBoltzmann, parameters: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """Central differences by h and J."""
    n, found = model.n_nodes, []
    for i in range(len(parameters)):
        ends = []
        for sign in (1, -1):
            moved = parameters.copy()
            moved[i] += sign * step
            ends.append(value(model.with_parameters(moved[:n], moved[n:])))
        found.append((ends[0] - ends[1]) / (2 * step))
    return np.array(found)


def test_the_exact_gradient_is_that_of_the_likelihood() -> None:
    model = machine(5, 0.8)
    rows = visible_rows(np.random.default_rng(0).integers(0, 2, (12, 3)), 5)
    by_h, by_j, by_gamma = likelihood_gradient(model, rows)
    parameters = np.concatenate([model.ising.biases, model.ising.couplings])
    expected = slope(lambda m: m.log_probability(rows).mean(), model, parameters)
    np.testing.assert_allclose(np.concatenate([by_h, by_j]), expected, atol=1e-8)
    for i in range(5):
        ends = [
            replace(model, gamma=model.fields + sign * 1e-5 * np.eye(5)[i]).log_probability(rows).mean()
            for sign in (1, -1)
        ]
        np.testing.assert_allclose(by_gamma[i], (ends[0] - ends[1]) / 2e-5, atol=1e-8)


def test_the_bound_would_drive_the_field_of_visible_spins_to_zero() -> None:
    """Whatever the data: less field, a higher bound."""
    for seed in range(5):
        model = machine(5, 1.0, seed=seed)
        rows = visible_rows(np.random.default_rng(seed).integers(0, 2, (10, 5)), 5)
        for i in range(5):
            less = replace(model, gamma=model.fields - 0.01 * np.eye(5)[i])
            assert (less.bound(rows) > model.bound(rows)).all()


def test_at_the_optimum_visible_averages_are_those_of_the_data() -> None:
    """Without hidden spins the bound is concave and its optimum matches moments, with and without a field."""
    _, bits = modes(4, 400, seed=3)
    spins = (2 * bits - 1).astype(float)
    first, second = np.triu_indices(4, k=1)
    expected = np.concatenate([spins.mean(axis=0), (spins[:, first] * spins[:, second]).mean(axis=0)])
    for gamma in (0.0, 0.5):
        trained, _ = train_bound(machine(4, gamma), bits, seed=0, epochs=300, learning_rate=0.05)
        np.testing.assert_allclose(averages(trained, trained.distribution()), expected, atol=2e-3)


@pytest.mark.parametrize(("n_hidden", "below"), [(0, 0.08), (2, 0.03)])
def test_training_lowers_the_exact_divergence(n_hidden: int, below: float) -> None:
    p, bits = modes(6, 2000)
    start = machine(6 + n_hidden, 0.3, width=0.1)
    trained, history = train_bound(start, bits, seed=0, epochs=150, learning_rate=0.05)
    losses = [row["bound"] for row in history]
    assert losses[-1] < losses[0] - 0.5
    assert divergence(p, trained, 6) < below < divergence(p, start, 6) / 10
    rows = visible_rows(bits, start.n_nodes)
    assert -trained.bound(rows).mean() <= losses[-1] + 1e-9


def test_a_sampler_may_draw_the_phases() -> None:
    """Exact draws of both phases come as far as the exact phases."""
    p, bits = modes(4, 500)
    start = machine(6, 0.4, width=0.1)
    exact, _ = train_bound(start, bits, seed=0, epochs=100, learning_rate=0.05)
    drawn, _ = train_bound(start, bits, seed=0, epochs=100, learning_rate=0.05, sampler=DenseSampler(0.4), n_reads=2000)
    assert abs(divergence(p, exact, 4) - divergence(p, drawn, 4)) < 0.02
    assert divergence(p, drawn, 4) < divergence(p, start, 4) / 3


def test_path_integral_sampling_trains_it() -> None:
    p, bits = modes(4, 200)
    start = machine(5, 0.4, width=0.1)
    sampler = PathIntegralSampler(gamma=0.4, n_sweeps=20)
    trained, history = train_bound(start, bits, seed=0, epochs=30, learning_rate=0.1, sampler=sampler, n_reads=200)
    assert len(history) == 30
    assert divergence(p, trained, 4) < divergence(p, start, 4) / 3


def test_seeds_decide_everything() -> None:
    _, bits = modes(4, 100)
    runs = [
        train_bound(machine(5, 0.4), bits, seed=seed, epochs=3, batch_size=30, sampler=DenseSampler(0.4), n_reads=50)[0]
        for seed in (1, 1, 2)
    ]
    assert np.array_equal(runs[0].ising.couplings, runs[1].ising.couplings)
    assert not np.array_equal(runs[0].ising.couplings, runs[2].ising.couplings)


def test_visible_rows_are_spins_then_zeros() -> None:
    assert visible_rows([[0, 1], [1, 1]], 3).tolist() == [[-1, 1, 0], [1, 1, 0]]


@pytest.mark.parametrize(
    ("bits", "options", "message"),
    [
        ([[0, 2]], {}, "expected 0 and 1, found 2"),
        ([0, 1], {}, "shape"),
        (np.zeros((0, 2)), {}, "shape"),
        (np.zeros((1, 6)), {}, "1 to 5"),
        ([[0, 1]], {"learning_rate": 0.0}, "learning_rate"),
        ([[0, 1]], {"sampler": DenseSampler(0.5)}, "gamma"),
        ([[0, 1]], {"epochs": -1}, "epochs"),
    ],
)
def test_bad_input_is_one_line(bits: object, options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        train_bound(machine(5, 0.4), bits, seed=0, **options)
