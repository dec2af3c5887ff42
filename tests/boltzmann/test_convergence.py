import numpy as np
import pytest

from qgen.boltzmann.convergence import Convergence, convergence
from qgen.files import InputError
from qgen.ising import Ising
from qgen.samplers.exact import ExactSampler


def test_bias_of_two_spins_falls_as_it_should() -> None:
    """From both up, after k sweeps <s_2> = tanh(J)^2k and <s_1> = tanh(J)^(2k - 1) (J < 0 here)."""
    j, n = -1.1, 40000
    model = Ising(np.zeros(2), np.array([[0, 1]]), np.array([j]), np.array([0, 1]))
    rng = np.random.default_rng(0)
    reference = ExactSampler().sample(model, n=n, rng=rng).spins
    found = convergence(model, reference, start=np.ones((n, 2), dtype=np.int8), sweeps=(1, 2, 4, 8, 16), rng=rng)
    t = np.tanh(-j)
    expected = np.array([np.sqrt((t ** (4 * k) + t ** (4 * k - 2)) / 2) for k in found.sweeps])
    np.testing.assert_allclose(found.marginal, expected, atol=0.02)
    np.testing.assert_allclose(found.marginal_noise, np.sqrt((2 - expected**2) / n), rtol=0.02)
    np.testing.assert_array_less(found.correlation, 0.02)  # right from the first sweep on
    np.testing.assert_array_less(np.abs(found.energy), 5 * found.energy_noise)
    assert found.reached(marginal=0.3) == 4
    assert found.reached(marginal=0.05) == 8
    cold = convergence(model, reference, sweeps=(0, 1), rng=rng)
    np.testing.assert_array_less(cold.marginal, 0.02)
    assert cold.correlation == pytest.approx([t, 0], abs=0.02)
    assert cold.energy[0] == pytest.approx(t / np.sqrt(1 - t**2 / 2), abs=0.03)
    assert cold.reached() == 1


def test_conditions_are_compared_row_by_row() -> None:
    rng = np.random.default_rng(1)
    edges = np.array([(i, j) for i in range(4) for j in range(4, 8)])
    model = Ising(rng.normal(0, 0.5, 8), edges, rng.normal(0, 0.3, 16), np.repeat([0, 1], 4))
    clamp = np.zeros((4000, 8), dtype=np.int8)
    clamp[:, 0] = rng.choice([-1, 1], 4000)
    reference = ExactSampler().sample(model, n=4000, clamp=clamp, rng=rng).spins
    found = convergence(model, reference, clamp=clamp, sweeps=(0, 20), rng=rng)
    assert found.marginal[0] > 0.2
    assert found.reached() == 20
    with pytest.raises(InputError, match="expected the clamped values"):
        convergence(model, reference, clamp=-clamp, rng=rng)


def test_reached_is_where_nothing_comes_back() -> None:
    zeros = np.zeros(4)
    marginal = np.array([0.1, 0.01, 0.03, 0.01])
    found = Convergence(np.array([1, 2, 5, 10]), marginal, zeros, zeros, zeros, zeros)
    assert found.reached() == 10
    assert found.reached(marginal=0.2) == 1
    assert found.reached(marginal=0.001) is None


@pytest.mark.parametrize("sweeps", [(), (1, 1), (-1, 2)])
def test_bad_sweeps(sweeps: tuple[int, ...]) -> None:
    model = Ising(np.zeros(2), np.array([[0, 1]]), np.array([1.0]), np.array([0, 1]))
    with pytest.raises(InputError, match="sweeps: expected rising numbers"):
        convergence(model, np.ones((4, 2), dtype=np.int8), sweeps=sweeps, rng=np.random.default_rng(0))
