import numpy as np
import pytest

from qgen.files import InputError
from qgen.qcbm.states import bin_distances, field_marginals, histogram, pearson, total_variation

EDGES = np.array([0.0, 1.0, 2.0])


def test_total_variation_of_two_coins() -> None:
    assert total_variation(np.array([0.5, 0.5]), np.array([0.9, 0.1])) == pytest.approx(0.4)


def test_bins_by_hand() -> None:
    """Two bins of energy; the model is right on average in the first, and sure of a state that is not there in the
    second. The upper edge belongs to the last bin."""
    p = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]])
    test = np.array([0, 1, 0, 0]), np.array([0.2, 0.7, 1.0, 2.0])
    training = np.array([0, 0, 0, 1]), np.array([0.5, 0.6, 1.5, 1.9])
    first, second = bin_distances(p, test, training, EDGES, rng=np.random.default_rng(0))
    assert (first.n, first.model, first.training) == (2, 0.0, 0.5)
    assert (second.n, second.model, second.training, second.perfect) == (2, 1.0, 0.5, 0.0)
    assert second.ratio == 2


def test_a_perfect_model_is_as_far_as_its_draws() -> None:
    rng = np.random.default_rng(1)
    p = np.tile(rng.dirichlet(np.ones(64)), (500, 1))
    states = rng.choice(64, 500, p=p[0])
    energy = rng.uniform(0, 1, 500)
    (one,) = bin_distances(p, (states, energy), (states, energy), EDGES[:2], rng=rng)
    assert one.model == pytest.approx(one.perfect, abs=4 * one.error)
    assert one.training == 0


def test_empty_bins() -> None:
    states, energy = np.zeros(3, dtype=np.int64), np.full(3, 0.5)
    with pytest.raises(InputError, match="expected showers in 1 to 2 MeV, found 0 and 0"):
        bin_distances(np.ones((3, 1)), (states, energy), (states, energy), EDGES, rng=np.random.default_rng(0))


def test_marginals_and_correlations_are_those_of_draws() -> None:
    rng = np.random.default_rng(2)
    numbers = np.stack(np.divmod(np.arange(12), 4), axis=1)
    p = rng.dirichlet(np.ones(12))
    states = rng.choice(12, 200000, p=p)
    first, second = field_marginals(p, numbers)
    np.testing.assert_allclose(first, histogram(numbers[states, 0], 3), atol=0.005)
    np.testing.assert_allclose(second, histogram(numbers[states, 1], 4), atol=0.005)
    np.testing.assert_allclose(pearson(p, numbers), np.corrcoef(numbers[states].T), atol=0.01)
