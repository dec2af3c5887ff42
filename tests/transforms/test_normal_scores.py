import numpy as np
import pytest
from scipy.stats import kstest

from qgen.files import InputError
from qgen.transforms.normal_scores import NormalScores


def skewed(n: int = 8000, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three columns with mean and width that depend on x; log-exponential, uniform and normal residuals."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, n)
    residual = np.stack([np.log(rng.exponential(size=n)), rng.uniform(-1, 1, n), rng.normal(size=n)], axis=1)
    y = np.stack([2 + x, x**2, -x], axis=1) + np.exp(np.stack([0.3 * x, -x, 0 * x], axis=1)) * residual
    counts = rng.uniform(size=y.shape) < np.array([1.0, 0.5, 0.3])
    return y, counts, x


def test_scores_of_fresh_rows_are_standard_normal_at_every_condition() -> None:
    scores = NormalScores.fit(*skewed(seed=0))
    y, counts, x = skewed(seed=1)
    u = scores.forward(y, x)
    for i in range(3):
        for low in (-1.0, -0.5, 0.0, 0.5):
            rows = counts[:, i] & (x >= low) & (x < low + 0.5)
            assert kstest(u[rows, i], "norm").statistic < 0.05


def test_mean_and_width_are_those_of_the_recipe() -> None:
    y, counts, x = skewed()
    scores = NormalScores.fit(y, counts, x)
    grid = np.linspace(-0.9, 0.9, 10)
    powers = np.vander(grid, 4, increasing=True)
    np.testing.assert_allclose(powers @ scores.mean[2], -grid, atol=0.1)
    log_uniform = -1.0  # E[ln |r|] of r uniform on -1..1
    np.testing.assert_allclose(powers @ scores.log_sd[1], -grid + log_uniform, atol=0.15)


def test_round_trip_of_all_that_counts() -> None:
    y, counts, x = skewed()
    scores = NormalScores.fit(y, counts, x)
    np.testing.assert_allclose(scores.inverse(scores.forward(y, x), x)[counts], y[counts], atol=1e-9)
    u = np.linspace(-2.4, 2.4, len(x))[:, None] * np.ones(3)
    np.testing.assert_allclose(scores.forward(scores.inverse(u, x), x), u, atol=1e-9)


def test_rare_columns_are_normal_about_their_mean() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 400)
    y = rng.normal(5, 0.5, size=(400, 2))
    counts = np.zeros(y.shape, dtype=bool)
    counts[:, 0] = True
    counts[:60, 1] = True
    u = NormalScores.fit(y, counts, x).forward(y, x)[:60, 1]
    assert u.std() == pytest.approx(1.0, abs=0.2)
    assert u.mean() == pytest.approx(0.0, abs=0.2)


def test_columns_without_rows_stay_finite() -> None:
    y, counts, x = skewed(500)
    counts[:, 1] = False
    scores = NormalScores.fit(y, counts, x)
    assert np.isfinite(scores.inverse(np.zeros((500, 3)), x)).all()


def test_state_round_trip() -> None:
    y, counts, x = skewed(500)
    scores = NormalScores.fit(y, counts, x)
    again = NormalScores.restore(scores.state() | {"other": np.zeros(1)})
    np.testing.assert_array_equal(again.forward(y, x), scores.forward(y, x))


def test_bad_shapes() -> None:
    y, counts, x = skewed(10)
    with pytest.raises(InputError, match=r"found \(10, 3\), \(10, 3\), \(9,\)"):
        NormalScores.fit(y, counts, x[:9])


def test_a_group_is_fitted_to_the_rows_of_all_its_columns() -> None:
    """Two columns of one group have the map of one column with the rows of both."""
    y, counts, x = skewed()
    pooled = NormalScores.fit(y, counts, x, groups=np.array([0, 1, 0]))
    stacked = NormalScores.fit(
        np.concatenate([y[:, [0, 1]], y[:, [2, 1]]]),
        np.concatenate([counts[:, [0, 1]], counts[:, [2, 1]]]),
        np.concatenate([x, x]),
        groups=np.array([0, 1]),
    )
    np.testing.assert_allclose(pooled.mean[0], stacked.mean[0], atol=0.01)  # they lean on different means
    np.testing.assert_allclose(pooled.table[0], stacked.table[0], atol=0.02)
    np.testing.assert_array_equal(pooled.forward(y, x)[:, 2], pooled.forward(y[:, [2, 1, 0]], x)[:, 0])
    assert len(pooled.mean) == len(pooled.table) == 2


def test_groups_of_one_column_each_change_nothing() -> None:
    y, counts, x = skewed(500)
    own, default = NormalScores.fit(y, counts, x, groups=np.arange(3)), NormalScores.fit(y, counts, x)
    np.testing.assert_array_equal(own.forward(y, x), default.forward(y, x))


def test_grouped_round_trip_and_single_entries() -> None:
    y, counts, x = skewed(500)
    scores = NormalScores.fit(y, counts, x, groups=np.array([1, 0, 1]))
    u = scores.forward(y, x)
    np.testing.assert_allclose(scores.inverse(u, x)[counts], y[counts], atol=1e-9)
    rows, columns = np.nonzero(counts)
    np.testing.assert_allclose(scores.inverse_at(rows, columns, u[counts], x), y[counts], atol=1e-9)
    again = NormalScores.restore(scores.state())
    np.testing.assert_array_equal(again.inverse(u, x), scores.inverse(u, x))


@pytest.mark.parametrize("groups", [[0, 1], [0, 2, 2], [-1, 0, 1]])
def test_bad_groups(groups: list[int]) -> None:
    with pytest.raises(InputError, match="one for each of 3 columns, numbered from 0 without a gap"):
        NormalScores.fit(*skewed(10), groups=np.array(groups))


def test_no_image_lies_beyond_what_the_fit_has_seen() -> None:
    """The outer pieces are continued to the ends of the data and no further, however large the score."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 500)
    y = np.stack([rng.exponential(size=500), rng.normal(size=500), rng.normal(size=500)], axis=1)
    counts = np.ones_like(y, dtype=bool)
    counts[50:, 1] = counts[:, 2] = False  # a column without any row ends at four standard deviations
    scores = NormalScores.fit(y, counts, x)
    u = rng.normal(0, 30, size=(500, 3))
    again = scores.forward(scores.inverse(u, x), x)
    seen = scores.forward(y, x)
    for column, rows in ((0, 500), (1, 50)):
        assert again[:, column].min() == pytest.approx(seen[:rows, column].min())
        assert again[:, column].max() == pytest.approx(seen[:rows, column].max())
    assert (np.abs(again[:, 2]).max()) == pytest.approx(4)
    np.testing.assert_allclose(scores.inverse(seen, x)[:, 0], y[:, 0], atol=1e-9)
