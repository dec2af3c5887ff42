"""Against closed forms of one and two spins, the Pauli matrices themselves, and enumeration at Gamma = 0."""

from functools import reduce

import numpy as np
import pytest
from scipy.linalg import expm

from qgen.boltzmann.quantum import QuantumBoltzmann
from qgen.files import InputError
from qgen.ising import Ising
from qgen.samplers.exact import ExactSampler
from qgen.samplers.path_integral import PathIntegralSampler

NO_EDGES = np.empty((0, 2), dtype=np.intp)
Z, X = np.diag([1.0, -1.0]), np.array([[0.0, 1.0], [1.0, 0.0]])


def machine(n: int = 5, gamma: float | np.ndarray = 1.0, seed: int = 0, width: float = 0.7) -> QuantumBoltzmann:
    """All spins coupled, h and J ~ N(0, width)."""
    rng = np.random.default_rng(seed)
    edges = np.stack(np.triu_indices(n, k=1), axis=1)
    return QuantumBoltzmann(
        Ising(rng.normal(0, width, n), edges, rng.normal(0, width, len(edges)), np.arange(n)), gamma
    )


def on_spin(i: int, operator: np.ndarray, n: int) -> np.ndarray:
    return reduce(np.kron, [operator if k == i else np.eye(2) for k in range(n)])


def density_weights(model: QuantumBoltzmann) -> np.ndarray:
    """Diagonal of exp(-H) from Kronecker products of Pauli matrices with +Gamma sx; state 0 is all up."""
    n = model.n_nodes
    h = sum(b * on_spin(i, Z, n) for i, b in enumerate(model.ising.biases))
    for (i, j), coupling in zip(model.ising.edges, model.ising.couplings, strict=True):
        h = h + coupling * on_spin(i, Z, n) @ on_spin(j, Z, n)
    h = h + sum(g * on_spin(i, X, n) for i, g in enumerate(model.fields))
    return np.diag(expm(-h))[::-1]  # from all down to all up


def test_one_spin() -> None:
    """p(up) = 1/2 (1 - h/D tanh D), ln Z = ln 2 cosh D, D^2 = h^2 + Gamma^2."""
    for h, gamma in [(0.3, 1.0), (-2.0, 0.5), (0.0, 3.0), (40.0, 9.0)]:
        model = QuantumBoltzmann(Ising(np.array([h]), NO_EDGES, np.empty(0), np.array([0])), gamma)
        d = np.hypot(h, gamma)
        spins, p = model.distribution()
        assert spins.tolist() == [[-1], [1]]
        np.testing.assert_allclose(p[1], (1 - h / d * np.tanh(d)) / 2, rtol=1e-10)
        np.testing.assert_allclose(model.log_partition(), np.log1p(np.exp(-2 * d)) + d, rtol=1e-12)


@pytest.mark.parametrize("gamma", [(0.8, 0.3), (1.0, 1.0), (-0.5, 2.0)])
def test_two_spins(gamma: tuple[float, float]) -> None:
    """h = 0: levels +-D and +-D', D^2 = J^2 + (Gamma_1 +- Gamma_2)^2; p(++) from the same two blocks."""
    j = 0.9
    model = QuantumBoltzmann(Ising(np.zeros(2), np.array([[0, 1]]), np.array([j]), np.array([0, 1])), np.array(gamma))
    d = np.array([np.hypot(j, gamma[0] + gamma[1]), np.hypot(j, gamma[0] - gamma[1])])
    z = 2 * np.cosh(d).sum()
    both_up = (np.cosh(d) - j / d * np.sinh(d)).sum() / 2
    _, p = model.distribution()
    np.testing.assert_allclose(p, np.array([both_up, z / 2 - both_up, z / 2 - both_up, both_up]) / z, rtol=1e-12)
    np.testing.assert_allclose(model.log_partition(), np.log(z), rtol=1e-12)
    down = np.array([-1, 0], dtype=np.int8)
    d_up = np.hypot(j, gamma[1])  # spin 0 is classical: spin 1 in the field -J
    np.testing.assert_allclose(model.clamped_distribution(down)[1][1], (1 + j / d_up * np.tanh(d_up)) / 2, rtol=1e-12)
    np.testing.assert_allclose(model.distribution(down)[1][1], 2 * (z / 2 - both_up) / z, rtol=1e-12)


def test_it_is_the_diagonal_of_the_matrix_exponential() -> None:
    """Five spins with different transverse fields, one of them none, one with the other sign."""
    model = machine(5, np.array([0.5, 1.5, 0.0, -0.7, 1.0]))
    weights = density_weights(model)
    spins, p = model.distribution()
    np.testing.assert_allclose(p, weights / weights.sum(), rtol=1e-11)
    np.testing.assert_allclose(model.log_partition(), np.log(weights.sum()), rtol=1e-12)
    np.testing.assert_allclose(model.log_probability(spins), np.log(p), rtol=1e-10)


def test_without_a_transverse_field_it_is_the_classical_machine() -> None:
    model = machine(6, 0.0)
    pin = np.array([0, 1, 0, 0, -1, 0], dtype=np.int8)
    for clamp in (None, pin):
        states, p = ExactSampler().distribution(model.ising, clamp=clamp)
        spins, q = model.distribution(clamp)
        np.testing.assert_array_equal(spins, states)
        np.testing.assert_allclose(q, p, rtol=1e-12)
    np.testing.assert_allclose(model.clamped_distribution(pin)[1], model.distribution(pin)[1], rtol=1e-12)
    np.testing.assert_allclose(model.bound(pin[None]), model.log_probability(pin[None]), rtol=1e-12)


def test_projected_and_clamped_conditionals() -> None:
    """The first is the joint distribution cut and renormalised, the second a smaller machine with other fields."""
    model = machine(5, 0.9)
    pin = np.array([0, -1, 0, 1, 0], dtype=np.int8)
    spins, p = model.distribution()
    keep = (spins[:, 1] == -1) & (spins[:, 3] == 1)
    np.testing.assert_allclose(model.distribution(pin)[1], p[keep] / p[keep].sum(), rtol=1e-12)
    np.testing.assert_allclose(model.log_probability(pin[None]), [np.log(p[keep].sum())], rtol=1e-10)
    ising, free = model.ising, np.array([0, 2, 4])
    j = np.zeros((5, 5))
    j[tuple(ising.edges.T)] = ising.couplings
    j += j.T
    fields = ising.biases[free] + j[free] @ pin
    small = QuantumBoltzmann(
        Ising(fields, np.array([[0, 1], [0, 2], [1, 2]]), j[[0, 0, 2], [2, 4, 4]], np.arange(3)), 0.9
    )
    found, q = model.clamped_distribution(pin)
    np.testing.assert_array_equal(found[:, free], small.distribution()[0])
    np.testing.assert_allclose(q, small.distribution()[1], rtol=1e-11)
    constant = ising.biases @ pin + pin @ j @ pin / 2
    np.testing.assert_allclose(model.log_partition(pin), small.log_partition() - constant, rtol=1e-11)
    assert np.abs(q - model.distribution(pin)[1]).sum() / 2 > 0.005


def test_the_bound_is_below_and_touches_at_no_field() -> None:
    rng = np.random.default_rng(1)
    rows = rng.choice(np.array([-1, 0, 1], dtype=np.int8), size=(40, 5))
    gaps = []
    for gamma in (0.0, 0.3, 1.0, 2.0):
        model = machine(5, gamma)
        gap = model.log_probability(rows) - model.bound(rows)
        assert gap.min() > -1e-12
        gaps.append(gap.mean())
    np.testing.assert_allclose(gaps[0], 0, atol=1e-12)
    assert gaps[3] > gaps[2] > gaps[1] > 1e-3


def test_nothing_pinned_has_probability_one() -> None:
    model = machine(4)
    none = np.zeros((2, 4), dtype=np.int8)
    np.testing.assert_allclose(model.log_probability(none), 0, atol=1e-12)
    np.testing.assert_allclose(model.bound(none), 0, atol=1e-12)


def test_path_integral_sampling_agrees_at_eight_spins() -> None:
    """Total variation of 3000 reads at that of exact draws, free and with pinned spins (which are classical there)."""
    model = machine(8, 1.0, width=0.4)
    sampler = PathIntegralSampler(gamma=1.0, n_sweeps=60)
    pin = np.array([1, 0, 0, -1, 0, 0, 0, 0], dtype=np.int8)
    values = 1 << np.arange(8)[::-1]
    for clamp, (states, p) in ((None, model.distribution()), (pin, model.clamped_distribution(pin))):
        spins = sampler.sample(model.ising, n=3000, clamp=clamp, rng=np.random.default_rng(0)).spins
        place = {int(code): i for i, code in enumerate((states > 0) @ values)}
        counts = np.bincount([place[int(code)] for code in (spins > 0) @ values], minlength=len(p))
        exact = np.random.default_rng(1).multinomial(3000, p, size=200) / 3000
        expected = np.abs(exact - p).sum(axis=1) / 2
        assert abs(np.abs(counts / 3000 - p).sum() / 2 - expected.mean()) < 5 * expected.std()


@pytest.mark.parametrize(
    ("gamma", "message"), [(np.ones(3), r"\(5,\)"), (np.nan, "finite"), (np.array([1, 1, 1, 1, np.inf]), "finite")]
)
def test_bad_transverse_fields(gamma: float | np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        machine(5, gamma)


def test_too_many_spins_and_bad_clamps() -> None:
    with pytest.raises(InputError, match="at most 12 free spins, found 13"):
        machine(13).distribution()
    with pytest.raises(InputError, match="clamp"):
        machine(5).distribution(np.ones(4, dtype=np.int8))
    pinned = np.array([1] * 10 + [0] * 3, dtype=np.int8)
    assert len(machine(13).clamped_distribution(pinned)[1]) == 8
