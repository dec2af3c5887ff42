import numpy as np
import pytest

from qgen.boltzmann.diagnostics import variation_floor
from qgen.files import InputError
from qgen.generators.bits.states import (
    bin_distances,
    field_marginals,
    histogram,
    histograms,
    left_out,
    pearson,
    total_variation,
)

EDGES = np.array([0.0, 1.0, 2.0])


def test_total_variation_of_two_coins() -> None:
    assert total_variation(np.array([0.5, 0.5]), np.array([0.9, 0.1])) == pytest.approx(0.4)


def test_bins_by_hand() -> None:
    """Two bins of energy; the model is right on average in the first, and sure of a state that is not there in the
    second. The upper edge belongs to the last bin."""
    p = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]])
    states, energy = np.array([0, 1, 0, 0]), np.array([0.2, 0.7, 1.0, 2.0])
    first, second = bin_distances(p, states, energy, EDGES)
    assert (first.n, first.distance, first.own_draws) == (2, 0.0, 0.25)
    assert (second.n, second.distance, second.own_draws) == (2, 1.0, 0.0)
    np.testing.assert_array_equal(first.left_out, [0, 0])  # the one of whom is left is what its p says
    training = histograms(np.array([0, 0, 0, 1]), np.array([0.5, 0.6, 1.0, 1.9]), EDGES, energy, 3)
    np.testing.assert_array_equal(training, [[1, 0, 0], [1, 0, 0], [0.5, 0.5, 0], [0.5, 0.5, 0]])
    assert [one.distance for one in bin_distances(training, states, energy, EDGES)] == [0.5, 0.5]


def test_each_shower_in_turn_by_hand() -> None:
    """Without the slow way's copies: one distribution for all, and one for every shower."""
    rng = np.random.default_rng(0)
    rows, states = rng.dirichlet(np.ones(6), size=9), rng.integers(0, 6, 9)
    for p in (rows, rows[0]):
        distance, expected = left_out(p, states, own=True)
        for i in range(9):
            kept = np.arange(9) != i
            mean = p[kept].mean(axis=0) if p.ndim == 2 else p
            assert distance[i] == pytest.approx(total_variation(mean, histogram(states[kept], 6)))
            assert expected[i] == pytest.approx(float(variation_floor(mean, 8)))
    assert not left_out(rows, states)[1].any()


def test_the_truth_is_as_far_as_its_draws() -> None:
    rng = np.random.default_rng(1)
    p = np.tile(rng.dirichlet(np.ones(64)), (300, 1))
    ones = [bin_distances(p, rng.choice(64, 300, p=p[0]), np.full(300, 0.5), EDGES[:2])[0] for _ in range(200)]
    found = [one.distance for one in ones]
    assert np.mean(found) == pytest.approx(ones[0].own_draws, abs=4 * np.std(found) / np.sqrt(200))


def test_empty_bins() -> None:
    states, energy = np.zeros(3, dtype=np.int64), np.full(3, 0.5)
    with pytest.raises(InputError, match="expected test showers in 1 to 2 MeV, found 0"):
        bin_distances(np.ones((3, 1)), states, energy, EDGES)
    with pytest.raises(InputError, match="expected training showers in 1 to 2 MeV, found none"):
        histograms(states, energy, EDGES, energy, 1)


def test_marginals_and_correlations_are_those_of_draws() -> None:
    rng = np.random.default_rng(2)
    numbers = np.stack(np.divmod(np.arange(12), 4), axis=1)
    p = rng.dirichlet(np.ones(12))
    states = rng.choice(12, 200000, p=p)
    first, second = field_marginals(p, numbers)
    np.testing.assert_allclose(first, histogram(numbers[states, 0], 3), atol=0.005)
    np.testing.assert_allclose(second, histogram(numbers[states, 1], 4), atol=0.005)
    np.testing.assert_allclose(pearson(p, numbers), np.corrcoef(numbers[states].T), atol=0.01)
