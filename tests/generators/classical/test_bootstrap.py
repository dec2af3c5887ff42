import numpy as np
import pytest

from qgen.generators.classical.bootstrap import Bootstrap, nearest
from qgen.geometry import Geometry, Layer
from qgen.showers import Showers

GEOMETRY = Geometry("pair", (Layer(((0, 1, 2), (0, 1)), (0, 1)),), representation="pair")


def showers(n: int = 50) -> Showers:
    rng = np.random.default_rng(0)
    return Showers(rng.uniform(size=(n, 2)), rng.uniform(1e3, 1e5, n), GEOMETRY)


@pytest.mark.parametrize("k", [1, 3, 8])
def test_nearest_against_brute_force(k: int) -> None:
    rng = np.random.default_rng(1)
    ordered, wanted = np.sort(rng.uniform(size=30)), rng.uniform(-0.2, 1.2, 200)
    first = nearest(ordered, wanted, k)
    for start, value in zip(first, wanted, strict=True):
        found = set(range(start, start + k))
        assert found == set(np.argsort(np.abs(ordered - value))[:k].tolist())


def test_gives_back_the_training_showers_at_their_energies() -> None:
    train = showers()
    fake = Bootstrap(representation="pair", neighbours=1).fit(train, seed=0).sample(train.incident_energy, seed=0)
    np.testing.assert_allclose(fake.voxels, train.voxels, rtol=1e-6)


def test_rescales_to_the_wanted_energy() -> None:
    train = showers()
    energy = np.exp(np.random.default_rng(2).uniform(np.log(3e3), np.log(9e4), 100))
    fake = Bootstrap(representation="pair", neighbours=4).fit(train, seed=0).sample(energy, seed=0)
    ratios = train.voxels / train.incident_energy[:, None]
    for shower, wanted in zip(fake.voxels, energy, strict=True):
        source = np.flatnonzero(np.isclose(ratios, shower / wanted, rtol=1e-5).all(axis=1))
        closer = np.abs(np.log(train.incident_energy / wanted)) < abs(np.log(train.incident_energy[source[0]] / wanted))
        assert closer.sum() < 4
