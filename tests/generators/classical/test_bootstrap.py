import numpy as np

from qgen.generators.classical.bootstrap import Bootstrap
from qgen.geometry import Geometry, Layer
from qgen.showers import Showers

GEOMETRY = Geometry("pair", (Layer(((0, 1, 2), (0, 1)), (0, 1)),), representation="pair")


def showers(n: int = 50) -> Showers:
    rng = np.random.default_rng(0)
    return Showers(rng.uniform(size=(n, 2)), rng.uniform(1e3, 1e5, n), GEOMETRY)


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
