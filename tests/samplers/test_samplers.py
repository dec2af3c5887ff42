import numpy as np
import pytest

from qgen.files import InputError
from qgen.ising import Ising
from qgen.samplers.block_gibbs import BlockGibbsSampler
from qgen.samplers.exact import ExactSampler

N_READS = 20000


def triangle_chain(seed: int = 0) -> Ising:
    """Nine spins in three colours, colours interleaved, with strong random couplings."""
    rng = np.random.default_rng(seed)
    colours = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2])
    edges = np.array([(i, j) for i in range(9) for j in range(i + 1, 9) if colours[i] != colours[j] and j - i < 4])
    return Ising(rng.normal(0, 0.4, 9), edges, rng.normal(0, 0.6, len(edges)), colours)


def boltzmann(model: Ising, beta: float, fixed: dict[int, int] | None = None) -> np.ndarray:
    """p over all 2^n states, node 0 slowest, by explicit loops; zero where a state disagrees with `fixed`."""
    weights = []
    for number in range(2**model.n_nodes):
        s = [2 * (number >> (model.n_nodes - 1 - i) & 1) - 1 for i in range(model.n_nodes)]
        energy = sum(h * x for h, x in zip(model.biases, s, strict=True))
        energy += sum(c * s[i] * s[j] for (i, j), c in zip(model.edges, model.couplings, strict=True))
        agrees = all(s[i] == value for i, value in (fixed or {}).items())
        weights.append(np.exp(-beta * energy) if agrees else 0.0)
    return np.array(weights) / np.sum(weights)


def total_variation(spins: np.ndarray, p: np.ndarray) -> float:
    numbers = (spins > 0) @ (1 << np.arange(spins.shape[1])[::-1])
    return float(np.abs(np.bincount(numbers, minlength=len(p)) / len(spins) - p).sum() / 2)


def floor(p: np.ndarray, n: int, seed: int = 99) -> tuple[float, float]:
    """Mean and standard deviation of the total variation of n exact draws."""
    rng = np.random.default_rng(seed)
    values = [np.abs(rng.multinomial(n, p) / n - p).sum() / 2 for _ in range(50)]
    return float(np.mean(values)), float(np.std(values))


def assert_at_floor(spins: np.ndarray, p: np.ndarray) -> None:
    mean, sd = floor(p, len(spins))
    assert abs(total_variation(spins, p) - mean) < 5 * sd


SAMPLERS = [ExactSampler(), BlockGibbsSampler(n_sweeps=200)]


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("beta", [0.0, 0.5, 1.3])
def test_frequencies_are_boltzmann(sampler: ExactSampler | BlockGibbsSampler, beta: float) -> None:
    model = triangle_chain()
    spins = sampler.sample(model, n=N_READS, beta=beta, rng=np.random.default_rng(1)).spins
    assert spins.dtype == np.int8
    assert_at_floor(spins, boltzmann(model, beta))


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_one_clamp_gives_the_conditional(sampler: ExactSampler | BlockGibbsSampler) -> None:
    model = triangle_chain()
    clamp = np.array([0, 1, 0, 0, -1, 0, 0, 0, 0], dtype=np.int8)
    spins = sampler.sample(model, n=N_READS, clamp=clamp, rng=np.random.default_rng(2)).spins
    assert_at_floor(spins, boltzmann(model, 1.0, {1: 1, 4: -1}))


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_clamps_may_differ_between_configurations(sampler: ExactSampler | BlockGibbsSampler) -> None:
    model = triangle_chain()
    clamp = np.zeros((2 * N_READS, 9), dtype=np.int8)
    clamp[::2, 0], clamp[::2, 8] = 1, 1
    clamp[1::2, 3] = -1
    spins = sampler.sample(model, n=2 * N_READS, clamp=clamp, rng=np.random.default_rng(3)).spins
    assert_at_floor(spins[::2], boltzmann(model, 1.0, {0: 1, 8: 1}))
    assert_at_floor(spins[1::2], boltzmann(model, 1.0, {3: -1}))


def test_everything_clamped_is_returned() -> None:
    model = triangle_chain()
    clamp = np.random.default_rng(0).choice(np.array([-1, 1], dtype=np.int8), size=(5, 9))
    for sampler in SAMPLERS:
        np.testing.assert_array_equal(
            sampler.sample(model, n=5, clamp=clamp, rng=np.random.default_rng(0)).spins, clamp
        )


def test_continued_chains_forget_their_start_as_one_long_chain_does() -> None:
    model, rng = triangle_chain(), np.random.default_rng(4)
    spins = np.ones((N_READS, 9), dtype=np.int8)
    one = BlockGibbsSampler(n_sweeps=1)
    after_one = one.sample(model, n=N_READS, init=spins, rng=rng).spins
    p = boltzmann(model, 1.0)
    mean, sd = floor(p, N_READS)
    assert total_variation(after_one, p) > mean + 20 * sd
    spins = after_one
    for _ in range(39):
        spins = one.sample(model, n=N_READS, init=spins, rng=rng).spins
    assert_at_floor(spins, p)


def test_one_sweep_is_the_product_of_conditionals() -> None:
    """Two colours, one sweep from all up: p(v | h = 1) p(h | v), exactly."""
    rng = np.random.default_rng(5)
    edges = np.array([(i, j) for i in range(3) for j in range(3, 6)])
    model = Ising(rng.normal(0, 0.5, 6), edges, rng.normal(0, 0.7, 9), np.repeat([0, 1], 3))
    states, _ = ExactSampler().distribution(model)
    h, j = model.biases, model.couplings.reshape(3, 3)
    field_v = h[:3] + j.sum(1)
    field_h = h[3:] + states[:, :3] @ j
    p = np.prod(1 / (1 + np.exp(2 * states[:, :3] * field_v)), axis=1)
    p *= np.prod(1 / (1 + np.exp(2 * states[:, 3:] * field_h)), axis=1)
    start = np.ones((N_READS, 6), dtype=np.int8)
    assert_at_floor(BlockGibbsSampler(1).sample(model, n=N_READS, init=start, rng=rng).spins, p)


def test_sparse_and_dense_products_agree() -> None:
    """A ring of 64 spins takes the sparse path; its two-spin correlations are those of the transfer matrix."""
    n, beta_j = 64, 0.4
    edges = np.array([(i, (i + 1) % n) for i in range(n)])
    model = Ising(np.zeros(n), edges, np.full(n, -beta_j), np.arange(n) % 2)
    spins = BlockGibbsSampler(60).sample(model, n=4000, rng=np.random.default_rng(6)).spins.astype(float)
    t = np.tanh(beta_j)
    for distance in (1, 2, 3):
        exact = (t**distance + t ** (n - distance)) / (1 + t**n)
        measured = (spins * np.roll(spins, distance, axis=1)).mean()
        assert measured == pytest.approx(exact, abs=5 / np.sqrt(4000 * n) * 2)


def test_strong_fields_do_not_overflow() -> None:
    model = Ising(np.array([1e4, -1e4]), np.empty((0, 2), dtype=np.intp), np.empty(0), np.array([0, 0]))
    for sampler in SAMPLERS:
        spins = sampler.sample(model, n=100, rng=np.random.default_rng(0)).spins
        np.testing.assert_array_equal(spins, np.tile(np.array([-1, 1]), (100, 1)))


def test_same_generator_same_spins_and_info_says_who_ran() -> None:
    model = triangle_chain()
    for sampler, name in zip(SAMPLERS, ("exact", "block_gibbs"), strict=True):
        first, second = (sampler.sample(model, n=50, rng=np.random.default_rng(7)) for _ in range(2))
        np.testing.assert_array_equal(first.spins, second.spins)
        assert first.info["sampler"] == name
        assert first.info["reads"] == 50
        assert first.info["time_s"] >= 0
    assert first.info["sweeps"] == 200


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0}, "n: expected at least 1 configuration, found 0"),
        ({"beta": -1.0}, "beta: expected a finite inverse temperature >= 0, found -1.0"),
        ({"beta": float("nan")}, "beta: expected a finite inverse temperature"),
        ({"clamp": np.zeros((3, 9))}, r"clamp: expected shape \(4, 9\) or \(9,\), found \(3, 9\)"),
        ({"clamp": np.full(9, 2)}, r"clamp: expected values of \(-1, 0, 1\), found 2 at \(0,\)"),
        ({"init": np.ones(9)}, r"init: expected shape \(4, 9\), found \(9,\)"),
        ({"init": np.zeros((4, 9))}, r"init: expected values of \(-1, 1\), found 0.0 at \(0, 0\)"),
    ],
)
def test_bad_arguments(sampler: ExactSampler | BlockGibbsSampler, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        sampler.sample(triangle_chain(), **{"n": 4, "rng": np.random.default_rng(0), **arguments})  # type: ignore[arg-type]


def test_bad_settings() -> None:
    with pytest.raises(InputError, match="n_sweeps >= 1, found 0"):
        BlockGibbsSampler(n_sweeps=0)
    with pytest.raises(InputError, match="at most 3 free spins, found 9"):
        ExactSampler(max_free=3).sample(triangle_chain(), n=1, rng=np.random.default_rng(0))
