import numpy as np
import pytest

import qgen.datasets
from qgen.files import InputError
from qgen.observables import classifier_inputs, features
from qgen.representations import represent
from qgen.showers import Showers


def test_low_levels_of_a_cylinder():
    """Dataset 2: 45 layers of 144 voxels, read out above 15.15 keV."""
    showers = qgen.datasets.load("calochallenge/2", stop=20)
    energy = np.where(showers.voxels > 0.5e-3 / 0.033, showers.voxels, 0).astype(np.float64)
    low, normalised = (classifier_inputs(showers, level) for level in ("low", "low_normalised"))
    np.testing.assert_array_equal(low[:, 0], np.log10(showers.incident_energy))
    np.testing.assert_array_equal(low[:, 1:], energy / showers.incident_energy[:, None])
    layers = energy.reshape(-1, 45, 144)
    sums = layers.sum(axis=2)
    assert normalised.shape == (20, 1 + 6480 + 45)
    np.testing.assert_array_equal(normalised[:, 0], low[:, 0])
    np.testing.assert_allclose(normalised[:, 1:6481].reshape(layers.shape), layers / (sums[:, :, None] + 1e-16))
    np.testing.assert_allclose(normalised[:, 6481:], np.log10(sums + 1e-8))


def test_voxels_below_the_threshold_are_not_read_out():
    showers = qgen.datasets.load("calochallenge/2", stop=5)
    noise = np.where(showers.voxels == 0, np.float32(0.5e-3 / 0.033), 0)
    noisy = Showers(showers.voxels + noise, showers.incident_energy, showers.geometry)
    for level in ("low", "low_normalised", "high"):
        np.testing.assert_array_equal(classifier_inputs(noisy, level), classifier_inputs(showers, level))


def test_layers_that_run_fastest():
    """8x8 images of CLIC: pixel = 8 row + column, and a column is a layer."""
    showers = represent(qgen.datasets.load("clic/e-", stop=10), "image8x8")
    image = showers.voxels.reshape(-1, 8, 8).astype(np.float64)
    columns = image.sum(axis=1)
    found = classifier_inputs(showers, "low_normalised")
    np.testing.assert_allclose(found[:, 1:65].reshape(image.shape), image / (columns[:, None] + 1e-16))
    np.testing.assert_allclose(found[:, 65:], np.log10(columns + 1e-8))


def test_empty_showers_are_finite():
    showers = qgen.datasets.load("calogan/e+", stop=2)
    empty = Showers(0 * showers.voxels, showers.incident_energy, showers.geometry)
    found = classifier_inputs(empty, "low_normalised")
    np.testing.assert_array_equal(found[:, 1:505], 0)
    np.testing.assert_allclose(found[:, 505:], -8)


def test_high_level():
    cylinder = qgen.datasets.load("calochallenge/2", stop=10)  # few showers, yet the published vector
    np.testing.assert_array_equal(classifier_inputs(cylinder, "high"), features(cylinder, "calochallenge")[0])
    box = qgen.datasets.load("calogan/pi+", stop=10)
    np.testing.assert_array_equal(classifier_inputs(box, "high"), features(box, "calogan")[0])
    image = represent(box, "image8x8")
    np.testing.assert_array_equal(classifier_inputs(image, "high"), features(image, "image")[0])


def test_unknown_level():
    with pytest.raises(InputError, match="expected one of low, low_normalised, high, found 'middle'"):
        classifier_inputs(qgen.datasets.load("calogan/e+", stop=1), "middle")
