"""Random angles fill their range, and large numbers of states are made in parts."""

import numpy as np
import pytest

from qgen.circuits.line import line
from qgen.files import InputError
from qgen.screening.starts import angles, parts, states
from qgen.simulation.circuit import Circuit


@pytest.mark.parametrize(("start", "low", "high"), [("uniform", 0, 2 * np.pi), ("small", -0.15, 0.15)])
def test_angles_have_the_moments_of_a_uniform_distribution(start, low, high):
    circuit = Circuit(line, 3, 2)
    for drawn in angles(circuit, 4000, start, np.random.default_rng(0)):
        assert drawn.shape[0] == 4000
        assert low <= drawn.min() < drawn.max() <= high
        assert float(drawn.mean()) == pytest.approx((low + high) / 2, abs=4 * (high - low) / 12**0.5 / 12000**0.5)
        assert float(drawn.std()) == pytest.approx((high - low) / 12**0.5, rel=0.03)


def test_states_are_those_of_the_simulator():
    circuit = Circuit(line, 3, 2)
    found = states(circuit, 5, "uniform", np.random.default_rng(1))
    expected = circuit.state(*angles(circuit, 5, "uniform", np.random.default_rng(1)))
    np.testing.assert_array_equal(found, expected)


def test_parts_fit_and_add_up():
    assert list(parts(5, 20)) == [1] * 5
    assert list(parts(5, 24)) == [1] * 5
    assert list(parts(10, 18)) == [4, 4, 2]
    assert list(parts(10, 3)) == [10]


def test_an_unknown_start_is_one_line():
    with pytest.raises(InputError, match="start: expected one of uniform, small, found 'large'"):
        angles(Circuit(line, 2, 1), 3, "large", np.random.default_rng(0))
