import numpy as np
import pytest
from scipy.signal import lfilter

from qgen.boltzmann.autocorrelation import autocorrelation_time, slowest, sweep_series
from qgen.files import InputError
from qgen.ising import Ising


def autoregressive(phi: float, n_chains: int, n: int, seed: int = 0) -> np.ndarray:
    """x_t = phi x_(t-1) + noise, stationary: rho(t) = phi^t, tau = (1 + phi) / (1 - phi)."""
    rng = np.random.default_rng(seed)
    start = rng.normal(size=(n_chains, 1)) / np.sqrt(1 - phi**2)
    noise = rng.normal(size=(n_chains, n))
    return np.asarray(lfilter([1], [1, -phi], noise, axis=1, zi=phi * start)[0])


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9, 0.97])
def test_autoregressive_process(phi: float) -> None:
    found = autocorrelation_time(autoregressive(phi, 20, 10000))
    exact = (1 + phi) / (1 - phi)
    assert found.tau == pytest.approx(exact, abs=4 * found.error + 0.01 * exact)  # the window leaves e^-10 of the tail
    assert found.error < 0.09 * exact
    assert found.n_steps == 10000
    assert found.window == pytest.approx(5 * exact, rel=0.2, abs=1)


def test_error_is_the_spread_of_repeats() -> None:
    found = [autocorrelation_time(x) for x in autoregressive(0.8, 300, 2000)]
    spread, error = np.std([t.tau for t in found]), np.mean([t.error for t in found])
    assert spread == pytest.approx(error, rel=0.2)


def test_one_chain_is_as_good_as_a_row() -> None:
    x = autoregressive(0.6, 1, 500)
    assert autocorrelation_time(x[0]) == autocorrelation_time(x)


def test_alternation_is_below_one() -> None:
    found = autocorrelation_time(autoregressive(-0.5, 20, 10000))
    assert found.tau == pytest.approx(1 / 3, abs=0.03)


def test_chains_that_stay_apart_are_seen() -> None:
    """Each chain by itself looks independent."""
    x = np.random.default_rng(1).normal(size=(10, 1000))
    assert autocorrelation_time(x).tau == pytest.approx(1, abs=0.1)
    assert autocorrelation_time(x + np.arange(10)[:, None]).tau > 500


def test_slowest_of_several() -> None:
    series = np.stack([autoregressive(phi, 5, 2000) for phi in (0.2, 0.8, 0.5)])
    number, found = slowest(series)
    assert number == 1
    assert found == autocorrelation_time(series[1])


def test_two_spins_decay_as_they_should() -> None:
    """s_2 after a sweep has the mean tanh(J)^2 s_2; the energy is a product whose law is the same after every sweep."""
    j = 1.2
    model = Ising(np.zeros(2), np.array([[0, 1]]), np.array([j]), np.array([0, 1]))
    options = {"n_chains": 64, "n_sweeps": 2000, "rng": np.random.default_rng(2)}
    energies, spins = sweep_series(model, np.eye(2), **options)  # type: ignore[arg-type]
    assert energies.shape == (64, 2000)
    assert spins.shape == (2, 64, 2000)
    np.testing.assert_allclose(energies, j * spins[0] * spins[1], rtol=1e-6)
    rho = np.tanh(j) ** 2
    for part in spins:
        found = autocorrelation_time(part)
        assert found.tau == pytest.approx((1 + rho) / (1 - rho), abs=4 * found.error)
    found = autocorrelation_time(energies)
    assert found.tau == pytest.approx(1, abs=4 * found.error)


def test_pinned_and_continued_chains() -> None:
    model = Ising(np.array([50.0, 0.0]), np.empty((0, 2), dtype=np.intp), np.empty(0), np.array([0, 1]))
    clamp = np.array([1, 0], dtype=np.int8)
    options = {"n_chains": 3, "n_sweeps": 4, "rng": np.random.default_rng(3)}
    _, spins = sweep_series(model, np.eye(2), clamp=clamp, **options)  # type: ignore[arg-type]
    assert (spins[0] == 1).all()
    energies, none = sweep_series(
        model, n_warmup=0, beta=0, init=np.ones((3, 2), dtype=np.int8), clamp=clamp, **options
    )  # type: ignore[arg-type]
    assert (energies == 50).all()
    assert none.shape == (0, 3, 4)


@pytest.mark.parametrize("series", [np.ones(10), np.ones((2, 1)), np.array([1.0, np.nan, 2.0])])
def test_bad_series(series: np.ndarray) -> None:
    with pytest.raises(InputError, match="series: expected"):
        autocorrelation_time(series)


def test_bad_weights() -> None:
    model = Ising(np.zeros(2), np.array([[0, 1]]), np.array([1.0]), np.array([0, 1]))
    with pytest.raises(InputError, match=r"weights: expected shape \(k, 2\), found \(3,\)"):
        sweep_series(model, np.ones(3), rng=np.random.default_rng(0))
