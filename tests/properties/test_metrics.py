"""Metrics: a finite number or one clear line for any input; 0 for identical samples; blind to the order of rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qgen import metrics
from qgen.files import InputError

RNG = np.random.default_rng(0)
N, D = 60, 4


def one(metric):
    """A metric of one value per shower, on the first column."""
    return lambda x, y: metric(np.asarray(x)[:, 0], np.asarray(y)[:, 0])


def separation(x, y):
    return metrics.separation_power(x, y, metrics.quantile_edges(x, 10))


def in_bins(x, y):
    """Response and resolution of y in bins of x: nan, as documented, where a bin has too few showers."""
    x, n = np.abs(x), min(len(x), len(y))
    table = metrics.response_in_bins(np.abs(y[:n]), x[:n], metrics.quantile_edges(x, 2))
    few, no_mean = table.n < 2, np.array([np.isnan(r) or r == 0 for r in table.response])
    assert np.array_equal(np.isnan(table.response), table.n == 0)
    assert np.array_equal(np.isnan(table.response_error), few)
    assert np.array_equal(np.isnan(table.resolution), few | no_mean)
    return [np.nan_to_num(column, nan=0.0, posinf=np.inf) for column in table]


def cube(x):
    """Any table as cells of two axes."""
    x = np.abs(np.asarray(x))
    return np.stack([x, x[:, ::-1]], axis=-1)


METRICS = {
    "classifier_auc": lambda x, y: metrics.classifier_auc(x, y, n_splits=2),
    "correlation_distance": metrics.correlation_distance,
    "fpd": lambda x, y: metrics.fpd(x, y, min_samples=20, max_samples=50, n_batches=2, n_points=4),
    "frechet_distance": metrics.frechet_distance,
    "kpd": lambda x, y: metrics.kpd(x, y, n_batches=3, batch_size=20),
    "mean_profile_mse": lambda x, y: metrics.mean_profile_mse(cube(x), cube(y)),
    "relative_entropy": lambda x, y: metrics.relative_entropy(np.abs(x), np.abs(y)),
    "resolution_shift": one(metrics.resolution_shift),
    "response_in_bins": one(in_bins),
    "response_shift": one(metrics.response_shift),
    "separation_power": one(separation),
    "sliced_wasserstein": lambda x, y: metrics.sliced_wasserstein(x, y, rng=np.random.default_rng(1), n_slices=10),
}
DRAWN = {"classifier_auc", "fpd", "kpd"}
"""They draw rows or folds: identical samples do not score 0, and the order of rows shows."""
EXACT = sorted(METRICS.keys() - DRAWN)
SYMMETRIC = ("frechet_distance", "correlation_distance")


def numbers(metric, x, y):
    """The metric as a flat array, which is finite; None where it refuses its input in one line."""
    try:
        found = METRICS[metric](x, y)
    except InputError as error:
        if "\n" in str(error):
            raise
        return None
    flat = np.concatenate([np.ravel(part) for part in (found if isinstance(found, tuple | list) else [found])])
    assert np.isfinite(flat).all(), f"{metric}: {found}"
    return flat


normal = RNG.normal(1.0, 0.3, (N, D))
constant = np.ones((N, D))
tied = np.concatenate([normal[:, :2], normal[:, :1], 3 * normal[:, 1:2]], axis=1)
spike = np.where(np.arange(D) == 1, 0.0, normal)
wide = RNG.normal(size=(5, 12))
STRANGE = {
    "constant reference": (constant, normal),
    "constant generated": (normal, constant),
    "both constant": (constant, 2 * constant),
    "zeros": (0 * normal, 0 * normal),
    "zeros in the reference": (0 * normal, normal),
    "zeros generated": (normal, 0 * normal),
    "one constant column": (spike, normal),
    "one constant column generated": (normal, spike),
    "singular covariance": (tied, tied[::-1] + 0.1),
    "more features than rows": (wide, wide + 1),
    "one feature": (normal[:, :1], normal[:, 1:2]),
    "2 against 5000": (normal[:2], np.tile(normal, (84, 1))[:5000]),
    "5000 against 2": (np.tile(normal, (84, 1))[:5000], normal[:2]),
    "one row": (normal[:1], normal[:1]),
    "one row of the reference": (normal[:1], normal),
    "one row generated": (normal, normal[:1]),
    "no row": (normal[:0], normal),
    "no row generated": (normal, normal[:0]),
    "huge": (1e30 * normal, 1e30 * normal[::-1]),
    "huge generated": (normal, 1e30 * normal),
    "huge reference": (1e30 * normal, normal),
    "larger than any square": (1e200 * normal, 1e200 * normal),
    "largest": (np.full((N, D), 1e308), np.full((N, D), -1e308)),
    "float32's largest": (3.4e38 * np.ones((N, D), np.float32), np.ones((N, D), np.float32)),
    "tiny": (1e-200 * normal, 1e-200 * normal[::-1]),
    "tiny reference": (1e-200 * normal, normal),
    "subnormal": (5e-324 * np.arange(N * D).reshape(N, D), 5e-324 * np.ones((N, D))),
    "small around 1": (1 + 1e-15 * normal, 1 + 1e-15 * normal[::-1]),
    "nan": (normal, np.where(normal > 1, np.nan, normal)),
    "infinity": (np.where(normal > 1, np.inf, normal), normal),
    "text": (normal, np.full((N, D), "x")),
    "complex": (normal, normal + 1j),
    "whole numbers": (np.arange(N * D).reshape(N, D), np.arange(N * D).reshape(N, D)[::-1]),
    "hits": (normal > 1, normal > 1.1),
}


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("name", STRANGE)
def test_a_finite_number_or_one_line(metric, name):
    x, y = STRANGE[name]
    if name in ("text", "complex") and metric in ("mean_profile_mse", "relative_entropy", "response_in_bins"):
        pytest.skip("the adapter takes absolute values")
    if ("tiny" in name or "subnormal" in name) and metric == "sliced_wasserstein":
        pytest.skip("squares of such values vanish, and with them the scale")
    refused = numbers(metric, x, y) is None
    if name in ("nan", "infinity", "text", "complex", "no row", "no row generated", "larger than any square"):
        assert refused
    if name in ("one feature", "singular covariance", "whole numbers"):
        assert not refused


@pytest.mark.parametrize("metric", METRICS)
def test_finite_for_any_finite_values(metric):
    tables = hnp.arrays(np.float64, st.tuples(st.integers(1, 6), st.just(2)), elements=st.floats(-1e75, 1e75))

    @given(tables, tables)
    def check(x, y):
        if metric == "sliced_wasserstein":  # squares of smaller values vanish, and with them the scale
            x, y = (np.where(np.abs(table) < 1e-100, 0.0, table) for table in (x, y))
        numbers(metric, x, y)

    check()


@pytest.mark.parametrize("metric", EXACT)
def test_identical_samples_score_0_in_any_order(metric):
    @given(
        hnp.arrays(np.float64, (7, 3), elements=st.floats(-1e3, 1e3, width=32)),
        st.permutations(range(7)),
        st.booleans(),
    )
    def check(x, order, both):
        found = numbers(metric, x, x[order])
        if found is not None and metric != "response_in_bins":
            values = found[:1] if metric.endswith("_shift") else found
            scale = max(1.0, float(np.abs(x).max()) ** 2)
            np.testing.assert_allclose(values, 0, atol=1e-7 * scale if metric == "frechet_distance" else 1e-7)
        other = x[::-1] * 1.5 + 1
        straight, shuffled = numbers(metric, x, other), numbers(metric, x[order], other[order] if both else other)
        assert (straight is None) == (shuffled is None)
        if straight is not None and metric != "response_in_bins":
            np.testing.assert_allclose(shuffled, straight, rtol=1e-6, atol=1e-7)

    check()


@pytest.mark.parametrize("metric", SYMMETRIC)
def test_symmetric(metric):
    elements = st.floats(-1e3, 1e3, width=32)

    @given(hnp.arrays(np.float64, (6, 3), elements=elements), hnp.arrays(np.float64, (9, 3), elements=elements))
    def check(x, y):
        x[:2], y[:2] = [[1], [-1]], [[2], [-1]]  # every column varies in both
        np.testing.assert_allclose(numbers(metric, x, y), numbers(metric, y, x), rtol=1e-6, atol=1e-6)

    check()


@given(st.lists(st.floats(-1e3, 1e3), min_size=1), st.lists(st.floats(-1e3, 1e3), min_size=1))
def test_separation_power_is_symmetric_and_at_most_1(x, y):
    bins = metrics.quantile_edges(x, 5)
    there, back = metrics.separation_power(x, y, bins), metrics.separation_power(y, x, bins)
    assert there == pytest.approx(back, abs=1e-12)
    assert 0 <= there <= 1 + 1e-12
    outside = np.array(y) + 3e3
    assert metrics.separation_power(x, outside, bins) == pytest.approx(1)


@given(hnp.arrays(np.float64, st.integers(1, 50), elements=st.floats(-1e70, 1e70)), st.integers(1, 60))
def test_quantile_edges_take_every_value_in(sample, n_bins):
    edges = metrics.quantile_edges(sample, n_bins)
    assert np.all(np.diff(edges) > 0)
    assert edges[0] == sample.min()
    assert edges[-1] == np.nextafter(sample.max(), np.inf)
    assert 2 <= len(edges) <= n_bins + 2


@given(hnp.arrays(np.float64, st.tuples(st.integers(2, 30)), elements=st.floats(0.1, 10)), st.floats(1e-200, 1e60))
def test_resolution_has_no_scale(sample, scale):
    reference = np.linspace(0.5, 1.5, 20)
    np.testing.assert_allclose(
        metrics.resolution_shift(reference, sample), metrics.resolution_shift(reference, sample * scale), rtol=1e-9
    )


@pytest.mark.parametrize(
    ("x", "y"), [([[1, 2], [3]], [[1, 2]]), (None, [[1.0]]), (np.ones((2, 2, 2)), np.ones((2, 2)))]
)
@pytest.mark.parametrize("metric", [name for name in METRICS if name not in ("mean_profile_mse", "relative_entropy")])
def test_other_shapes_are_one_line(metric, x, y):
    if metric in ("resolution_shift", "response_shift", "separation_power", "response_in_bins"):
        call = {
            "separation_power": lambda a, b: metrics.separation_power(a, b, [0, 1]),
            "response_in_bins": lambda a, b: metrics.response_in_bins(a, b, [0, 1]),
        }.get(metric, getattr(metrics, metric))
    else:
        call = METRICS[metric]
    with pytest.raises(InputError):
        call(x, y)


@pytest.mark.parametrize(
    ("x", "y"),
    [(np.ones((3, 0)), np.ones((3, 0))), (np.ones(3), np.ones(3)), (np.ones((3, 2)), np.ones((3, 2, 1))), ([], [])],
)
def test_profiles_need_axes(x, y):
    with pytest.raises(InputError, match="mean_profile_mse: expected arrays"):
        metrics.mean_profile_mse(x, y)


@pytest.mark.parametrize("tiny", [5e-324, 1e-300])
def test_images_of_tiny_energy_have_a_shape(tiny):
    images = np.array([[tiny, 0.0], [0.0, 0.0]])
    assert metrics.relative_entropy(images, images) == 0
    assert metrics.relative_entropy(images, images[:, ::-1], floor=1e-10) == pytest.approx(np.log(1e10))
