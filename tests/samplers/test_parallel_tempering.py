import numpy as np
import pytest

from qgen.files import InputError
from qgen.ising import Ising
from qgen.ising.kernel import Kernel
from qgen.samplers.block_gibbs import BlockGibbsSampler
from qgen.samplers.exact import ExactSampler
from qgen.samplers.parallel_tempering import ParallelTemperingSampler, _evenly, _Ladders

N = 4000
SAMPLER = ParallelTemperingSampler(n_sweeps=40, n_replicas=5)


def frustrated() -> Ising:
    """Seven spins in three colours, colours interleaved, with strong random couplings."""
    rng = np.random.default_rng(0)
    colours = np.array([0, 1, 2, 0, 1, 2, 0])
    edges = np.array([(i, j) for i in range(7) for j in range(i + 1, 7) if colours[i] != colours[j]])
    return Ising(rng.normal(0, 0.4, 7), edges, rng.normal(0, 0.7, len(edges)), colours)


def wells(k: int = 6) -> Ising:
    """k and k spins, joined by ferromagnetic bonds that make two wells, in a field that makes one of them deeper."""
    edges = np.array([(i, j) for i in range(k) for j in range(k, 2 * k)])
    return Ising(np.full(2 * k, -0.04), edges, np.full(len(edges), -0.5), np.repeat([0, 1], k))


def assert_exact(spins: np.ndarray, model: Ising, beta: float, clamp: np.ndarray | None = None) -> None:
    """Pearson's chi-squared over the states that are expected at least five times, within 5 standard deviations."""
    states, p = ExactSampler().distribution(model, clamp=clamp, beta=beta)
    values = 1 << np.arange(model.n_nodes)[::-1]
    expected = np.zeros(2**model.n_nodes)
    expected[(states > 0) @ values] = len(spins) * p
    counts = np.bincount((spins > 0) @ values, minlength=len(expected))
    assert counts[expected == 0].sum() == 0
    often = expected >= 5
    counts, expected = (
        np.append(counts[often], counts[~often].sum()),
        np.append(expected[often], expected[~often].sum()),
    )
    kept = expected > 0
    chi2, degrees = ((counts - expected)[kept] ** 2 / expected[kept]).sum(), kept.sum() - 1
    assert abs(chi2 - degrees) < 5 * np.sqrt(2 * degrees)


@pytest.mark.parametrize("beta", [0.0, 0.05, 0.5, 1.3])
def test_frequencies_are_boltzmann(beta: float) -> None:
    drawn = SAMPLER.sample(frustrated(), n=N, beta=beta, rng=np.random.default_rng(1))
    assert_exact(drawn.spins, frustrated(), beta)
    assert drawn.info["betas"][-1] == beta
    assert len(drawn.info["betas"]) == (5 if beta > 0.1 else 1)


def test_clamps_give_the_conditionals() -> None:
    model, clamp = frustrated(), np.zeros((2 * N, 7), dtype=np.int8)
    clamp[::2, 0], clamp[::2, 5], clamp[1::2, 3] = 1, -1, -1
    spins = SAMPLER.sample(model, n=2 * N, clamp=clamp, rng=np.random.default_rng(2)).spins
    for part in (0, 1):
        assert_exact(spins[part::2], model, 1.0, clamp[part])
    spins = SAMPLER.sample(model, n=N, clamp=clamp[0], rng=np.random.default_rng(3)).spins
    assert_exact(spins, model, 1.0, clamp[0])


def test_replicas_at_every_level_are_boltzmann() -> None:
    """The product of all temperatures is what the swaps keep."""
    model, betas = frustrated(), np.array([0.2, 0.6, 1.0])
    ladders = _Ladders(Kernel(model), betas, np.zeros((N, model.n_nodes), np.int8), None, np.random.default_rng(4))
    ladders.run(60, 2)
    spins = ladders._chains.read()
    for place, beta in zip(ladders._place, betas, strict=True):
        assert_exact(spins[place], model, float(beta))


@pytest.mark.parametrize("start", [None, -1])
def test_tempering_crosses_between_wells_where_gibbs_does_not(start: int | None) -> None:
    """Probability of a positive magnetisation, exactly 0.722: Gibbs chains stay where they start."""
    model = wells()
    states, p = ExactSampler().distribution(model)
    exact = p[states.sum(axis=1) > 0].sum()
    init = None if start is None else np.full((N, 12), start, dtype=np.int8)
    found = []
    for sampler in (BlockGibbsSampler(100), ParallelTemperingSampler(100)):
        spins = sampler.sample(model, n=N, init=init, rng=np.random.default_rng(5)).spins
        found.append((spins.sum(axis=1) > 0).mean())
    error = np.sqrt(exact * (1 - exact) / N)
    assert abs(found[0] - exact) > 20 * error
    assert abs(found[1] - exact) < 4 * error


def test_pilot_evens_the_swap_rates() -> None:
    model = wells(20)
    geometric, even = (
        ParallelTemperingSampler(100, pilot_sweeps=pilot, beta_min=0.02).sample(
            model, n=50, rng=np.random.default_rng(6)
        )
        for pilot in (0, 50)
    )
    rates = [np.array(drawn.info["swap_acceptance"]) for drawn in (geometric, even)]
    assert np.ptp(rates[0]) > 0.5
    assert np.ptp(rates[1]) < 0.15
    assert even.info["spin_updates"] == 40 * 8 * 100 * 50 + 2 * 2 * 40 * 8 * 50 * 32
    assert geometric.info["spin_updates"] == 40 * 8 * 100 * 50


def test_equal_rates_leave_a_ladder_as_it_is() -> None:
    betas = np.array([0.1, 0.15, 0.4, 1.0])
    np.testing.assert_allclose(_evenly(betas, np.full(3, 0.4)), betas)
    np.testing.assert_allclose(_evenly(betas, np.ones(3)), betas)


def test_twice_the_rejection_brings_levels_together() -> None:
    """A barrier of 0.2 below 0.5 and of 0.8 above: the middle of it is above 0.5."""
    low, middle, high = _evenly(np.array([0.0, 0.5, 1.0]), np.array([0.8, 0.2]))
    assert (low, high) == (0, 1)
    assert 0.5 < middle < 1


def test_round_trips_where_every_swap_is_accepted() -> None:
    """Without energies even-odd swaps carry every replica round in 2 R turns; the first trip starts at the hot end."""
    free = Ising(np.zeros(2), np.empty((0, 2), dtype=np.intp), np.empty(0), np.array([0, 0]))
    levels, turns = 4, 80
    sampler = ParallelTemperingSampler(turns, n_replicas=levels, pilot_sweeps=0)
    info = sampler.sample(free, n=3, rng=np.random.default_rng(7)).info
    assert info["swap_acceptance"] == [1, 1, 1]
    place, seen, trips = list(range(levels)), ["" for _ in range(levels)], 0
    for turn in range(turns):
        for k in range(turn % 2, levels - 1, 2):
            place[k], place[k + 1] = place[k + 1], place[k]
        trips += seen[place[0]] == "hot, cold"
        seen[place[0]] = "hot"
        seen[place[-1]] = "hot, cold" if seen[place[-1]] else ""
    assert info["round_trips"] == trips
    assert turns / 2 - levels <= trips <= turns / 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_sweeps": 0}, "expected n_sweeps >= 1, found 0"),
        ({"n_replicas": 1}, "expected n_replicas >= 2, found 1"),
        ({"sweeps_per_swap": 0}, "expected sweeps_per_swap >= 1, found 0"),
        ({"pilot_sweeps": -1}, "expected pilot_sweeps >= 0, found -1"),
        ({"beta_min": 0.0}, "expected beta_min > 0, found 0.0"),
        ({"threads": 0}, "expected threads >= 1, found 0"),
    ],
)
def test_bad_settings(settings: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ParallelTemperingSampler(**settings)  # type: ignore[arg-type]
