import numpy as np
import pytest

from qgen.boltzmann.diagnostics import (
    correlation_difference,
    marginal_difference,
    overlap,
    total_variation,
    variation_floor,
)
from qgen.files import InputError
from qgen.ising import Ising
from qgen.samplers.exact import ExactSampler


def independent(means: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    return np.where(rng.random((n, len(means))) < (1 + means) / 2, 1, -1).astype(np.int8)


def small(seed: int = 0) -> Ising:
    rng = np.random.default_rng(seed)
    edges = np.array([(i, j) for i in range(3) for j in range(3, 6)])
    return Ising(rng.normal(0, 0.5, 6), edges, rng.normal(0, 0.7, 9), np.repeat([0, 1], 3))


def test_overlap_of_independent_spins() -> None:
    rng, n = np.random.default_rng(0), 20000
    means = np.linspace(-0.9, 0.9, 30)
    q = overlap(independent(means, n, rng), independent(means, n, rng))
    variance = np.sum(1 - means**4) / 30**2
    assert q.mean() == pytest.approx(np.mean(means**2), abs=4 * np.sqrt(variance / n))
    assert q.var() == pytest.approx(variance, rel=4 * np.sqrt(2 / n))


def test_overlap_of_two_valleys_has_two_peaks() -> None:
    edges = np.array([(i, j) for i in range(5) for j in range(5, 10)])
    model = Ising(np.zeros(10), edges, np.full(25, -0.8), np.repeat([0, 1], 5))
    spins = ExactSampler().sample(model, n=4000, rng=np.random.default_rng(1)).spins
    q = overlap(spins[::2], spins[1::2])
    assert (np.abs(q) > 0.9).mean() > 0.95
    assert (q > 0).mean() == pytest.approx(0.5, abs=0.05)


def test_overlap_leaves_pinned_spins_out() -> None:
    first = np.array([[1, 1, -1, 1], [1, -1, -1, -1]])
    second = np.array([[1, -1, -1, 1], [1, 1, 1, -1]])
    clamp = np.array([[1, 0, 0, 0], [1, 0, 0, -1]])
    np.testing.assert_allclose(overlap(first, second), [0.5, 0])
    np.testing.assert_allclose(overlap(first, second, clamp=clamp), [1 / 3, -1])
    with pytest.raises(InputError, match="found none in 1"):
        overlap(first, second, clamp=np.array([[0, 0, 0, 0], [1, 1, 1, 1]]))
    with pytest.raises(InputError, match=r"two arrays \(n, n_nodes\), found \(2, 4\) and \(1, 4\)"):
        overlap(first, second[:1])


def test_equal_laws_differ_as_expected() -> None:
    rng, means = np.random.default_rng(2), np.linspace(-0.95, 0.95, 40)
    found = [marginal_difference(independent(means, 200, rng), independent(means, 50, rng)) for _ in range(200)]
    expected = np.mean((1 - means**2) * (1 / 200 + 1 / 50))
    assert np.mean([d.expected**2 for d in found]) == pytest.approx(expected, rel=0.01)
    assert np.mean([d.rms**2 for d in found]) == pytest.approx(expected, rel=0.05)
    assert np.mean([d.excess > 0 for d in found]) == pytest.approx(0.5, abs=0.15)
    assert 1.5 < np.mean([d.worst for d in found]) < 3.5


def test_unequal_laws_differ_by_more() -> None:
    rng, means = np.random.default_rng(3), np.full(50, 0.1)
    shift = np.resize([0.1, -0.1, 0.2, 0.0], 50)
    found = marginal_difference(independent(means + shift, 5000, rng), independent(means, 5000, rng))
    assert found.excess == pytest.approx(np.sqrt(np.mean(shift**2)), rel=0.05)
    assert found.worst > 7
    np.testing.assert_allclose(found.values, shift, atol=5 * 0.02)


def test_pairs_of_rows_leave_their_conditions_out() -> None:
    """Means that change from row to row move both sets: unpaired errors are too large."""
    rng = np.random.default_rng(4)
    means = rng.choice([-0.9, 0.9], 2000)[:, None] * np.ones(30)

    def draw() -> np.ndarray:
        return np.where(rng.random((2000, 30)) < (1 + means) / 2, 1, -1).astype(np.int8)

    found = [marginal_difference(draw(), draw(), paired=True) for _ in range(50)]
    assert np.mean([d.rms**2 for d in found]) == pytest.approx(np.mean([d.expected**2 for d in found]), rel=0.1)
    assert found[0].expected == pytest.approx(np.sqrt(2 * (1 - 0.81) / 2000), rel=0.05)
    assert marginal_difference(draw(), draw()).expected > 2 * found[0].expected
    with pytest.raises(InputError, match="expected pairs of rows"):
        marginal_difference(draw(), draw()[1:], paired=True)


def test_correlations_of_enumerated_models() -> None:
    first, second = small(0), small(1)
    draws = [ExactSampler().sample(m, n=20000, rng=np.random.default_rng(5)).spins for m in (first, second)]
    exact = []
    for model in (first, second):
        states, p = ExactSampler().distribution(model)
        exact.append(p @ (states[:, model.edges[:, 0]] * states[:, model.edges[:, 1]]))
    found = correlation_difference(draws[0], draws[1], first.edges)
    np.testing.assert_allclose(found.values, exact[0] - exact[1], atol=5 * np.sqrt(2 / 20000))
    assert found.excess == pytest.approx(np.sqrt(np.mean((exact[0] - exact[1]) ** 2)), rel=0.05)
    same = correlation_difference(draws[0][::2], draws[0][1::2], first.edges)
    assert same.rms < 3 * same.expected


def test_too_few_draws() -> None:
    with pytest.raises(InputError, match=r"at least 2 rows and as many columns in both, found \(\(1, 3\), \(2, 3\)\)"):
        marginal_difference(np.ones((1, 3)), np.ones((2, 3)))
    same = marginal_difference(np.ones((4, 3)), np.ones((2, 3)))
    assert (same.rms, same.expected, same.worst) == (0, 0, 0)
    assert marginal_difference(np.ones((4, 3)), -np.ones((4, 3))).worst == np.inf


@pytest.mark.parametrize("pinned", [None, np.array([0, 1, 0, 0, -1, 0], dtype=np.int8)])
def test_total_variation_and_its_floor(pinned: np.ndarray | None) -> None:
    model, rng, n = small(), np.random.default_rng(6), 300
    states, p = ExactSampler().distribution(model, clamp=pinned, beta=0.8)
    sets = [ExactSampler().sample(model, n=n, clamp=pinned, beta=0.8, rng=rng).spins for _ in range(200)]
    found = [total_variation(model, s, clamp=pinned, beta=0.8, rng=rng) for s in sets]
    for spins, tv in zip(sets[:3], found, strict=False):
        frequency = np.array([(spins == state).all(axis=1).mean() for state in states])
        assert tv.value == pytest.approx(np.abs(frequency - p).sum() / 2, abs=1e-12)
    values = [tv.value for tv in found]
    assert np.mean(values) == pytest.approx(found[0].floor, abs=4 * found[0].floor_sd / np.sqrt(200))
    assert np.mean([tv.floor_sd for tv in found]) == pytest.approx(np.std(values), rel=0.2)


def test_floor_of_one_coin() -> None:
    """Two draws: 0, 1/2 or 1/2 away with 1/2, 1/4, 1/4; and a spin that never turns has no floor."""
    coin = Ising(np.zeros(1), np.empty((0, 2), dtype=np.intp), np.empty(0), np.array([0]))
    rng = np.random.default_rng(7)
    found = total_variation(coin, np.array([[1], [1]], dtype=np.int8), rng=rng)
    assert (found.value, found.floor) == (0.5, pytest.approx(0.25))
    frozen = Ising(np.array([-500.0]), coin.edges, coin.couplings, coin.colours)
    found = total_variation(frozen, np.array([[1], [1]], dtype=np.int8), rng=rng)
    assert (found.value, found.floor, found.floor_sd) == (0, pytest.approx(0, abs=1e-12), 0)


@pytest.mark.parametrize("n", [1, 7, 400])
def test_floor_of_the_variation_against_draws(n: int) -> None:
    rng = np.random.default_rng(1)
    p = np.append(rng.dirichlet(np.full(63, 0.5)), 0)
    draws = np.abs(rng.multinomial(n, p, size=4000) / n - p).sum(axis=1) / 2
    assert variation_floor(p, n) == pytest.approx(draws.mean(), abs=4 * draws.std() / np.sqrt(4000) + 1e-12)


def test_floor_of_the_variation_of_a_coin() -> None:
    """Two tosses: heads twice, once or never, 1/2, 0 or 1/2 from the coin."""
    np.testing.assert_allclose(variation_floor(np.array([[0.5, 0.5], [1.0, 0.0]]), 2), [0.25, 0.0])
    assert variation_floor(np.array([1.0, 1e-310]), 400) == pytest.approx(0, abs=1e-300)
