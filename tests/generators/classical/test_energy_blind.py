"""Controls that must fail, on real showers: what they hand out, shower by shower."""

import numpy as np
import pytest

import qgen
from qgen.files import InputError
from qgen.generators.classical.energy_blind import EnergyBlind
from qgen.generators.classical.energy_blind_shape import EnergyBlindShape
from qgen.geometry import Geometry, Layer
from qgen.showers import Showers


@pytest.fixture(scope="module")
def parts() -> tuple[Showers, Showers]:
    return qgen.load("calogan/pi+", stop=600).split(0.6, seed=0)


def test_energy_blind_hands_out_training_showers_as_they_are(parts) -> None:
    """Each once, voxel by voxel, under energies that have nothing to do with their own."""
    train, test = parts
    fake = EnergyBlind(representation="native").fit(train, seed=0).sample(test.incident_energy, seed=1)
    np.testing.assert_array_equal(fake.incident_energy, test.incident_energy)
    known = {shower.tobytes(): i for i, shower in enumerate(train.voxels)}
    source = [known[shower.tobytes()] for shower in fake.voxels]
    assert len(set(source)) == len(test)
    correlation = np.corrcoef(train.incident_energy[source], test.incident_energy)[0, 1]
    assert abs(correlation) < 4 / np.sqrt(len(test))


def test_energy_blind_shape_has_the_total_of_the_nearest_and_the_shape_of_any(parts) -> None:
    train, test = parts
    fake = EnergyBlindShape(representation="native").fit(train, seed=0).sample(test.incident_energy, seed=1)
    away = np.abs(np.log(train.incident_energy) - np.log(test.incident_energy)[:, None])
    nearest = away <= away.min(axis=1, keepdims=True)  # energies are rounded, so that some have two
    of_train, of_fake = (showers.total_energy / showers.incident_energy for showers in (train, fake))
    assert (nearest & np.isclose(of_fake[:, None], of_train, rtol=1e-5)).any(axis=1).all()
    shapes = train.voxels / train.total_energy[:, None]
    distance = np.array([np.abs(shapes - shape).sum(axis=1) for shape in fake.voxels / fake.total_energy[:, None]])
    source = distance.argmin(axis=1)
    assert distance.min(axis=1).max() < 1e-4
    assert len(set(source)) == len(test)
    correlation = np.corrcoef(train.incident_energy[source], test.incident_energy)[0, 1]
    assert abs(correlation) < 4 / np.sqrt(len(test))


@pytest.mark.filterwarnings("ignore:fit:")
def test_a_shower_without_energy_has_no_shape() -> None:
    """It is no source of one, but its response of zero is as good as another."""
    geometry = Geometry("pair", (Layer(((0, 1, 2), (0, 1)), (0, 1)),), representation="pair")
    energy = np.linspace(1e3, 1e5, 40)
    voxels = np.outer(np.arange(40) % 2, [1.0, 3.0])
    fake = EnergyBlindShape(representation="pair").fit(Showers(voxels, energy, geometry), seed=0).sample(energy, seed=1)
    np.testing.assert_allclose(fake.voxels, voxels, rtol=1e-6)
    nothing = EnergyBlindShape(representation="pair").fit(Showers(0 * voxels, energy, geometry), seed=0)
    with pytest.raises(InputError, match="expected training showers that left energy, found none"):
        nothing.sample(energy, seed=1)
