import numpy as np
import pytest

import qgen
from qgen.codes._image_features import ImageFeatures
from qgen.codes.features import FeatureCode
from qgen.files import InputError
from qgen.observables import features, image
from qgen.representations import represent
from qgen.showers import Showers

ALL = {"response": 2, "row_centre": 1, "row_width": 2, "column_centre": 2, "column_width": 1, "fraction/2-4": 2}


@pytest.fixture(scope="module", params=["clic/e-", "calogan/e+"])
def showers(request: pytest.FixtureRequest) -> Showers:
    return represent(qgen.load(request.param, stop=1500), "image8x8")


def test_features_are_those_of_the_scoreboard(showers: Showers) -> None:
    """Centres and widths in mm, computed elsewhere, up to the unit: parts of the axis."""
    scored, names = features(showers, "image")
    table = dict(zip(names, scored.T, strict=True))
    found = ImageFeatures.of(ALL, showers)
    values = dict(zip(found.names, found.values(showers).T, strict=True))
    np.testing.assert_allclose(np.exp(values["response"]), table["response"], rtol=1e-6)
    for name in ("row_centre", "row_width", "column_centre", "column_width"):
        slope, offset = np.polyfit(table[name], values[name], 1)
        np.testing.assert_allclose(values[name], offset + slope * table[name], atol=1e-6)
        assert slope > 0
        assert name.endswith("centre") or offset == pytest.approx(0, abs=1e-6)
    pixels = image(showers)
    part = pixels[:, :, 2:5].sum(axis=(1, 2)) / pixels.sum(axis=(1, 2))
    np.testing.assert_allclose(np.exp(values["fraction/2-4"]), part, rtol=1e-6)


def test_moments_come_from_features(showers: Showers) -> None:
    found = ImageFeatures.of(ALL, showers)
    f = showers.voxels / showers.total_energy[:, None]
    np.testing.assert_allclose(found.moments(found.values(showers)), f @ found.phi, atol=1e-6)


def test_a_width_brings_its_centre_and_all_the_response(showers: Showers) -> None:
    """And all bring the response; they have no bits, but are drawn as they should be."""
    code = FeatureCode.fit(showers, seed=0, features={"column_width": 2})
    assert code.features.names == ["column_centre", "column_width", "response"]
    assert code.fields == {"column_width": 2}
    energy = showers.incident_energy
    again = Showers(code.decode(code.encode(showers), energy, np.random.default_rng(0)), energy, showers.geometry)
    for found, expected in zip(code.features.values(again).T, code.features.values(showers).T, strict=True):
        assert found.mean() == pytest.approx(expected.mean(), abs=4 * expected.std() / np.sqrt(len(expected)))


@pytest.mark.parametrize("binning", ["quantile", "uniform"])
def test_decoded_showers_have_their_bits(showers: Showers, binning) -> None:
    """All features of real showers are kept exactly."""
    code = FeatureCode.fit(showers, seed=0, features=ALL, binning=binning)
    bits, energy = code.encode(showers), showers.incident_energy
    again = Showers(code.decode(bits, energy, np.random.default_rng(0)), energy, showers.geometry)
    assert (code.encode(again) == bits).all(axis=1).mean() > 0.998


def test_the_mean_image_is_kept(showers: Showers) -> None:
    code = FeatureCode.fit(showers, seed=0)
    decoded = code.decode(code.encode(showers), showers.incident_energy, np.random.default_rng(0))
    mean, expected = decoded.mean(axis=0), showers.voxels.mean(axis=0)
    assert np.abs(mean - expected).sum() < 0.03 * expected.sum()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"features": {"response": 2, "depth": 2}}, "features: expected response, .*, found 'depth'"),
        ({"features": {"response": 2, "fraction/0-7": 2}}, "columns 0 to 7, found 'fraction/0-7'"),
        ({"features": {"response": 2, "fraction/02-4": 2}}, "found 'fraction/02-4'"),
        ({"features": {"response": 0}}, "features: expected response to be a whole number >= 1, found 0"),
        ({"features": {"response": 12}}, "features: expected at most 10 bits of a feature"),
        ({"features": 3}, "features: expected a mapping of features to bits, found 3"),
        ({"binning": "log"}, "features: expected binning as 'quantile' or 'uniform', found 'log'"),
    ],
)
def test_bad_options(showers: Showers, options, message: str) -> None:
    with pytest.raises(InputError, match=message):
        FeatureCode.fit(showers, seed=0, **options)


def test_native_showers_are_no_images() -> None:
    with pytest.raises(InputError, match="image: expected one layer"):
        FeatureCode.fit(qgen.load("clic/e-", stop=30), seed=0)
