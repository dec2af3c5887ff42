"""Metrics: a finite number or one clear line for any input; 0 for identical samples; blind to the order of rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qgen import metrics
from qgen.files import InputError
from qgen.plugins import plugins

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


def correlations(*samples):
    """The matrix of each: nan, as documented, in the rows and columns of constant columns."""
    matrices = [metrics.correlation_matrix(sample) for sample in samples]
    for matrix, sample in zip(matrices, samples, strict=True):
        constant = np.ptp(np.asarray(sample, dtype=np.float64), axis=0) == 0
        assert np.array_equal(np.isnan(matrix), constant[:, None] | constant)
    return [np.nan_to_num(matrix) for matrix in matrices]


def small_network(x, y):
    return metrics.classifier_protocol(x, y, n_seeds=2, n_layers=1, n_hidden=4, n_epochs=1, batch_size=50)


METRICS = {
    "classifier_auc": lambda x, y: metrics.classifier_auc(x, y, n_splits=2),
    "classifier_protocol": small_network,
    "correlation_distance": metrics.correlation_distance,
    "correlation_matrix": correlations,
    "fpd": lambda x, y: metrics.fpd(x, y, min_samples=20, max_samples=50, n_batches=2, n_points=4),
    "fpd_bootstrap": lambda x, y: metrics.fpd_bootstrap(x, y, n_blocks=10, n_splits=20),
    "frechet_distance": metrics.frechet_distance,
    "kpd": lambda x, y: metrics.kpd(x, y, n_batches=3, batch_size=20),
    "mean_profile_mse": lambda x, y: metrics.mean_profile_mse(cube(x), cube(y)),
    "multiscale_mmd": metrics.multiscale_mmd,
    "nearest_neighbour_ratio": lambda x, y: metrics.nearest_neighbour_ratio(x[::2], x[1::2], y),
    "particle_cross_test": lambda x, y: metrics.particle_cross_test(x, x[::-1], y, y[::-1], n_splits=2),
    "precision_recall": lambda x, y: metrics.precision_recall(x, y, k=1),
    "relative_entropy": lambda x, y: metrics.relative_entropy(np.abs(x), np.abs(y)),
    "resolution_shift": one(metrics.resolution_shift),
    "response_in_bins": one(in_bins),
    "response_shift": one(metrics.response_shift),
    "separation_power": one(separation),
    "sliced_kolmogorov_smirnov": lambda x, y: metrics.sliced_kolmogorov_smirnov(
        x, y, rng=np.random.default_rng(1), n_slices=10
    ),
    "sliced_wasserstein": lambda x, y: metrics.sliced_wasserstein(x, y, rng=np.random.default_rng(1), n_slices=10),
}
DRAWN = {"classifier_auc", "classifier_protocol", "fpd", "fpd_bootstrap", "kpd", "particle_cross_test"}
"""They draw rows, folds or starting weights: the order of rows shows."""
SLICED_BY_THE_ADAPTER = {"mean_profile_mse", "relative_entropy", "nearest_neighbour_ratio", "particle_cross_test"}
VALUES = {"correlation_matrix", "multiscale_mmd", "nearest_neighbour_ratio", "precision_recall", "response_in_bins"}
"""No distances, or unbiased ones: identical samples do not score 0."""
SYMMETRIC = ("frechet_distance", "correlation_distance")


def numbers(metric, x, y):
    """The metric as a flat array, which is finite; None where it refuses its input in one line."""
    try:
        found = METRICS[metric](x, y)
    except InputError as error:
        if "\n" in str(error):
            raise
        return None
    parts = found if isinstance(found, tuple | list) else [found]
    flat = np.concatenate([np.ravel(np.asarray(part, dtype=np.float64)) for part in parts])
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


def test_every_metric_is_here():
    files = {name.partition("/")[2] for name in plugins("metrics")}
    assert set(METRICS) == files | {"correlation_matrix", "response_in_bins"}


OF_ENERGIES = ("mean_profile_mse", "relative_entropy", "response_in_bins")
"""Are given absolute values here, which text and complex numbers do not have."""
PAIRS = [(m, name) for m in METRICS for name in STRANGE if not (m in OF_ENERGIES and name in ("text", "complex"))]


@pytest.mark.parametrize(("metric", "name"), PAIRS)
def test_a_finite_number_or_one_line(metric, name):
    x, y = STRANGE[name]
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
        numbers(metric, x, y)

    check()


seven_rows = hnp.arrays(np.float64, (7, 3), elements=st.floats(-1e3, 1e3, width=32))
orders = st.permutations(range(7))


@pytest.mark.parametrize("metric", sorted(METRICS.keys() - DRAWN - VALUES))
def test_identical_samples_score_0(metric):
    @given(seven_rows, orders)
    def check(x, order):
        found = numbers(metric, x, x[order])
        if found is not None:
            values = found[:1] if metric.endswith("_shift") else found
            scale = max(1.0, float(np.abs(x).max()) ** 2) if metric == "frechet_distance" else 1.0
            np.testing.assert_allclose(values, 0, atol=1e-7 * scale)

    check()


@pytest.mark.parametrize("metric", sorted(METRICS.keys() - DRAWN))
def test_the_order_of_rows_does_not_matter(metric):
    @given(seven_rows, orders, orders)
    def check(x, first, second):
        y = x[::-1] * 1.5 + 1
        if metric in ("nearest_neighbour_ratio", "response_in_bins"):
            first = list(range(7))  # their reference is cut in two, or belongs to the other row by row
        if metric == "response_in_bins":
            second = first
        straight, shuffled = numbers(metric, x, y), numbers(metric, x[first], y[second])
        assert (straight is None) == (shuffled is None)
        if straight is not None:
            scale = max(1.0, float(np.abs(y).max()) ** 2) if metric == "frechet_distance" else 1.0
            np.testing.assert_allclose(shuffled, straight, rtol=1e-6, atol=1e-7 * scale)

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
@pytest.mark.parametrize("metric", sorted(METRICS.keys() - SLICED_BY_THE_ADAPTER))
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
