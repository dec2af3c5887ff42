import numpy as np
import pytest
from samplers.test_samplers import assert_at_floor, boltzmann, floor, total_variation, triangle_chain

from qgen.annealer.schedule import AnnealingSchedule
from qgen.files import InputError
from qgen.ising import Ising
from qgen.samplers.path_integral import PathIntegralSampler

N = 5000


def spin_chain() -> Ising:
    """Six spins with random fields and couplings of order one."""
    rng = np.random.default_rng(0)
    edges = np.array([(i, j) for i in range(6) for j in range(i + 1, 6) if (i + j) % 2])
    return Ising(rng.normal(0, 0.3, 6), edges, rng.normal(0, 0.5, len(edges)), np.arange(6) % 2)


def transverse(model: Ising, beta: float, gamma: float) -> np.ndarray:
    """diag exp(-(beta H - gamma sum s^x)) / Z by a dense matrix of 2^n states, node 0 slowest."""
    n = model.n_nodes
    states = 2 * (np.arange(2**n)[:, None] >> np.arange(n)[::-1] & 1) - 1
    matrix = np.diag(beta * model.energy(states))
    for i in range(n):
        flipped = np.arange(2**n) ^ (1 << i)
        matrix[np.arange(2**n), flipped] -= gamma
    values, vectors = np.linalg.eigh(matrix)
    p = (vectors**2) @ np.exp(-(values - values.min()))
    return p / p.sum()


@pytest.mark.parametrize(("beta", "gamma"), [(1.0, 0.7), (1.0, 1.5), (0.5, 2.0), (2.0, 1.5)])
def test_reads_are_the_diagonal_of_the_quantum_state(beta: float, gamma: float) -> None:
    model = spin_chain()
    sampler = PathIntegralSampler(gamma=gamma, n_sweeps=60)
    drawn = sampler.sample(model, n=N, beta=beta, rng=np.random.default_rng(1))
    exact = transverse(model, beta, gamma)
    assert_at_floor(drawn.spins, exact)
    mean, sd = floor(exact, N)
    assert total_variation(drawn.spins, boltzmann(model, beta)) > mean + 5 * sd
    assert drawn.info["gamma"] == gamma


def test_without_a_transverse_field_it_is_boltzmann() -> None:
    model = triangle_chain()
    spins = PathIntegralSampler(gamma=0.0, n_sweeps=60).sample(model, n=N, rng=np.random.default_rng(2)).spins
    assert_at_floor(spins, boltzmann(model, 1.0))
    np.testing.assert_allclose(transverse(model, 1.0, 0.0), boltzmann(model, 1.0), atol=1e-12)


def test_pinned_spins_are_classical() -> None:
    """The free spins follow the quantum model in the field of the pinned ones."""
    model = spin_chain()
    clamp = np.array([0, 1, 0, 0, 0, -1], dtype=np.int8)
    spins = (
        PathIntegralSampler(gamma=0.8, n_sweeps=60).sample(model, n=N, clamp=clamp, rng=np.random.default_rng(3)).spins
    )
    free = np.array([0, 2, 3, 4])
    place = {int(node): i for i, node in enumerate(free)}
    fields = model.biases.copy()
    for (i, j), coupling in zip(model.edges, model.couplings, strict=True):
        fields[i] += coupling * clamp[j]
        fields[j] += coupling * clamp[i]
    kept = np.array([i in place and j in place for i, j in model.edges.tolist()])
    edges = np.array([(place[i], place[j]) for i, j in model.edges[kept].tolist()])
    part = Ising(fields[free], edges, model.couplings[kept], model.colours[free])
    assert (spins[:, clamp != 0] == clamp[clamp != 0]).all()
    assert_at_floor(spins[:, free], transverse(part, 1.0, 0.8))


def test_a_slow_anneal_ends_in_equilibrium_and_a_fast_one_does_not() -> None:
    """To s_end = 0.3 with A(s) large the dynamics keep up: the reads are those of (beta, gamma) at the end."""
    model, schedule = spin_chain(), AnnealingSchedule.approximate()
    a, b = schedule.at(0.3)
    exact = transverse(model, 1.0, float(a / b))
    slow = PathIntegralSampler(schedule=schedule, s_end=0.3, n_sweeps=60)
    drawn = slow.sample(model, n=3000, rng=np.random.default_rng(4))
    assert_at_floor(drawn.spins, exact)
    assert drawn.info["gamma"] == pytest.approx(float(a / b))
    assert drawn.info["schedule"] == schedule.name
    p = boltzmann(model, 8.0)
    mean, sd = floor(p, N)
    fast = PathIntegralSampler(schedule=schedule, n_sweeps=2).sample(model, n=N, beta=8.0, rng=np.random.default_rng(5))
    assert total_variation(fast.spins, p) > mean + 20 * sd


def test_same_generator_same_spins() -> None:
    first, second = (
        PathIntegralSampler().sample(spin_chain(), n=20, rng=np.random.default_rng(6)).spins for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_sweeps": 0}, "n_sweeps >= 1, found 0"),
        ({"gamma": -1.0}, "finite gamma >= 0, found -1.0"),
        ({"s_end": 0.0}, "s_end above 0 and at most 1, found 0.0"),
    ],
)
def test_bad_settings(settings: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        PathIntegralSampler(**settings)
