"""Mean image, independent pixels and Gaussian copula on showers of a known distribution."""

import numpy as np
import pytest
from scipy.special import ndtr

from qgen.generators.classical.gaussian_copula import GaussianCopula
from qgen.generators.classical.independent_pixels import IndependentPixels
from qgen.generators.classical.mean_image import MeanImage
from qgen.geometry import Geometry, Layer
from qgen.showers import Showers

GEOMETRY = Geometry("four", (Layer(((0, 1, 2), (0, 1, 2)), (0, 1)),), representation="four")
CORRELATION = np.array([[1, 0.8, 0.3, -0.5], [0.8, 1, 0.2, -0.4], [0.3, 0.2, 1, 0], [-0.5, -0.4, 0, 1]])
OFFSET = np.array([3.0, 4.0, 5.0, 4.0])
CUT = np.array([-9.0, 0.0, 0.3, -0.5])
"""Scores below it are empty pixels: 0, 50, 62 and 31 % of them."""


def latent(n: int, seed: int) -> tuple[Showers, np.ndarray]:
    """Log-normal pixels in a known Gaussian copula, those of low score empty; and the scores."""
    rng = np.random.default_rng(seed)
    z = rng.multivariate_normal(np.zeros(4), CORRELATION, size=n)
    energy = rng.uniform(1e4, 1e5, n)
    fractions = np.where(z > CUT, np.exp(0.3 * z - OFFSET), 0)
    return Showers(fractions * energy[:, None], energy, GEOMETRY), z


@pytest.fixture(scope="module")
def train() -> Showers:
    return latent(6000, 0)[0]


@pytest.fixture(scope="module")
def truth() -> Showers:
    return latent(20000, 1)[0]


@pytest.mark.parametrize("cls", [IndependentPixels, GaussianCopula])
def test_marginals(cls: type, train: Showers, truth: Showers) -> None:
    fake = cls(representation="four").fit(train, seed=0).sample(truth.incident_energy, seed=1)
    f = fake.voxels / fake.incident_energy[:, None]
    first, second = (np.exp(k * (0.045 * k - OFFSET)) * ndtr(0.3 * k - CUT) for k in (1, 2))
    np.testing.assert_allclose((f > 0).mean(axis=0), ndtr(-CUT), atol=0.02)
    np.testing.assert_allclose(f.mean(axis=0), first, rtol=0.04)
    np.testing.assert_allclose((f**2).mean(axis=0), second, rtol=0.06)


def test_independent_pixels_are_independent(train: Showers) -> None:
    fake = IndependentPixels(representation="four").fit(train, seed=0).sample(train.incident_energy, seed=1)
    found = np.corrcoef(fake.voxels.T / fake.incident_energy)
    np.testing.assert_allclose(found, np.eye(4), atol=0.05)


def test_copula_finds_the_correlations_through_empty_pixels(train: Showers) -> None:
    found = GaussianCopula(representation="four", sweeps=20).fit(train, seed=0).correlation_
    np.testing.assert_allclose(found[:4, :4], CORRELATION, atol=0.05)
    np.testing.assert_allclose(found[:4, 4], 0, atol=0.05)


def test_without_sweeps_empty_pixels_wash_correlations_out(train: Showers) -> None:
    found = GaussianCopula(representation="four", sweeps=0).fit(train, seed=0).correlation_
    assert found[0, 1] < 0.7


def test_copula_samples_have_the_correlations(train: Showers, truth: Showers) -> None:
    fake = GaussianCopula(representation="four", sweeps=20).fit(train, seed=0).sample(truth.incident_energy, seed=1)
    found, expected = (np.corrcoef(s.voxels.T / s.incident_energy) for s in (fake, truth))
    np.testing.assert_allclose(found, expected, atol=0.05)


def test_mean_image_repeats_the_mean_fractions(train: Showers) -> None:
    model = MeanImage(representation="four", n_knots=1).fit(train, seed=0)
    fake = model.sample(train.incident_energy, seed=1)
    expected = (train.voxels / train.total_energy[:, None]).mean(axis=0)
    np.testing.assert_allclose(fake.voxels / fake.total_energy[:, None], np.tile(expected, (len(fake), 1)), rtol=1e-4)


def test_mean_image_follows_the_energy() -> None:
    """A fraction linear in ln E comes back exactly between the outer knots."""
    energy = np.exp(np.linspace(np.log(1e4), np.log(1e5), 2000))
    f = np.linspace(0.2, 0.6, 2000)
    voxels = np.column_stack([f, 1 - f, 0 * f, 0 * f]) * energy[:, None]
    fake = MeanImage(representation="four", n_knots=5).fit(Showers(voxels, energy, GEOMETRY), seed=0)
    shower = fake.sample(energy[300:1700], seed=0)
    np.testing.assert_allclose(shower.voxels[:, 0] / shower.total_energy, f[300:1700], rtol=1e-5)
