import numpy as np
import pytest
from scipy.stats import binomtest, norm
from sklearn.ensemble import HistGradientBoostingClassifier

from qgen.files import InputError
from qgen.metrics import particle_cross_test


@pytest.fixture
def rng():
    return np.random.default_rng(41)


def gaussians(rng, n, shift):
    """Two particles, `shift` apart in the first of two features."""
    return rng.normal(size=(n, 2)), rng.normal([shift, 0], 1, size=(n, 2))


def test_a_perfect_generator_has_four_equal_accuracies(rng):
    # The best accuracy for unit Gaussians 2 apart is Phi(1) = 0.841.
    (a, b), (c, d) = gaussians(rng, 1500, 2.0), gaussians(rng, 1500, 2.0)
    found = particle_cross_test(a, b, c, d)
    for accuracy, error in zip(found[:4], found[4:], strict=True):
        assert accuracy == pytest.approx(norm.cdf(1), abs=0.025)
        assert error == pytest.approx(np.sqrt(accuracy * (1 - accuracy) / 3000), rel=1e-3)


def test_what_each_accuracy_shows(rng):
    a, b = gaussians(rng, 400, 2.0)
    # generated showers do not differ: trained on them nothing is learnt, and nothing can be told from them
    c, d = gaussians(rng, 400, 0.0)
    found = particle_cross_test(a, b, c, d)
    assert found.reference_to_reference > 0.79
    for accuracy in (found.reference_to_generated, found.generated_to_reference, found.generated_to_generated):
        assert accuracy == pytest.approx(0.5, abs=0.08)
    # generated showers with an artefact in the second feature: the last one is 1, with an error that is not 0
    c[:, 1], d[:, 1] = 0.0, 1.0
    found = particle_cross_test(a, b, c, d)
    assert found.generated_to_generated == 1
    assert found.generated_to_generated_error == pytest.approx(1 / (2 * 801))
    assert found.generated_to_reference == pytest.approx(0.5, abs=0.05)
    # particles swapped
    found = particle_cross_test(a, b, b, a)
    assert found.reference_to_generated == pytest.approx(1 - found.reference_to_reference, abs=0.1)


def test_against_a_plain_loop(rng):
    """Two parts of equal samples, by hand; larger samples are cut to the smallest."""
    samples = [rng.normal(size=(60, 2)) + shift for shift in (0, 1, 0.3, 1.2)]
    found = particle_cross_test(*samples, n_splits=2, seed=7)
    assert found == particle_cross_test(*samples, n_splits=2, seed=7)
    order = np.random.default_rng(7)
    a, b, c, d = (rows[order.permutation(60)] for rows in samples)
    right = np.zeros((2, 2))
    for train, test in ((slice(30, 60), slice(0, 30)), (slice(0, 30), slice(30, 60))):
        for i, (x, y) in enumerate(((a, b), (c, d))):
            model = HistGradientBoostingClassifier(max_leaf_nodes=15, early_stopping=False, random_state=7)
            model.fit(np.concatenate([x[train], y[train]]), [0] * 30 + [1] * 30)
            for j, (u, v) in enumerate(((a, b), (c, d))):
                right[i, j] += (model.predict(u[test]) == 0).sum() + (model.predict(v[test]) == 1).sum()
    np.testing.assert_allclose(found[:4], right.ravel() / 120)
    longer = [*samples[:3], np.concatenate([samples[3]] * 5)]
    assert particle_cross_test(*longer, n_splits=2)[4] == pytest.approx(
        wilson(round(120 * particle_cross_test(*longer, n_splits=2)[0]), 120)
    )


def wilson(right, n):
    interval = binomtest(right, n).proportion_ci(confidence_level=2 * norm.cdf(1) - 1, method="wilson")
    return (interval.high - interval.low) / 2


def test_bad_input(rng):
    x = rng.normal(size=(20, 2))
    with pytest.raises(InputError, match="generated_b: expected at least 5 rows, found 3"):
        particle_cross_test(x, x, x, x[:3])
    with pytest.raises(InputError, match="generated_a: expected 2 columns as in the reference_a, found 1"):
        particle_cross_test(x, x, x[:, :1], x)
    with pytest.raises(InputError, match="n_splits >= 2, found 1"):
        particle_cross_test(x, x, x, x, n_splits=1)
