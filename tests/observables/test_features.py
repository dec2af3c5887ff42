import numpy as np
import pytest

import qgen.datasets
from qgen.files import InputError
from qgen.geometry import Geometry, Layer
from qgen.observables import calochallenge, calogan, depth_centre, depth_width, feature_set, features
from qgen.representations import represent
from qgen.showers import Showers

SIZES = [
    ("clic/e-", "native", 10**6, "groups", 25),
    ("clic/e-", "image8x8", 10, "image", 25),
    ("clic/e-", "profile16", 10, "pixels", 21),
    ("calochallenge/2", "native", 5 * 362, "calochallenge", 362),
    ("calochallenge/2", "native", 5 * 362 - 1, "groups", 41),
    ("calochallenge/2", "image8x8", 10**6, "image", 25),
    ("calogan/e+", "native", 10, "calogan", 23),
    ("calogan/e+", "image8x8", 10, "image", 25),
    ("calogan/e+", "profile8", 10, "pixels", 13),
    ("calogan/e+", "depth3", 10, "pixels", 8),
]


@pytest.mark.parametrize(("sample", "representation", "n", "name", "size"), SIZES)
def test_the_sets(sample, representation, n, name, size):
    showers = represent(qgen.datasets.load(sample, stop=30), representation)
    assert feature_set(showers.geometry, n_reference=n) == name
    values, names = features(showers, name)
    assert values.shape == (30, size)
    assert values.dtype == np.float64
    assert len(set(names)) == size
    assert np.isfinite(values).all()
    found = dict(zip(names, values.T, strict=True))
    np.testing.assert_allclose(found["log_E_inc"], np.log10(showers.incident_energy))
    np.testing.assert_allclose(found["log_E_tot"], np.log10(showers.total_energy), atol=2e-3)


@pytest.mark.parametrize("sample", ["clic/e-", "calogan/e+"])
def test_image_features(sample):
    showers = represent(qgen.datasets.load(sample, stop=20), "image8x8")
    values, names = features(showers, "image")
    found = dict(zip(names, values.T, strict=True))
    pixels = showers.voxels.reshape(-1, 8, 8).astype(np.float64)
    total = pixels.sum(axis=(1, 2))
    for i in range(8):
        np.testing.assert_allclose(found[f"log_row/{i}"], np.log10(pixels[:, i].sum(axis=1) + 1e-3))
        np.testing.assert_allclose(found[f"log_column/{i}"], np.log10(pixels[:, :, i].sum(axis=1) + 1e-3))
    pitch, first = {"clic/e-": ((15.3, 15.3), (-63.75, 0.0)), "calogan/e+": ((30.0, 30.0), (-120.0, -120.0))}[sample]
    for axis, name in enumerate(("row", "column")):
        x = first[axis] + (np.arange(8) + 0.5) * pitch[axis]
        mean = np.array([np.average(x, weights=image.sum(axis=1 - axis)) for image in pixels])
        spread = [np.average((x - m) ** 2, weights=im.sum(axis=1 - axis)) for m, im in zip(mean, pixels, strict=True)]
        np.testing.assert_allclose(found[f"{name}_centre"], mean, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(found[f"{name}_width"], np.sqrt(spread), rtol=1e-9)
    np.testing.assert_allclose(found["response"], total / showers.incident_energy)
    np.testing.assert_allclose(found["occupancy"], (pixels > 0).mean(axis=(1, 2)))
    np.testing.assert_allclose(found["largest_fraction"], pixels.max(axis=(1, 2)) / total)


def test_empty_showers_have_finite_features():
    for sample, representation in {(sample, representation) for sample, representation, *_ in SIZES}:
        showers = represent(qgen.datasets.load(sample, stop=1), representation)
        empty = Showers(np.zeros_like(showers.voxels), showers.incident_energy, showers.geometry)
        values, names = features(empty, feature_set(empty.geometry, n_reference=10**6))
        assert np.isfinite(values).all()
        found = dict(zip(names, values[0], strict=True))
        if "log_row/0" in found:
            assert found["log_row/0"] == -3
            assert found["largest_fraction"] == 0


def test_groups_of_five_layers():
    showers = qgen.datasets.load("calochallenge/2", stop=10)
    values, names = features(showers, "groups")
    found = dict(zip(names, values.T, strict=True))
    layers = showers.voxels.astype(np.float64).reshape(-1, 9, 5 * 16, 9)
    radius = 4.65 * (np.arange(9) + 0.5)
    for group in range(9):
        rings = layers[:, group].sum(axis=1)
        energy = rings.sum(axis=1)
        mean = rings @ radius / (energy + 1e-16)
        width = np.sqrt(np.maximum(rings @ radius**2 / (energy + 1e-16) - mean**2, 0))
        np.testing.assert_allclose(found[f"fraction/{group}"], energy / showers.total_energy, rtol=1e-6)
        np.testing.assert_allclose(found[f"EC_r/{group}"], mean, rtol=1e-6)
        np.testing.assert_allclose(found[f"width_r/{group}"], width, rtol=1e-6, atol=1e-5)
        np.testing.assert_allclose(found[f"occupancy/{group}"], (layers[:, group] > 0).mean(axis=(1, 2)))
    np.testing.assert_allclose(found["depth_centre"], depth_centre(showers))
    np.testing.assert_allclose(found["depth_width"], depth_width(showers))


def test_published_vector_has_the_published_order():
    showers = qgen.datasets.load("calochallenge/2", stop=10)
    values, names = features(showers, "calochallenge")
    published = calochallenge(showers)
    np.testing.assert_allclose(values[:, 0], np.log10(showers.incident_energy))
    for start, key, scale in (
        (46, "EC_eta", 100), (91, "EC_phi", 100), (136, "width_eta", 100), (181, "width_phi", 100),
        (227, "sparsity", 1), (272, "EC_r", 100), (317, "width_r", 100),
    ):  # fmt: skip
        for label in (0, 7, 44):
            assert names[start + label] == f"{key}/{label}"
            np.testing.assert_allclose(values[:, start + label], published[f"{key}/{label}"] / scale)
    np.testing.assert_allclose(values[:, 1 + 44], np.log10(published["E_layer/44"] + 1e-8))
    np.testing.assert_allclose(values[:, 226], np.log10(published["E_tot"] + 1e-8))


def test_pixels_of_a_profile_along_eta_and_along_the_depth():
    showers = represent(qgen.datasets.load("calogan/e+", stop=10), "profile8")
    values, names = features(showers, "pixels")
    found = dict(zip(names, values.T, strict=True))
    x = -105.0 + 30 * np.arange(8)
    np.testing.assert_allclose(found["centre"], showers.voxels @ x / showers.total_energy, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(found["log_pixel/3"], np.log10(showers.voxels[:, 3].astype(float) + 1e-3))
    showers = represent(qgen.datasets.load("clic/e-", stop=10), "depth3")
    values, names = features(showers, "pixels")
    centre = showers.voxels @ (127.5 * np.array([1, 3, 5]) / 6) / showers.total_energy
    np.testing.assert_allclose(values[:, names.index("centre")], centre, rtol=1e-6)


def test_calogan_set_is_the_energies_and_its_published_variables():
    showers = qgen.datasets.load("calogan/gamma", stop=10)
    values, names = features(showers, "calogan")
    assert names[:3] == ["response", "log_E_inc", "log_E_tot"]
    assert names[3:] == list(calogan(showers))
    for column, name in zip(values.T[3:], names[3:], strict=True):
        np.testing.assert_array_equal(column, calogan(showers)[name])


def test_few_layers_are_their_own_groups():
    ring = (-np.pi, 0.0, np.pi)
    layers = tuple(Layer((ring, (0.0, 1.0, 2.0)), (float(i), i + 1.0), ("angle", "r"), 0.1, i) for i in range(5))
    showers = Showers(np.ones((2, 20)), np.ones(2), Geometry("five", layers))
    assert feature_set(showers.geometry, n_reference=100) == "groups"
    values, names = features(showers, "groups")
    assert [name for name in names if name.startswith("fraction/")] == [f"fraction/{i}" for i in range(5)]
    np.testing.assert_allclose(values[:, names.index("fraction/2")], 0.2)
    assert feature_set(showers.geometry, n_reference=5 * 42) == "calochallenge"
    assert features(showers, "calochallenge")[0].shape == (2, 42)


def test_unknown_set():
    showers = qgen.datasets.load("calogan/e+", stop=1)
    with pytest.raises(InputError, match=r"expected one of calochallenge, .* found 'best'"):
        features(showers, "best")
