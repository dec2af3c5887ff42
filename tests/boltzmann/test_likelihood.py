"""Against enumeration, transfer matrices and Kaufman's formula; few steps make the weights matter."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from qgen.boltzmann.likelihood import (
    annealed_importance,
    log_likelihood,
    reverse_annealed_importance,
    reverse_log_likelihood,
)
from qgen.boltzmann.partition import LogPartition, exact_log_partition
from qgen.files import InputError
from qgen.ising import Ising
from qgen.samplers.exact import ExactSampler


def partite(sizes: tuple[int, ...] = (4, 4, 4, 4), scale: float = 0.4, seed: int = 0) -> Ising:
    """A complete multipartite model whose colours are interleaved."""
    rng = np.random.default_rng(seed)
    colours = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    n = len(colours)
    edges = np.array([(i, j) for i in range(n) for j in range(i + 1, n) if colours[i] != colours[j]])
    return Ising(rng.normal(0, 0.5, n), edges, rng.normal(0, scale, len(edges)), colours)


def torus(size: int, j: float) -> Ising:
    """The two-dimensional Ising model of size x size spins, J = -j on every edge, no field."""
    site = np.arange(size * size).reshape(size, size)
    pairs = [np.stack([site, np.roll(site, -1, axis)], axis=-1).reshape(-1, 2) for axis in (0, 1)]
    edges = np.concatenate(pairs)
    colours = np.indices((size, size)).sum(axis=0).reshape(-1) % 2
    return Ising(np.zeros(size * size), edges, np.full(len(edges), -j), colours)


def kaufman(size: int, j: float) -> float:
    """ln Z of the torus (B. Kaufman, Phys. Rev. 76 (1949) 1232)."""
    k = np.pi * np.arange(2 * size) / size
    gamma = np.arccosh(np.cosh(2 * j) ** 2 / np.sinh(2 * j) - np.cos(k))
    gamma[0] = 2 * j + np.log(np.tanh(j))
    odd, even = gamma[1::2] * size / 2, gamma[::2] * size / 2
    terms = [np.prod(2 * f(g)) for f, g in ((np.cosh, odd), (np.sinh, odd), (np.cosh, even), (np.sinh, even))]
    return float(size * size / 2 * np.log(2 * np.sinh(2 * j)) - np.log(2) + np.log(np.sum(terms)))


def deviation(z: LogPartition, exact: LogPartition) -> np.ndarray:
    np.testing.assert_array_equal(z.clamp, exact.clamp)
    return np.asarray((z.value - exact.value) / z.error)


@pytest.mark.parametrize("base", [None, np.zeros(16), np.linspace(-1, 1, 16)])
def test_sixteen_nodes_are_enclosed_within_a_fiftieth_of_a_nat(base: np.ndarray | None) -> None:
    model, rng = partite(), np.random.default_rng(1)
    exact = exact_log_partition(model)
    spins = ExactSampler().sample(model, n=1000, rng=rng).spins
    forward = annealed_importance(model, n_chains=1000, n_steps=300, base=base, rng=rng)
    reverse = reverse_annealed_importance(model, spins, n_steps=300, base=base, rng=rng)
    assert (forward.bound, reverse.bound) == ("lower", "upper")
    for z in (forward, reverse):
        assert abs(z.value[0] - exact.value[0]) < 0.02
        assert abs(deviation(z, exact)[0]) < 4
        assert 500 < z.ess[0] <= 1000
        assert z.n_chains.tolist() == [1000]


@pytest.mark.parametrize("n_steps", [1, 4, [0, 0.1, 0.3, 0.6, 1]])
def test_weights_correct_a_coarse_schedule(n_steps: Any) -> None:
    model, rng = partite((3, 2, 3), 0.3), np.random.default_rng(2)
    exact = exact_log_partition(model)
    spins = ExactSampler().sample(model, n=20000, rng=rng).spins
    forward = annealed_importance(model, n_chains=20000, n_steps=n_steps, rng=rng)
    reverse = reverse_annealed_importance(model, spins, n_steps=n_steps, rng=rng)
    for z in (forward, reverse):
        assert abs(deviation(z, exact)[0]) < 4
        assert z.ess[0] < 19000


def test_few_chains_are_below_forward_and_above_in_reverse() -> None:
    model, rng = partite((4, 4), 0.8), np.random.default_rng(3)
    exact = exact_log_partition(model).value[0]
    spins = ExactSampler().sample(model, n=1200, rng=rng).spins.reshape(600, 2, 8)
    below = [annealed_importance(model, n_chains=2, n_steps=2, rng=rng).value[0] for _ in spins]
    above = [reverse_annealed_importance(model, s, n_steps=2, rng=rng).value[0] for s in spins]
    assert np.mean(below) + 4 * np.std(below) / np.sqrt(600) < exact < np.mean(above) - 4 * np.std(above) / np.sqrt(600)


def test_error_is_the_spread_of_repeats() -> None:
    model = partite((4, 4), 0.5)
    runs = [annealed_importance(model, n_chains=100, n_steps=10, rng=np.random.default_rng(s)) for s in range(150)]
    pulls = (np.concatenate([z.value for z in runs]) - exact_log_partition(model).value[0]) / np.mean(
        [z.error for z in runs]
    )
    assert 0.83 < pulls.std(ddof=1) < 1.17  # 3 standard deviations of a spread from 150 values


def test_two_dimensional_ising_model() -> None:
    assert kaufman(4, 0.3) == pytest.approx(exact_log_partition(torus(4, 0.3)).value[0], abs=1e-9)
    z = annealed_importance(torus(16, 0.35), n_chains=200, n_steps=300, rng=np.random.default_rng(4))
    assert z.value[0] == pytest.approx(kaufman(16, 0.35), abs=4 * z.error[0])
    assert z.error[0] < 0.1


def test_conditions_of_chains() -> None:
    model, rng = partite((3, 4, 3), 0.6), np.random.default_rng(5)
    patterns = np.zeros((4, 10), dtype=np.int8)
    patterns[1, [0, 4]] = 1, -1
    patterns[2, :7] = -1
    patterns[3] = 1
    clamp = rng.permutation(np.repeat(patterns, 500, axis=0))
    exact = exact_log_partition(model, clamp=clamp)
    spins = ExactSampler().sample(model, n=2000, clamp=clamp, rng=rng).spins
    forward = annealed_importance(model, n_chains=2000, n_steps=50, clamp=clamp, rng=rng)
    reverse = reverse_annealed_importance(model, spins, n_steps=50, clamp=clamp, rng=rng)
    for z in (forward, reverse):
        assert z.n_chains.tolist() == [500] * 4
        np.testing.assert_array_less(np.abs(z.value - exact.value), 4 * z.error + 1e-6)
        whole = np.flatnonzero((z.clamp != 0).all(axis=1))
        assert z.error[whole] == pytest.approx(0, abs=1e-12)
    one = annealed_importance(model, n_chains=500, n_steps=50, clamp=patterns[1], rng=rng)
    assert one.clamp.tolist() == patterns[1:2].tolist()
    assert one.value[0] == pytest.approx(exact_log_partition(model, clamp=patterns[1]).value[0], abs=4 * one.error[0])


def test_independent_spins_are_exact() -> None:
    model = Ising(np.array([0.3, -1.2, 40.0]), np.empty((0, 2), dtype=np.intp), np.empty(0), np.array([0, 1, 1]))
    z = annealed_importance(model, n_chains=50, n_steps=5, rng=np.random.default_rng(6))
    assert z.value[0] == pytest.approx(np.logaddexp(model.biases, -model.biases).sum())
    assert (z.error[0], z.ess[0]) == (pytest.approx(0, abs=1e-12), pytest.approx(50))
    spins = ExactSampler().sample(model, n=7, rng=np.random.default_rng(6)).spins
    value, _ = reverse_log_likelihood(model, spins, n_chains=1, n_steps=3, rng=np.random.default_rng(6))
    assert value == pytest.approx(log_likelihood(model, spins, z)[0], abs=1e-5)


def test_log_likelihood_is_that_of_the_enumerated_distribution() -> None:
    model, rng = partite((3, 3), 0.7), np.random.default_rng(7)
    states, p = ExactSampler().distribution(model)
    value, error = log_likelihood(model, states, exact_log_partition(model))
    assert value == pytest.approx(np.log(p).mean(), abs=1e-10)
    assert error == pytest.approx(np.log(p).std(ddof=1) / 8)
    clamp = np.zeros((2, 6), dtype=np.int8)
    clamp[:, 0] = -1, 1
    z = exact_log_partition(model, clamp=clamp)
    given = [ExactSampler().distribution(model, clamp=c)[1] for c in z.clamp]
    both = np.concatenate([ExactSampler().distribution(model, clamp=c)[0] for c in z.clamp])
    assert log_likelihood(model, both, z)[0] == pytest.approx(np.log(given).mean(), abs=1e-10)
    ais = annealed_importance(model, n_chains=100, n_steps=4, rng=rng)
    assert log_likelihood(model, states[:1], ais)[1] == pytest.approx(ais.error[0])


def test_reverse_probabilities_add_up_to_one() -> None:
    """RAISE estimates the distribution of what annealing draws, without bias: with 4 steps, far from the model's."""
    model, rng = partite((2, 3, 2), 0.9), np.random.default_rng(8)
    states = np.array(list(product((-1, 1), repeat=7)), dtype=np.int8)
    logs = [reverse_log_likelihood(model, s[None], n_chains=400, n_steps=4, rng=rng)[0] for s in states]
    assert np.exp(logs).sum() == pytest.approx(1, abs=0.03)
    data = ExactSampler().sample(model, n=500, rng=rng).spins
    exact, _ = log_likelihood(model, data, exact_log_partition(model))
    few, error = reverse_log_likelihood(model, data, n_chains=20, n_steps=3, rng=rng)
    many, _ = reverse_log_likelihood(model, data, n_chains=20, n_steps=100, rng=rng)
    assert few < many < exact
    assert many == pytest.approx(exact, abs=0.03)
    assert error == pytest.approx(log_likelihood(model, data, exact_log_partition(model))[1], rel=0.2)


def test_same_generator_same_value_by_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as there are cores, too, on a system that does not know which of them a process may use."""
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    first, *others = (
        annealed_importance(partite(), n_chains=300, n_steps=5, threads=threads, rng=np.random.default_rng(9))
        for threads in (1, 3, None)
    )
    for other in others:
        assert first.value.tolist() == other.value.tolist()
        assert first.error.tolist() == other.error.tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_chains": 1}, "n_chains: expected at least 2 chains, found 1"),
        ({"threads": 0}, "threads: expected at least 1, found 0"),
        ({"n_steps": 0}, "n_steps: expected at least 1 step, found 0"),
        ({"n_steps": [0, 0.5, 0.5, 1]}, "n_steps: expected a number, or values that rise from 0 to 1"),
        ({"n_steps": [0.1, 1]}, "n_steps: expected a number, or values that rise from 0 to 1"),
        ({"base": np.zeros(3)}, r"base: expected 16 finite fields, found shape \(3,\)"),
        ({"clamp": np.zeros((3, 16), dtype=np.int8)}, "clamp: expected shape"),
        ({"clamp": np.eye(10, 16, dtype=np.int8)}, "at least 2 chains per condition, found 1 of condition 0"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        annealed_importance(partite(), **{"n_chains": 10, "rng": np.random.default_rng(0), **arguments})


def test_bad_spins() -> None:
    model, rng = partite(), np.random.default_rng(0)
    clamp = np.zeros(16, dtype=np.int8)
    clamp[2] = -1
    with pytest.raises(InputError, match=r"spins: expected the clamped values, found another at \(0, 2\)"):
        reverse_annealed_importance(model, np.ones((3, 16), dtype=np.int8), clamp=clamp, rng=rng)
    z = exact_log_partition(model, clamp=clamp)
    with pytest.raises(InputError, match="expected row 0 to agree with one of the pinned patterns, found 0"):
        log_likelihood(model, np.ones((3, 16), dtype=np.int8), z)
    with pytest.raises(InputError, match="n_chains: expected at least 1 chain, found 0"):
        reverse_log_likelihood(model, np.ones((3, 16), dtype=np.int8), n_chains=0, rng=rng)
