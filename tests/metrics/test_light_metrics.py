"""The light metrics against closed forms, independent libraries and slow twins."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import entropy, wasserstein_distance

import qgen
from qgen.files import InputError
from qgen.metrics import (
    classifier_auc,
    correlation_distance,
    fpd,
    frechet_distance,
    kpd,
    mean_profile_mse,
    quantile_edges,
    relative_entropy,
    resolution_shift,
    response_in_bins,
    response_shift,
    separation_power,
    sliced_wasserstein,
)
from qgen.observables import features


@pytest.fixture
def rng():
    return np.random.default_rng(17)


def slow_separation(x, y, edges):
    bounds = [-np.inf, *edges, np.inf]
    total = 0.0
    for low, high in pairwise(bounds):
        h1 = sum(low <= value < high for value in x) / len(x)
        h2 = sum(low <= value < high for value in y) / len(y)
        total += (h1 - h2) ** 2 / (h1 + h2 + 1e-16)
    return total / 2


def public_separation(x, y, bins):
    """As CaloChallenge's public evaluation computes it: from densities, which forget what lies outside the bins."""
    h1, h2 = (np.histogram(sample, bins=bins, density=True)[0] * np.diff(bins) for sample in (x, y))
    return 0.5 * np.sum((h1 - h2) ** 2 / (h1 + h2 + 1e-16))


def test_separation_power_is_that_of_the_public_code_where_nothing_is_outside():
    """On every published feature of real showers; with overflow, the public code sees less than there is."""
    showers = qgen.load("calochallenge/2", stop=400)
    rows, _ = features(showers, "calochallenge")
    for column in rows.T:
        x, y = column[:200], column[200:]
        bins = np.linspace(column.min() - 1e-9, column.max() + 1e-9, 31)
        assert separation_power(x, y, bins) == pytest.approx(public_separation(x, y, bins), rel=1e-6, abs=1e-15)
    x, y = np.array([0.5, 0.5, 1.5, 7.0]), np.array([0.5, 1.5, 1.5, 1.5])
    assert public_separation(x, y, np.array([0, 1, 2])) < separation_power(x, y, [0, 1, 2])


def test_separation_power(rng):
    x, y = rng.normal(size=300), rng.normal(0.3, 1.5, size=200)
    edges = quantile_edges(x, 10)
    assert separation_power(x, y, edges) == pytest.approx(slow_separation(x, y, edges), rel=1e-12)
    assert separation_power(x, x, edges) == 0
    assert separation_power(x, x + 100, edges) == pytest.approx(1, rel=1e-12)  # all in the overflow
    assert separation_power([-1.0], [1.0], [0.0]) == pytest.approx(1, rel=1e-12)  # flow bins alone
    assert separation_power([0.5, 1.5], [0.5, 0.5], [0, 1, 2]) == pytest.approx(0.5 * (0.25 / 1.5 + 0.25 / 0.5))
    with pytest.raises(InputError, match="bins: expected increasing edges"):
        separation_power(x, y, [0, 1, 1])


def test_quantile_edges_have_equal_populations(rng):
    x = rng.exponential(size=4000)
    edges = quantile_edges(x)
    counts, _ = np.histogram(x, edges)
    assert len(edges) == 41
    assert counts.sum() == 4000
    assert set(counts) <= {99, 100, 101}


@pytest.mark.parametrize(
    ("sample", "counts"),
    [
        ([0, 1, 2] * 100, [100, 100, 100]),
        ([3.0] * 10, [10]),
        ([0.0] * 90 + [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0], None),
    ],
)
def test_quantile_edges_of_discrete_values(sample, counts):
    edges = quantile_edges(sample)
    assert np.all(np.diff(edges) > 0)
    found, _ = np.histogram(sample, edges)
    assert found.sum() == len(sample)
    if counts:
        assert found.tolist() == counts
    # whatever lies below or above is in a flow bin of its own
    low, high = np.min(sample), np.max(sample)
    assert separation_power(sample, np.full(9, low - 0.5), edges) == pytest.approx(1, rel=1e-12)
    assert separation_power(sample, np.full(9, high + 0.5), edges) == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("m", [200, 130, 1])
def test_sliced_wasserstein_in_one_dimension(rng, m):
    x, y = rng.normal(2, 3, size=200), rng.normal(1, 2, size=m)
    expected = wasserstein_distance(x, y) / x.std()
    assert sliced_wasserstein(x, y, rng=rng, n_slices=3) == pytest.approx(expected, rel=1e-12)


def test_sliced_wasserstein_on_the_same_slices(rng):
    x, y = rng.normal(size=(50, 4)) * [1, 2, 3, 4], rng.normal(size=(70, 4)) + 1
    x[:, 2] = 5.0  # constant in the reference: keeps its unit
    theta = np.random.default_rng(9).normal(size=(4, 6))
    theta /= np.linalg.norm(theta, axis=0)
    scale = np.where([True, True, False, True], x.std(axis=0), 1.0)
    expected = np.mean([wasserstein_distance(x / scale @ t, y / scale @ t) for t in theta.T])
    assert sliced_wasserstein(x, y, rng=np.random.default_rng(9), n_slices=6) == pytest.approx(expected, rel=1e-10)


def test_a_few_far_rows_are_not_all_of_a_sliced_distance(rng):
    """A shower of a senseless energy counts as one at 100 standard deviations."""
    x, y = rng.normal(size=(2, 400, 3))
    far = [np.vstack([y[1:], [[0.0, 0.0, where]]]) for where in (1e15, 1e25)]
    near, same, other = (sliced_wasserstein(x, sample, rng=np.random.default_rng(0)) for sample in (y, *far))
    assert same == pytest.approx(other)
    assert near < same < near + 100 / 400


def test_sliced_wasserstein_of_a_shift(rng):
    x = rng.normal(size=(100, 2))
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    assert sliced_wasserstein(x, x, rng=rng) == 0
    # E |theta . d| = |d| 2 / pi for a direction in the plane
    found = sliced_wasserstein(x, x + np.array([3.0, 4.0]), rng=rng, n_slices=20000)
    assert found == pytest.approx(5 * 2 / np.pi, rel=0.02)
    with pytest.raises(InputError, match="n_slices >= 1, found 0"):
        sliced_wasserstein(x, x, rng=rng, n_slices=0)


def test_correlation_distance(rng):
    x = rng.normal(size=(60, 4)) @ rng.normal(size=(4, 4))
    y = rng.normal(size=(80, 4))
    expected = np.linalg.norm(np.corrcoef(x.T) - np.corrcoef(y.T))
    assert correlation_distance(x, y) == pytest.approx(expected, rel=1e-12)
    assert correlation_distance(x, x * [1, 2, 3, 4] + 5) == pytest.approx(0, abs=1e-12)
    t = np.arange(10.0)
    assert correlation_distance(np.c_[t, t], np.c_[t, -t]) == pytest.approx(2 * np.sqrt(2))


def test_correlation_distance_with_constant_pixels(rng):
    t = np.arange(10.0)
    zeros = np.zeros(10)
    # constant in the reference: left out of both
    assert correlation_distance(np.c_[t, t, zeros], np.c_[t, t, t]) == 0
    assert correlation_distance(np.c_[zeros, zeros], np.c_[t, -t]) == 0
    # constant in the generated sample alone: its correlations are lost
    assert correlation_distance(np.c_[t, t], np.c_[t, zeros + 0.1]) == pytest.approx(np.sqrt(2))


def test_mean_profile_mse(rng):
    x, y = rng.exponential(size=(20, 2, 3, 4)), rng.exponential(2.0, size=(30, 2, 3, 4))
    total = x.sum(axis=(1, 2, 3)).mean()
    expected = [
        np.mean([((x.mean(0).take(i, a).sum() - y.mean(0).take(i, a).sum()) / total) ** 2 for i in range(n)])
        for a, n in enumerate((2, 3, 4))
    ]
    np.testing.assert_allclose(mean_profile_mse(x, y), expected, rtol=1e-10)
    np.testing.assert_array_equal(mean_profile_mse(x, x[::-1]) < 1e-30, True)
    np.testing.assert_allclose(mean_profile_mse(x, 2 * x), [np.mean(p**2) for p in profiles(x)])
    with pytest.raises(InputError, match="equal axes"):
        mean_profile_mse(x, y[..., :2])
    with pytest.raises(InputError, match="equal axes"):
        mean_profile_mse(np.ones(3), np.ones(3))
    with pytest.raises(InputError, match="showers with energy"):
        mean_profile_mse(0 * x, y)


def profiles(x):
    mean = x.mean(axis=0) / x.sum(axis=(1, 2, 3)).mean()
    return mean.sum(axis=(1, 2)), mean.sum(axis=(0, 2)), mean.sum(axis=(0, 1))


def test_relative_entropy(rng):
    x, y = rng.exponential(size=(20, 6)), rng.exponential(size=(30, 6))
    assert relative_entropy(x, y) == pytest.approx(entropy(x.mean(axis=0), y.mean(axis=0)), rel=1e-12)
    assert relative_entropy(x, 7 * x) == pytest.approx(0, abs=1e-15)  # shapes only, not the energy
    assert relative_entropy([[1.0, 0.0]], [[1.0, 1.0]]) == pytest.approx(np.log(2))
    assert relative_entropy([[1.0, 1.0]], [[1.0, 0.0]]) == pytest.approx(0.5 * np.log(0.5) + 0.5 * np.log(0.5 / 1e-10))
    for bad in ([[-1.0, 2.0]], [[0.0, 0.0]]):
        with pytest.raises(InputError, match="generated: expected energies >= 0"):
            relative_entropy([[1.0, 1.0]], bad)
    with pytest.raises(InputError, match="floor > 0"):
        relative_entropy(x, y, floor=0)


def test_response_shift():
    value, error = response_shift([1.0, 3.0], [3.0, 3.0])
    assert value == pytest.approx(0.5)
    assert error == pytest.approx(1.5 * np.sqrt(2) / np.sqrt(2) / 2)  # ratio * s / sqrt(n) / mean
    with pytest.raises(InputError, match="non-zero mean"):
        response_shift([0.0, 0.0], [1.0, 2.0])


def test_errors_of_shifts_cover(rng):
    """The quoted errors are the scatter of repeated experiments, for a skewed response too."""
    for metric in (response_shift, resolution_shift):
        trials = np.array([metric(rng.gamma(4.0, size=400), rng.gamma(4.0, size=300)) for _ in range(400)])
        assert trials[:, 0].std() == pytest.approx(trials[:, 1].mean(), rel=0.12)
        assert abs(trials[:, 0].mean()) < 4 * trials[:, 0].std() / 20


def test_resolution_shift(rng):
    x = rng.normal(1, 0.1, size=5000)
    assert resolution_shift(x, x)[0] == 0
    assert resolution_shift(x, 3 * x)[0] == pytest.approx(0, abs=1e-12)
    assert resolution_shift(x, x.mean() + 2 * (x - x.mean()))[0] == pytest.approx(1, rel=1e-9)
    gaussian = np.sqrt(2 * (1 / 10000 + 0.01 / 5000))
    assert resolution_shift(x, x)[1] == pytest.approx(gaussian, rel=0.05)
    assert resolution_shift(x, np.ones(10))[0] == -1
    for bad in (np.ones(10), [-1.0, 1.0]):
        with pytest.raises(InputError, match="a reference that varies"):
            resolution_shift(bad, x)


def test_response_in_bins(rng):
    energy = rng.uniform(1, 100, size=4000)
    response = rng.normal(0.9, 0.9 * 0.1, size=4000)
    edges = quantile_edges(energy, 4)
    table = response_in_bins(response, energy, edges)
    assert table.n.tolist() == [1000] * 4
    first = response[energy < edges[1]]
    assert table.response[0] == pytest.approx(first.mean())
    assert table.response_error[0] == pytest.approx(first.std(ddof=1) / np.sqrt(1000))
    assert table.resolution[0] == pytest.approx(first.std(ddof=1) / first.mean())
    np.testing.assert_allclose(table.resolution_error, 0.1 / np.sqrt(2000), rtol=0.15)


def test_response_in_bins_of_few_showers():
    table = response_in_bins([1.0, 2.0, 2.0, 9.0], [1.5, 2.5, 2.5, 9.0], [0, 1, 2, 3])
    assert table.n.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(table.response, [np.nan, 1, 2])
    np.testing.assert_array_equal(table.response_error, [np.nan, np.nan, 0])
    np.testing.assert_array_equal(table.resolution, [np.nan, np.nan, 0])
    np.testing.assert_array_equal(table.resolution_error, [np.nan, np.nan, 0])
    with pytest.raises(InputError, match="expected 2 values as in response, found 1"):
        response_in_bins([1.0, 2.0], [1.0], [0, 1])
    with pytest.raises(InputError, match="edges: expected increasing"):
        response_in_bins([1.0], [1.0], [1, 0])


def test_classifier_auc_between_gaussians(rng):
    # Two unit Gaussians 1.5 apart: the best possible AUC is Phi(1.5 / sqrt 2) = 0.8556.
    x, y = rng.normal(size=(1500, 2)), rng.normal(size=(1500, 2)) + np.array([1.5, 0])
    value, error = classifier_auc(x, y)
    assert 0.81 < value < 0.8556 + 3 * error
    same, _ = classifier_auc(x[:750], x[750:])
    assert same == pytest.approx(0.5, abs=0.05)
    assert classifier_auc(x, x + 100) == (1, 0)
    assert classifier_auc(x[:100], y[:100], seed=3) == classifier_auc(x[:100], y[:100], seed=3)


def test_classifier_auc_in_degenerate_cases(rng):
    constant = np.ones((20, 1))
    assert classifier_auc(constant, constant) == (0.5, 0)
    x = rng.normal(size=(200, 2))
    assert classifier_auc(x, x)[0] < 0.5  # the twin of a held-out shower has the other label
    with pytest.raises(InputError, match="at least 5 rows, found 1"):
        classifier_auc(x, x[:1])
    with pytest.raises(InputError, match="n_splits >= 2, found 1"):
        classifier_auc(x, x, n_splits=1)


PAIRS = {
    "classifier_auc": classifier_auc,
    "correlation_distance": correlation_distance,
    "fpd": fpd,
    "frechet_distance": frechet_distance,
    "kpd": kpd,
    "relative_entropy": relative_entropy,
    "sliced_wasserstein": lambda x, y: sliced_wasserstein(x, y, rng=np.random.default_rng(0)),
}


@pytest.mark.parametrize("metric", PAIRS.values(), ids=PAIRS.keys())
def test_bad_tables(metric):
    good = np.ones((10, 2))
    bad = good.copy()
    bad[3, 1] = np.nan
    with pytest.raises(InputError, match="generated: expected finite values, found nan at row 3, column 1"):
        metric(good, bad)
    with pytest.raises(InputError, match="reference: expected finite values"):
        metric(np.full((10, 2), np.inf), good)
    with pytest.raises(InputError, match="expected 2 columns as in the reference, found 3"):
        metric(good, np.ones((10, 3)))
    with pytest.raises(InputError, match=r"reference: expected shape \(n, d\), found \(2, 2, 2\)"):
        metric(np.ones((2, 2, 2)), good)
    with pytest.raises(InputError, match=r"reference: expected at least \d rows?, found 0"):
        metric(np.ones((0, 2)), good)
    with pytest.raises(InputError, match="expected real numbers"):
        metric(good.astype(complex), good)


@pytest.mark.parametrize("metric", [fpd, frechet_distance, correlation_distance])
def test_one_row_has_no_covariance(metric):
    with pytest.raises(InputError, match="generated: expected at least 2 rows, found 1"):
        metric(np.ones((10, 2)), np.ones((1, 2)))


SINGLES = {
    "separation_power": lambda x, y: separation_power(x, y, [0, 1]),
    "response_shift": response_shift,
    "resolution_shift": resolution_shift,
    "response_in_bins": lambda x, y: response_in_bins(x, y, [0, 1]),
    "quantile_edges": lambda x, y: (quantile_edges(x), quantile_edges(y)),
}


@pytest.mark.parametrize("metric", SINGLES.values(), ids=SINGLES.keys())
def test_bad_values(metric):
    good = np.array([1.0, 2.0, 3.0])
    for bad, message in (
        ([1.0, np.nan, 2.0], "expected finite values, found nan at row 1"),
        (np.ones((3, 2)), r"expected one value per shower, shape \(n,\), found shape \(3, 2\)"),
        ([], "expected at least"),
    ):
        with pytest.raises(InputError, match=message):
            metric(bad, good)
        with pytest.raises(InputError, match=message):
            metric(good, bad)
    with pytest.raises(InputError, match="n_bins >= 1, found 0"):
        quantile_edges(good, 0)
