import numpy as np
import pytest

from qgen.files import InputError
from qgen.metrics import precision_recall
from qgen.metrics.precision_recall import TIE


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def slow(x, y, k):
    """The definitions, pair by pair."""
    scale = np.where(np.ptp(x, axis=0) > 0, x.std(axis=0), 1)
    x, y = (x - x.mean(axis=0)) / scale, (y - x.mean(axis=0)) / scale

    def distance(a, b):
        return np.sqrt(np.sum((a - b) ** 2))

    def ball(sample, j):
        others = sorted(distance(sample[j], other) for i, other in enumerate(sample) if i != j)
        radius = others[k - 1] + TIE
        return radius, sum(d <= radius for d in others)

    balls_x, balls_y = [ball(x, j) for j in range(len(x))], [ball(y, j) for j in range(len(y))]
    precision = np.mean([any(distance(b, a) <= r for a, (r, _) in zip(x, balls_x, strict=True)) for b in y])
    recall = np.mean([any(distance(a, b) <= r for b, (r, _) in zip(y, balls_y, strict=True)) for a in x])
    density = np.mean([sum((distance(b, a) <= r) / n for a, (r, n) in zip(x, balls_x, strict=True)) for b in y])
    coverage = np.mean([any(distance(b, a) <= r for b in y) for a, (r, _) in zip(x, balls_x, strict=True)])
    return precision, recall, density, coverage


def samples(rng, kind):
    match kind:
        case "continuous":
            return rng.normal(3, 2, size=(60, 3)), rng.normal(3.5, 1, size=(40, 3))
        case "grid":
            return rng.integers(0, 4, size=(70, 2)), rng.integers(1, 6, size=(50, 2))
        case "few states":
            return rng.integers(0, 2, size=(80, 2)) * 0.1, rng.integers(0, 3, size=(45, 2)) * 0.1
        case "mixed":  # half of the showers are empty, one feature is constant
            return [rng.normal(size=(60, 3)) * rng.integers(0, 2, size=(60, 1)) * [1, 1, 0] for _ in range(2)]


@pytest.mark.parametrize("kind", ["continuous", "grid", "few states", "mixed"])
@pytest.mark.parametrize("k", [1, 5])
def test_against_the_definitions(rng, kind, k):
    x, y = samples(rng, kind)
    np.testing.assert_allclose(precision_recall(x, y, k=k), slow(x, y, k), rtol=1e-12)


def test_slices_agree(rng):
    """Samples of more than one slice, against those of the published formulas without ties."""
    x, y = rng.normal(size=(700, 2)), rng.normal(0.5, 1.5, size=(600, 2))
    scale = x.std(axis=0)
    dxx, dyy, dyx = (np.linalg.norm((a[:, None] - b) / scale, axis=2) for a, b in ((x, x), (y, y), (y, x)))
    rx, ry = np.sort(dxx, axis=1)[:, 5], np.sort(dyy, axis=1)[:, 5]
    inside = dyx < rx
    found = precision_recall(x, y)
    assert found.precision == pytest.approx(inside.any(axis=1).mean())
    assert found.recall == pytest.approx((dyx < ry[:, None]).any(axis=0).mean())
    assert found.density == pytest.approx(inside.sum() / (5 * 600))
    assert found.coverage == pytest.approx(inside.any(axis=0).mean())


def test_closed_cases(rng):
    x = rng.normal(size=(50, 3))
    np.testing.assert_allclose(precision_recall(x, x), (1, 1, 6 / 5, 1))  # a ball holds its centre and 5 others
    np.testing.assert_allclose(precision_recall(x, x * [1, 2, 3] + 1e6), (0, 0, 0, 0))
    np.testing.assert_allclose(precision_recall(5 * x, 5 * x, k=10), (1, 1, 11 / 10, 1))  # units do not matter
    same = np.ones((20, 2))
    np.testing.assert_allclose(precision_recall(same, np.ones((30, 2))), (1, 1, 20 / 19, 1))
    assert precision_recall(same, 0 * same) == (0, 0, 0, 0)
    line = np.arange(10.0)
    # k = 1: all radii 1; 0.5 below the first is inside its ball alone, whose only other shower is the second
    np.testing.assert_allclose(precision_recall(line, [-0.5, -0.5], k=1), (1, 0, 1, 0.1))


def test_discrete_samples_of_one_distribution(rng):
    """Where every state occurs more than k times, all radii are 0: equal states count, and density stays 1."""
    x, y = rng.integers(0, 3, size=(900, 2)), rng.integers(0, 3, size=(700, 2))
    found = precision_recall(x, y)
    assert found.precision == found.recall == found.coverage == 1
    assert found.density == pytest.approx(1, abs=0.02)


def test_rounding_does_not_break_ties():
    """0.1 apart, whatever the last digit says."""
    x = np.arange(10) * 0.1
    np.testing.assert_allclose(precision_recall(x, x, k=1), (1, 1, np.mean([3 / 2] * 8 + [2, 2]), 1))


def test_a_discrete_generator_needs_dequantisation(rng):
    """Bins of width 1/4 against continuous showers: no recall, until the values are spread over their bins."""
    x = rng.uniform(size=(800, 1))
    bins = np.floor(4 * rng.uniform(size=(800, 1))) / 4
    assert precision_recall(x, bins).recall == 0
    spread = precision_recall(x, bins + rng.uniform(0, 0.25, size=bins.shape))
    floor = precision_recall(x, rng.uniform(size=(800, 1)))
    np.testing.assert_allclose(spread, floor, atol=0.05)


def test_bad_input():
    good = np.arange(12.0).reshape(6, 2)
    with pytest.raises(InputError, match="k >= 1, found 0"):
        precision_recall(good, good, k=0)
    with pytest.raises(InputError, match="generated: expected at least 6 rows, found 5"):
        precision_recall(good, good[:5])
    with pytest.raises(InputError, match="expected 2 columns as in the reference, found 1"):
        precision_recall(good, good[:, :1])
