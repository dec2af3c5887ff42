"""Against pairs one by one, against the closed form for normal samples, and as sums over blocks."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist

from qgen.datasets import load
from qgen.evaluation.resampling import partings
from qgen.evaluation.ruler import Ruler
from qgen.evaluation.sharing import Shares, of_geant4
from qgen.evaluation.tally import n_blocks, tally
from qgen.files import InputError
from qgen.metrics import multiscale_mmd
from qgen.metrics.multiscale_mmd import weighted_mmd2
from qgen.metrics.weights import Pool, Weighings
from qgen.representations import represent

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)


@pytest.fixture
def rng():
    return np.random.default_rng(31)


def pair_by_pair(x, y):
    """The definition, with whole matrices of distances."""
    scale = np.where(np.ptp(x, axis=0) > 0, x.std(axis=0), 1)
    p, q = ((z - x.mean(axis=0)) / scale for z in (x, y))
    widths = np.median(pdist(p)) * np.array(FACTORS)
    total = 0.0
    for width in widths:
        pp, qq, pq = (np.exp(-(cdist(*two) ** 2) / (2 * width**2)) for two in ((p, p), (q, q), (p, q)))
        n, m = len(p), len(q)
        total += (pp.sum() - n) / (n * (n - 1)) + (qq.sum() - m) / (m * (m - 1)) - 2 * pq.mean()
    return total / len(widths)


@pytest.mark.parametrize("m", [2, 40, 300])
def test_pair_by_pair(rng, m):
    x, y = rng.normal(size=(150, 3)) * [1, 2, 3], rng.normal(0.3, 1, size=(m, 3))
    x[:, 2] = 4.0  # constant in the reference
    assert multiscale_mmd(x, y) == pytest.approx(pair_by_pair(x, y), rel=1e-9)
    assert multiscale_mmd(x[::-1], y[::-1]) == pytest.approx(multiscale_mmd(x, y), rel=1e-9)
    in_other_units = [z * [5, 3, 1] + 2 for z in (x, y)]
    assert multiscale_mmd(*in_other_units) == pytest.approx(multiscale_mmd(x, y), rel=1e-9)


def of_normal_samples(shift, covariance, width):
    """E k(x, y) = |1 + S / w^2|^(-1/2) exp(-d (w^2 + S)^-1 d / 2), for x - y of mean d and covariance S."""
    spread = width**2 * np.eye(len(shift)) + covariance
    size = np.linalg.det(spread / width**2) ** -0.5
    return size * np.exp(-0.5 * shift @ np.linalg.solve(spread, shift))


def test_the_expectation_between_normal_samples(rng):
    """Mean over many pairs of samples; each has a location, scale and median distance of its own."""
    shift, spread = np.array([0.4, 0.0, -0.3]), np.array([1.0, 1.4, 0.7])
    off = []
    for _ in range(200):
        x, y = rng.normal(size=(120, 3)), shift + spread * rng.normal(size=(90, 3))
        scale = x.std(axis=0)
        d, s, t = shift / scale, np.diag(1 / scale**2), np.diag((spread / scale) ** 2)
        none, expected = np.zeros(3), 0.0
        for width in np.median(pdist(x / scale)) * np.array(FACTORS):
            within = of_normal_samples(none, 2 * s, width) + of_normal_samples(none, 2 * t, width)
            expected += (within - 2 * of_normal_samples(d, s + t, width)) / len(FACTORS)
        off.append(multiscale_mmd(x, y) - expected)
    assert abs(np.mean(off)) < 3 * np.std(off) / np.sqrt(len(off)) < 0.15 * expected


def test_samples_of_one_distribution_score_around_0(rng):
    found = [multiscale_mmd(rng.normal(size=(80, 4)), rng.normal(size=(60, 4))) for _ in range(150)]
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(len(found))
    assert min(found) < 0
    far = multiscale_mmd(rng.normal(size=(80, 4)), rng.normal(1e4, 1, size=(60, 4)))
    assert 1 < far < 2


@pytest.fixture(scope="module")
def blocks():
    showers = represent(load("clic/e-", stop=500), "image8x8")
    first, second = showers.select(slice(0, 240)), showers.select(slice(240, None))
    ruler = Ruler.of(first, showers)
    shares = [Shares.of_sample(len(side), n_blocks(ruler), 0) for side in (first, second)]
    return [tally([both], ruler, "image8x8") for both in zip((first, second), shares, strict=True)]


def test_weighted_blocks_are_samples(blocks):
    """Unit weights give the function's value; blocks left out are rows left out."""
    x, y = blocks
    pool = Pool(x, y, 0)
    (p, q), _ = pool.few
    ones, none = np.ones(x.n_blocks), np.zeros(x.n_blocks)
    whole = Weighings(pool, np.append(ones, none)[None], np.append(none, ones)[None])
    assert weighted_mmd2(whole)[0] == pytest.approx(multiscale_mmd(p, q), rel=1e-9)
    half = np.arange(y.n_blocks) % 2
    part = Weighings(pool, np.append(ones, none)[None], np.append(none, half)[None])
    kept = half[pool.few[1][len(p) :] - x.n_blocks] > 0
    assert weighted_mmd2(part)[0] == pytest.approx(multiscale_mmd(p, q[kept]), rel=1e-9)


def test_partings_of_blocks_score_around_0():
    """GEANT4 parted at random: no value is lifted by pairs of a row with itself, 2 (1 - E k) / n each."""
    showers = represent(load("clic/e-", stop=500), "image8x8")
    ruler = Ruler.of(showers, showers)
    (shares,) = of_geant4([showers.incident_energy], n_blocks(ruler), 0, matched=False)
    blocks = tally([(showers, shares)], ruler, "image8x8")
    parted = partings(blocks.features.moments.counts, 250, 250, 0, matched=False)
    found = weighted_mmd2(Weighings(Pool(blocks, None, 0, parted), *parted))
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(len(found)) < 1 / 500


def test_bad_input(rng):
    x = rng.normal(size=(10, 2))
    with pytest.raises(InputError, match="generated: expected at least 2 rows, found 1"):
        multiscale_mmd(x, x[:1])
    with pytest.raises(InputError, match="expected values up to 1e\\+30 times"):
        multiscale_mmd(x, 1e40 * x)
