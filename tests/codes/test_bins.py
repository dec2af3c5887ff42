import numpy as np
import pytest

from qgen.codes._bins import JointBins
from qgen.files import InputError


def values(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two correlated columns whose means follow the energy."""
    rng = np.random.default_rng(seed)
    energy = np.exp(rng.uniform(np.log(1e3), np.log(1e5), n))
    noise = rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], n)
    return np.column_stack([np.log(energy) + noise[:, 0], noise[:, 1] ** 3]), energy


@pytest.mark.parametrize("binning", ["quantile", "uniform"])
def test_values_come_back_in_their_bins(binning) -> None:
    train, energy = values(4000)
    bins = JointBins.fit(train, energy, [3, 2], ["a", "b"], binning)
    numbers = bins.bins(train)
    drawn, _ = bins.inside(numbers, energy, np.random.default_rng(0))
    np.testing.assert_array_equal(bins.bins(drawn), numbers)
    if binning == "quantile":
        np.testing.assert_array_equal(np.bincount(numbers[:, 0]), np.full(8, 500))
    else:
        np.testing.assert_allclose(np.diff(bins.edges[0], n=2), 0, atol=1e-12)


def test_any_bins_at_any_energy() -> None:
    """Also those that no training shower has, at energies beyond the training."""
    train, energy = values(4000)
    bins = JointBins.fit(train, energy, [3, 2], ["a", "b"], "quantile")
    numbers = np.random.default_rng(0).integers(0, [8, 4], (2000, 2))
    drawn, _ = bins.inside(numbers, np.geomspace(1e2, 1e6, 2000), np.random.default_rng(1))
    np.testing.assert_array_equal(bins.bins(drawn), numbers)


def test_correlation_inside_bins() -> None:
    """Drawn values are correlated as the data are, also where one of them has no bits at all."""
    train, energy = values(20000)
    bins = JointBins.fit(train, energy, [1, 0], ["a", "b"], "quantile")
    drawn, _ = bins.inside(bins.bins(train), energy, np.random.default_rng(0))
    x = bins.scale.forward(energy)
    found, expected = (np.corrcoef(bins.scores.forward(v, x).T)[0, 1] for v in (drawn, train))
    assert found == pytest.approx(expected, abs=0.02)
    assert drawn.mean(axis=0) == pytest.approx(train.mean(axis=0), abs=0.05)


def test_constant_values_fill_no_bins() -> None:
    with pytest.raises(InputError, match="expected showers in all 4 bins of 'flat', found them in 1"):
        JointBins.fit(np.ones((50, 1)), np.geomspace(1e3, 1e5, 50), [2], ["flat"], "quantile")
