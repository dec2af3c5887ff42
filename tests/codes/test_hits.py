import numpy as np
import pytest

import qgen
from qgen.codes.hits import HitCode, _summing_to
from qgen.files import InputError
from qgen.observables import image
from qgen.representations import represent
from qgen.showers import Showers


@pytest.fixture(scope="module")
def showers() -> Showers:
    return represent(qgen.load("clic/e-", stop=1500), "image8x8")


def again(code: HitCode, showers: Showers) -> Showers:
    energy = showers.incident_energy
    return Showers(code.decode(code.encode(showers), energy, np.random.default_rng(0)), energy, showers.geometry)


def test_bits_are_pixels_above_their_threshold(showers: Showers) -> None:
    shares = image(showers).reshape(-1, 2, 4, 4, 2).sum(axis=(2, 4)).reshape(-1, 8) / showers.incident_energy[:, None]
    theta = shares[7].tolist()
    code = HitCode.fit(showers, seed=0, pixels=[2, 4], threshold=theta)
    np.testing.assert_array_equal(code.encode(showers), shares > theta)


def test_median_bits_are_set_in_half_of_the_showers(showers: Showers) -> None:
    """Or wherever there is energy, where more than half have none."""
    code = HitCode.fit(showers, seed=0)
    hit = (showers.voxels > 0).mean(axis=0)
    np.testing.assert_allclose(code.encode(showers).mean(axis=0), np.minimum(hit, 0.5), atol=1 / len(showers))


@pytest.mark.parametrize("pixels", [(8, 8), (4, 4), (1, 2)])
def test_decoded_showers_have_their_bits(showers: Showers, pixels) -> None:
    code = HitCode.fit(showers, seed=0, pixels=pixels)
    decoded = again(code, showers)
    np.testing.assert_array_equal(code.encode(decoded), code.encode(showers))
    response, expected = (s.total_energy / s.incident_energy for s in (decoded, showers))
    assert response.mean() == pytest.approx(expected.mean(), rel=0.01)
    assert response.std() == pytest.approx(expected.std(), rel=0.1)


def test_shares_sum_to_the_response() -> None:
    """Exactly, unless the ends do not allow it."""
    u = np.array([[0.2, 0.3, 0.5], [0.2, 0.3, 0.5]])
    least, most = np.array([[0.3, 0, 0]] * 2), np.array([[np.inf, 0.32, np.inf], [0.3, 0.32, 0.6]])
    made = _summing_to(np.array([1.2, 2.0]), u, least, most)
    np.testing.assert_allclose(made[0], [0.3, 0.32, 0.58], atol=1e-9)
    np.testing.assert_allclose(made[1], [0.3, 0.32, 0.6])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pixels": [3, 4]}, r"hits: expected pixels as two numbers that divide 8 and 8, found \[3, 4\]"),
        ({"pixels": 16}, "hits: expected pixels as two numbers that divide 8 and 8, found 16"),
        ({"threshold": "low"}, "hits: expected threshold as a number >= 0 and < 1, or 64 of them, found 'low'"),
        ({"threshold": [0.1, 0.2]}, "hits: expected threshold as a number .*, or 64 of them"),
        ({"quantile": 1}, "hits: expected quantile to be a number > 0 and < 1, found 1"),
        ({"pixels": [1, 1], "threshold": 0.0}, "found pixels 0 hit by all or none"),
    ],
)
def test_bad_options(showers: Showers, options, message: str) -> None:
    with pytest.raises(InputError, match=message):
        HitCode.fit(showers, seed=0, **options)
