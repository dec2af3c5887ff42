"""Training showers that no calorimeter gave: a line says so, and what is generated stays within what a fit can know."""

import warnings

import numpy as np
import pytest

import qgen
from qgen.files import InputError
from qgen.generators.spec import create
from qgen.showers import Showers

N = 60
SHORT = ("qvae:epochs=1,partitions=[4,4,4]", "qgan:epochs=1,depth=1,n_latent=2", "classical/mean_image")


@pytest.fixture(scope="module")
def usual():
    return qgen.represent(qgen.load("clic/e-", stop=N), "image8x8")


def changed(showers: Showers, *, voxels=None, energy=None) -> Showers:
    voxels = showers.voxels if voxels is None else np.asarray(voxels, dtype=np.float32)
    energy = showers.incident_energy if energy is None else energy
    return Showers(voxels, energy, showers.geometry, showers.particle)


@pytest.mark.parametrize("name", SHORT)
@pytest.mark.parametrize("damage", ["an energy near zero", "a shower that is far too bright"])
def test_one_damaged_shower_does_not_move_the_others(usual, name, damage):
    """They had 1e5 and 5e8 times the true median."""
    energy, voxels = usual.incident_energy.copy(), usual.voxels.astype(np.float64)
    if damage == "an energy near zero":
        energy[3] = 1e-6
    else:
        voxels[3] *= 1e12
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        model = create(name).fit(changed(usual, voxels=voxels, energy=energy), seed=0)
    assert "fit: 1 of 60 training showers deposit more than 1000 times the usual share" in str(told[0].message)
    asked = np.quantile(usual.incident_energy, np.linspace(0.1, 0.9, 30))
    ratio = np.median(model.sample(asked, seed=1).total_energy) / np.median(usual.total_energy)
    assert 0.3 < ratio < 3


@pytest.mark.parametrize(
    ("voxels", "energy", "told"),
    [
        (lambda v: np.where(np.arange(N)[:, None] < 5, v, 0), None, "55 of 60 training showers are empty"),
        (lambda v: v * 1e-12, None, "training showers deposit 2e-14 of their energy"),
        (
            None,
            lambda e: np.where(np.arange(N) == 1, e * 1e-9, e),
            "1 of 60 incident energies are more than 1e+06 times",
        ),
    ],
)
def test_what_is_strange_is_told(usual, voxels, energy, told):
    showers = changed(
        usual,
        voxels=None if voxels is None else voxels(usual.voxels),
        energy=None if energy is None else energy(usual.incident_energy),
    )
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        create("classical/bootstrap").fit(showers, seed=0)
    assert any(told in str(one.message) for one in found)


def test_what_is_usual_is_not(usual):
    for sample in ("clic/e-", "calogan/pi+", "calochallenge/2"):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            create("classical/bootstrap:representation=native").fit(qgen.load(sample, stop=400), seed=0)


def test_a_gan_needs_showers_with_energy(usual):
    voxels = np.zeros_like(usual.voxels)
    voxels[:3] = usual.voxels[:3]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(InputError, match="expected at least 20 showers with energy, found 3"):
            create("qgan:epochs=1").fit(changed(usual, voxels=voxels), seed=0)
