import numpy as np
import pytest
from samplers.test_samplers import assert_at_floor, boltzmann, floor, total_variation, triangle_chain

from qgen.files import InputError
from qgen.ising import Ising
from qgen.samplers.simulated_annealing import SimulatedAnnealingSampler

N = 8000


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.3])
def test_reads_are_boltzmann(beta: float) -> None:
    model = triangle_chain()
    spins = SimulatedAnnealingSampler(n_sweeps=40).sample(model, n=N, beta=beta, rng=np.random.default_rng(1)).spins
    assert spins.dtype == np.int8
    assert_at_floor(spins, boltzmann(model, beta))


def test_every_pattern_gets_its_conditional() -> None:
    model = triangle_chain()
    clamp = np.zeros((3 * N, 9), dtype=np.int8)
    clamp[::3, 0], clamp[::3, 8] = 1, 1
    clamp[1::3, 3] = -1
    drawn = SimulatedAnnealingSampler(n_sweeps=40).sample(model, n=3 * N, clamp=clamp, rng=np.random.default_rng(2))
    assert drawn.info["clamps"] == 3
    assert_at_floor(drawn.spins[::3], boltzmann(model, 1.0, {0: 1, 8: 1}))
    assert_at_floor(drawn.spins[1::3], boltzmann(model, 1.0, {3: -1}))
    assert_at_floor(drawn.spins[2::3], boltzmann(model, 1.0))


def test_everything_clamped_is_returned() -> None:
    clamp = np.random.default_rng(0).choice(np.array([-1, 1], dtype=np.int8), size=(5, 9))
    spins = SimulatedAnnealingSampler().sample(triangle_chain(), n=5, clamp=clamp, rng=np.random.default_rng(0)).spins
    np.testing.assert_array_equal(spins, clamp)


def test_chains_continue_from_init() -> None:
    """One sweep at infinite temperature forgets everything; at a strong coupling an aligned start stays."""
    model, one = triangle_chain(), SimulatedAnnealingSampler(n_sweeps=1)
    rng = np.random.default_rng(3)
    spins = np.ones((N, 9), dtype=np.int8)
    p = boltzmann(model, 1.0)
    mean, sd = floor(p, N)
    spins = one.sample(model, n=N, init=spins, rng=rng).spins
    assert total_variation(spins, p) > mean + 20 * sd
    for _ in range(39):
        spins = one.sample(model, n=N, init=spins, rng=rng).spins
    assert_at_floor(spins, p)
    edges = np.array([(0, 1)])
    pair = Ising(np.zeros(2), edges, np.array([-40.0]), np.array([0, 1]))
    start = np.where(np.arange(50)[:, None] % 2, 1, -1) * np.ones((50, 2), dtype=np.int8)
    kept = SimulatedAnnealingSampler(n_sweeps=5).sample(pair, n=50, init=start.astype(np.int8), rng=rng)
    np.testing.assert_array_equal(kept.spins, start)
    assert kept.info["continued"]


def test_bad_settings() -> None:
    with pytest.raises(InputError, match="n_sweeps >= 1, found 0"):
        SimulatedAnnealingSampler(n_sweeps=0)
