import numpy as np
import pytest

from qgen.boltzmann.classical_temperature import best_classical_temperature
from qgen.boltzmann.diagnostics import variation_floor
from qgen.boltzmann.quantum import QuantumBoltzmann
from qgen.files import InputError
from qgen.ising import Ising
from qgen.samplers.exact import ExactSampler


def all_coupled(n: int, width: float, seed: int = 0) -> Ising:
    rng = np.random.default_rng(seed)
    edges = np.stack(np.triu_indices(n, k=1), axis=1)
    return Ising(rng.normal(0, width, n), edges, rng.normal(0, width, len(edges)), np.arange(n))


@pytest.mark.parametrize("criterion", ["kl", "tv"])
@pytest.mark.parametrize("beta", [0.0, 0.64, 3.0])
def test_a_classical_machine_has_its_own_temperature(criterion: str, beta: float) -> None:
    model = all_coupled(6, 0.5)
    _, p = ExactSampler().distribution(model, beta=beta)
    fit = best_classical_temperature(p, model, criterion=criterion)
    np.testing.assert_allclose(fit.beta, beta, atol=1e-6)
    np.testing.assert_allclose([fit.total_variation, fit.divergence, fit.floor], 0, atol=1e-6)


def test_one_spin_is_classical_in_any_field() -> None:
    """tanh(beta h) = h/D tanh D."""
    h, gamma = 0.4, 1.0
    model = Ising(np.array([h]), np.empty((0, 2), dtype=np.intp), np.empty(0), np.array([0]))
    _, p = QuantumBoltzmann(model, gamma).distribution()
    d = np.hypot(h, gamma)
    fit = best_classical_temperature(p, model)
    np.testing.assert_allclose(fit.beta, np.arctanh(h / d * np.tanh(d)) / h, rtol=1e-8)
    np.testing.assert_allclose(fit.total_variation, 0, atol=1e-9)


def test_a_temperature_absorbs_most_of_a_transverse_field() -> None:
    """Eight spins at Gamma = 1: about beta = 0.64 with a rest of 0.036, of 0.16 at beta = 1."""
    found, at_one = [], []
    for seed in range(20):
        model = all_coupled(8, 0.2, seed)
        _, p = QuantumBoltzmann(model, 1.0).distribution()
        fit = best_classical_temperature(p, model)
        found.append((fit.beta, fit.total_variation))
        at_one.append(np.abs(p - ExactSampler().distribution(model)[1]).sum() / 2)
    np.testing.assert_allclose(np.mean(found, axis=0), [0.638, 0.035], atol=1e-3)
    np.testing.assert_allclose(np.mean(at_one), 0.160, atol=1e-3)


def test_each_criterion_is_at_its_minimum() -> None:
    """On a fine grid of beta, no other is better."""
    model = all_coupled(7, 0.6)
    states, p = QuantumBoltzmann(model, 1.2).distribution()
    by_kl, by_tv = (best_classical_temperature(p, model, criterion=name) for name in ("kl", "tv"))
    q = np.exp(-np.linspace(0, 2, 4001)[:, None] * model.energy(states))
    q /= q.sum(axis=1, keepdims=True)
    assert abs((p * np.log(p / q)).sum(axis=1).min() - by_kl.divergence) < 1e-6
    assert abs(np.abs(p - q).sum(axis=1).min() / 2 - by_tv.total_variation) < 1e-4
    assert by_tv.total_variation < by_kl.total_variation
    assert by_kl.divergence < by_tv.divergence


def test_spins_of_a_classical_sampler_leave_the_floor() -> None:
    model = all_coupled(6, 0.5)
    spins = ExactSampler().sample(model, n=20000, beta=0.7, rng=np.random.default_rng(0)).spins
    fit = best_classical_temperature(spins, model)
    assert abs(fit.beta - 0.7) < 0.02
    assert 0.7 * fit.floor < fit.total_variation < 1.3 * fit.floor


def test_the_floor_is_the_mean_over_exact_draws() -> None:
    p = np.random.default_rng(0).dirichlet(np.full(50, 0.3))
    for n in (1, 7, 1000):
        draws = np.random.default_rng(1).multinomial(n, p, size=20000) / n
        found = np.abs(draws - p).sum(axis=1) / 2
        assert abs(variation_floor(p, n) - found.mean()) < 5 * found.std() / np.sqrt(20000)


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (np.ones(3) / 3, "8 values"),
        (np.full(8, 0.2), "sum 1.6"),
        (np.array([2.0, -1, 0, 0, 0, 0, 0, 0]), "values >= 0"),
        (np.ones((4, 2), dtype=np.int8), r"\(n, 3\)"),
        (np.zeros((4, 3), dtype=np.int8), "-1 and \\+1"),
    ],
)
def test_bad_input_is_one_line(found: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        best_classical_temperature(found, all_coupled(3, 0.5))


def test_ends_of_the_scale() -> None:
    """The highest state and equal energies are at beta = 0, the ground state alone at no finite one."""
    model = all_coupled(3, 0.5)
    energy = model.energy(ExactSampler().distribution(model)[0])
    assert best_classical_temperature(np.eye(8)[np.argmax(energy)], model).beta == 0
    flat = Ising(np.zeros(3), model.edges, np.zeros(3), model.colours)
    assert best_classical_temperature(np.full(8, 1 / 8), flat).beta == 0
    with pytest.raises(InputError, match="ground state only"):
        best_classical_temperature(np.eye(8)[np.argmin(energy)], model)
    with pytest.raises(InputError, match="'kl' or 'tv'"):
        best_classical_temperature(np.full(8, 1 / 8), model, criterion="js")
