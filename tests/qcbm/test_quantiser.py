import numpy as np
import pytest

from qgen.qcbm.quantiser import Cells, Quantiser
from qgen.showers import Showers

from .toy import GEOMETRY, toy


@pytest.fixture(scope="module")
def quantiser() -> Quantiser:
    return Quantiser.fit(toy(), 3, 2, seed=0)


def test_parts_are_what_encode_put_in(quantiser: Quantiser) -> None:
    showers = toy(500, 1)
    codewords, bins = quantiser.parts(quantiser.encode(showers))
    f = showers.voxels / showers.total_energy[:, None]
    distance = np.linalg.norm(np.sqrt(f)[:, None] - quantiser.codebook.centres, axis=2)
    np.testing.assert_array_equal(codewords, distance.argmin(axis=1))
    response = showers.total_energy / showers.incident_energy
    np.testing.assert_array_equal(bins, (response[:, None] > quantiser.edges).sum(axis=1))


def test_neighbouring_cells_differ_in_one_bit(quantiser: Quantiser) -> None:
    state = {part: s for s, part in enumerate(zip(*quantiser.parts(np.arange(32)), strict=True))}
    for (c, b), s in state.items():
        for other in ((c + 1, b), (c, b + 1)):
            if other in state:
                assert int(s ^ state[other]).bit_count() == 1


def test_response_bins_are_evenly_filled(quantiser: Quantiser) -> None:
    bins = quantiser.parts(quantiser.encode(toy()))[1]
    np.testing.assert_array_equal(np.bincount(bins), [1000, 1000, 1000, 1000])


def test_decoded_showers_stay_in_their_response_bin(quantiser: Quantiser) -> None:
    showers = toy(2000, 2)
    states = quantiser.encode(showers)
    decoded = quantiser.decode(states, showers.incident_energy, np.random.default_rng(0))
    again = Showers(decoded, showers.incident_energy, GEOMETRY)
    np.testing.assert_array_equal(quantiser.parts(quantiser.encode(again))[1], quantiser.parts(states)[1])


def test_decoded_showers_keep_the_moments(quantiser: Quantiser) -> None:
    """Mean and covariance of the log fractions, and the response, of showers sent through the code."""
    showers = toy(4000, 3)
    decoded = quantiser.decode(quantiser.encode(showers), showers.incident_energy, np.random.default_rng(0))
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


def test_state_round_trip(quantiser: Quantiser) -> None:
    again = Quantiser.restore(quantiser.state())
    energy = np.full(32, 2e4)
    found, expected = (q.decode(np.arange(32), energy, np.random.default_rng(0)) for q in (again, quantiser))
    np.testing.assert_array_equal(found, expected)
