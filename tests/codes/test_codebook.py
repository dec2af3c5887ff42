import numpy as np
import pytest
from generators.qcbm.toy import GEOMETRY, toy

from qgen.codes.codebook import Cells, CodebookCode
from qgen.files import InputError
from qgen.showers import Showers
from qgen.transforms.bits import bits_of


@pytest.fixture(scope="module")
def code() -> CodebookCode:
    return CodebookCode.fit(toy(), shape_bits=3, response_bits=2, seed=0)


def test_parts_are_what_encode_put_in(code: CodebookCode) -> None:
    showers = toy(500, 1)
    codewords, bins = code.split(code.encode(showers)).T
    f = showers.voxels / showers.total_energy[:, None]
    distance = np.linalg.norm(np.sqrt(f)[:, None] - code.codebook.centres, axis=2)
    np.testing.assert_array_equal(codewords, distance.argmin(axis=1))
    response = showers.total_energy / showers.incident_energy
    np.testing.assert_array_equal(bins, (response[:, None] > code.response.edges).sum(axis=1))


def test_response_bins_are_evenly_filled(code: CodebookCode) -> None:
    bins = code.numbers(toy())[:, 1]
    np.testing.assert_array_equal(np.bincount(bins), [1000, 1000, 1000, 1000])


def test_decoded_showers_stay_in_their_response_bin(code: CodebookCode) -> None:
    showers = toy(2000, 2)
    bits = code.encode(showers)
    decoded = code.decode(bits, showers.incident_energy, np.random.default_rng(0))
    again = Showers(decoded, showers.incident_energy, GEOMETRY)
    np.testing.assert_array_equal(code.numbers(again)[:, 1], code.split(bits)[:, 1])


def test_decoded_showers_keep_the_moments(code: CodebookCode) -> None:
    """Mean and covariance of the log fractions, and the response, of showers sent through the code."""
    showers = toy(4000, 3)
    decoded = code.decode(code.encode(showers), showers.incident_energy, np.random.default_rng(0))
    total = decoded.sum(axis=1)
    logs, expected = np.log(decoded / total[:, None]), np.log(showers.voxels / showers.total_energy[:, None])
    np.testing.assert_allclose(logs.mean(axis=0), expected.mean(axis=0), atol=0.03)
    np.testing.assert_allclose(np.cov(logs.T), np.cov(expected.T), atol=0.05)
    response, truth = total / showers.incident_energy, showers.total_energy / showers.incident_energy
    assert response.mean() == pytest.approx(truth.mean(), rel=0.005)
    assert response.std() == pytest.approx(truth.std(), rel=0.05)


def test_cells_recover_a_known_model() -> None:
    """z = m_c + B_c x + e^x/2 eps with covariance S."""
    rng = np.random.default_rng(0)
    mean, slope = rng.normal(size=(2, 4, 3))
    covariance = np.array([[1, 0.6, 0], [0.6, 1, -0.3], [0, -0.3, 1]])
    code, x = rng.integers(0, 4, 40000), rng.uniform(-1, 1, 40000)
    noise = np.exp(x / 2)[:, None] * rng.multivariate_normal(np.zeros(3), covariance, size=40000)
    cells = Cells.fit(mean[code] + slope[code] * x[:, None] + noise, code, x, 4)
    np.testing.assert_allclose(cells.slope, slope, atol=0.05)
    np.testing.assert_allclose(cells.mean - cells.centre[:, None] * cells.slope, mean, atol=0.05)
    for at in (-0.9, 0.0, 0.9):
        z = cells.sample(np.zeros(40000, dtype=int), np.full(40000, at), rng)
        np.testing.assert_allclose(np.cov(z.T), np.exp(at) * covariance, atol=0.08 * np.exp(at))


def test_positions_are_centres_and_bins(code: CodebookCode) -> None:
    """The nearest other codeword is 1 away on average; neighbouring bins of one codeword are 1 apart."""
    positions = code.positions()
    assert positions.shape == (32, 5)
    numbers = code.split(bits_of(np.arange(32), 5))
    first = positions[np.lexsort((numbers[:, 1], numbers[:, 0]))].reshape(8, 4, 5)
    np.testing.assert_allclose(np.linalg.norm(np.diff(first, axis=1), axis=2), 1)
    apart = np.linalg.norm(first[:, None, 0] - first[None, :, 0], axis=2) + 99 * np.eye(8)
    assert apart.min(axis=1).mean() == pytest.approx(1)


def test_bits_have_an_upper_limit() -> None:
    with pytest.raises(InputError, match="codebook: expected at most 10 bits of shape and of response"):
        CodebookCode.fit(toy(), seed=0, response_bits=30)
