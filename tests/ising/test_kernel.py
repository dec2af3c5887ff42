import numpy as np
import pytest

from qgen.files import InputError
from qgen.ising import Ising
from qgen.ising import kernel as _kernel
from qgen.ising.kernel import Kernel
from qgen.samplers.exact import ExactSampler

N = 20000


def model_of(seed: int = 0) -> Ising:
    """Three and three spins, joined completely."""
    rng = np.random.default_rng(seed)
    edges = np.array([(i, j) for i in range(3) for j in range(3, 6)])
    return Ising(rng.normal(0, 0.5, 6), edges, rng.normal(0, 0.5, 9), np.repeat([0, 1], 3))


def assert_frequencies(spins: np.ndarray, p: np.ndarray) -> None:
    """Pearson's chi-squared over all 64 states, within 5 standard deviations."""
    counts = np.bincount((spins > 0) @ (1 << np.arange(6)[::-1]), minlength=64)
    expected = len(spins) * p
    chi2 = ((counts - expected) ** 2 / expected).sum()
    assert abs(chi2 - 63) < 5 * np.sqrt(2 * 63)


def test_every_chain_has_its_own_temperature() -> None:
    model, betas = model_of(), np.repeat([0.0, 0.5, 1.3], N)
    kernel = Kernel(model)
    chains = kernel.start(3 * N, rng=np.random.default_rng(0))
    kernel.sweep(chains, beta=betas, n=100)
    for part, beta in zip(np.split(chains.read(), 3), (0.0, 0.5, 1.3), strict=True):
        assert_frequencies(part, ExactSampler().distribution(model, beta=beta)[1])


def test_offset_is_a_bias_without_temperature() -> None:
    model, offset = model_of(), np.linspace(-0.5, 0.5, 6)
    kernel = Kernel(model)
    chains = kernel.start(N, rng=np.random.default_rng(1))
    kernel.sweep(chains, beta=0.4, n=100, offset=offset)
    same = Ising(0.4 * model.biases + offset, model.edges, 0.4 * model.couplings, model.colours)
    assert_frequencies(chains.read(), ExactSampler().distribution(same)[1])


@pytest.mark.parametrize("cost", [1e9, -1e9])
def test_threads_and_blocks_change_no_spin(cost: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sparse and dense; the last block is not full."""
    monkeypatch.setattr(_kernel, "_COST_OF_NODE", cost)
    model, found = model_of(), []
    init = np.ones((300, 6), dtype=np.int8)
    clamp = np.random.default_rng(3).choice(np.array([-1, 0, 1], dtype=np.int8), (300, 6))
    for width, threads, least in ((128, 1, 1), (128, 3, 1), (16, 2, 1), (128, None, 10**6)):
        monkeypatch.setattr(_kernel, "WIDTH", width)
        monkeypatch.setattr(_kernel, "_UPDATES_PER_THREAD", least)
        kernel = Kernel(model, threads=threads)
        chains = kernel.start(300, rng=np.random.default_rng(2), init=init, clamp=clamp)
        kernel.sweep(chains, n=20)
        kernel.sweep(chains, n=20)
        found.append((chains.read(), kernel.energy(chains)))
    for spins, energy in found[1:]:
        np.testing.assert_array_equal(spins, found[0][0])
        np.testing.assert_array_equal(energy, found[0][1])


def test_cores_where_the_system_knows_of_no_affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS: all cores of the machine, and one where even these are not known."""
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 6)
    assert _kernel.cores() == Kernel(model_of()).threads == 6
    monkeypatch.setattr("os.cpu_count", lambda: None)
    assert _kernel.cores() == 1


def test_calls_continue_one_chain() -> None:
    """Twenty sweeps are twice ten; no sweep changes nothing."""
    kernel, found = Kernel(model_of()), []
    for parts in ((20,), (10, 0, 10)):
        chains = kernel.start(50, rng=np.random.default_rng(4))
        for n in parts:
            kernel.sweep(chains, n=n)
        found.append(chains.read())
    np.testing.assert_array_equal(found[0], found[1])


def test_an_edge_that_is_listed_twice_counts_twice() -> None:
    edges = np.array([(0, 1), (1, 0)])
    twice = Ising(np.zeros(2), edges, np.array([0.3, 0.4]), np.array([0, 1]))
    once = Ising(np.zeros(2), edges[:1], np.array([0.7]), np.array([0, 1]))
    found = []
    for model in (twice, once):
        kernel = Kernel(model)
        chains = kernel.start(200, rng=np.random.default_rng(6))
        kernel.sweep(chains, n=5)
        found.append(chains.read())
    np.testing.assert_array_equal(found[0], found[1])


def test_the_start_is_uniform() -> None:
    spins = Kernel(model_of()).start(N, rng=np.random.default_rng(7)).read()
    assert_frequencies(spins, np.full(64, 1 / 64))


def test_bad_arguments() -> None:
    kernel, rng = Kernel(model_of()), np.random.default_rng(0)
    with pytest.raises(InputError, match="threads: expected at least 1, found 0"):
        Kernel(model_of(), threads=0)
    with pytest.raises(InputError, match="n: expected at least 1 configuration, found 0"):
        kernel.start(0, rng=rng)
    chains = kernel.start(3, rng=rng)
    with pytest.raises(InputError, match=r"beta: expected finite inverse temperatures >= 0, found -1\.\.1"):
        kernel.sweep(chains, beta=[1, -1, 1])
