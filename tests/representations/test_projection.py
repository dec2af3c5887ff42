import numpy as np
import pytest

import qgen.datasets
from qgen.files import InputError
from qgen.geometry import Geometry, Layer
from qgen.representations import projection, represent
from qgen.showers import Showers

SAMPLES = ("clic/e-", "calochallenge/2", "calogan/e+")


@pytest.fixture(scope="module", params=SAMPLES)
def showers(request):
    return qgen.datasets.load(request.param, stop=40)


def cylinder(radii, divisions, depth=1.0):
    """Irregular polar layers, as in CaloChallenge's dataset 1."""
    layers = tuple(
        Layer(
            (tuple(np.linspace(-np.pi, np.pi, n + 1).tolist()), r), (depth * i, depth * (i + 1)), ("angle", "r"), 1.0, i
        )
        for i, (r, n) in enumerate(zip(radii, divisions, strict=True))
    )
    return Geometry("irregular", layers)


IRREGULAR = cylinder([(0, 5, 10, 60), (0, 2, 4, 10, 20), (0, 50, 100), (0, 100, 200), (0, 30)], [1, 10, 10, 1, 1])


@pytest.mark.parametrize("name", ["image8x8", "profile8", "profile5", "depth3"])
def test_conserves_energy_inside_the_window(showers, name):
    project = projection(showers.geometry, name)
    inside = np.asarray(project.matrix.sum(axis=0)).ravel()
    assert inside.min() >= 0
    assert inside.max() <= 1 + 1e-12
    energy = showers.voxels.astype(np.float64)
    np.testing.assert_allclose(project(showers.voxels).sum(axis=1), energy @ inside, rtol=1e-12)
    projected = represent(showers, name)
    np.testing.assert_allclose(projected.total_energy, energy @ inside, rtol=1e-6)
    kept = (energy @ inside).sum() / energy.sum()
    assert projected.provenance["projection"] == {"name": name, "kept": pytest.approx(kept, rel=1e-12)}
    assert projected.geometry.name == showers.geometry.name
    assert projected.geometry.representation == name


def test_clic_pixels_are_sums_of_nine_cells_over_x():
    showers = qgen.datasets.load("clic/e-", stop=200)
    cells = showers.voxels.astype(np.float64).reshape(-1, 25, 25, 25)[:, :, :24, :24]
    expected = cells.sum(axis=1).reshape(-1, 8, 3, 8, 3).sum(axis=(2, 4)).reshape(-1, 64)
    image = represent(showers, "image8x8")
    np.testing.assert_allclose(image.voxels, expected, rtol=1e-6)
    assert image.provenance["projection"]["kept"] == pytest.approx(0.9966, abs=5e-4)
    assert image.voxels.mean(axis=0).reshape(8, 8).sum(axis=1).argmax() == 4
    profile = represent(showers, "profile8")
    whole = showers.voxels.astype(np.float64).reshape(-1, 625, 25)[:, :, :24].sum(axis=1)
    np.testing.assert_allclose(profile.voxels, whole.reshape(-1, 8, 3).sum(axis=2), rtol=1e-6)


def test_cylinder_image_is_radius_by_depth():
    showers = qgen.datasets.load("calochallenge/2", stop=20)
    rings = showers.voxels.astype(np.float64).reshape(-1, 45, 16, 9).sum(axis=2)
    edges, bins = np.arange(10) * 4.65, np.linspace(0, 41.85, 9)
    inner = np.maximum(edges[:-1], bins[:-1, None]) ** 2
    outer = np.minimum(edges[1:], bins[1:, None]) ** 2
    radial = np.maximum(outer - inner, 0) / (edges[1:] ** 2 - edges[:-1] ** 2)
    layers = np.arange(46) / 45
    columns = np.linspace(0, 1, 9)
    along = np.maximum(np.minimum(layers[1:], columns[1:, None]) - np.maximum(layers[:-1], columns[:-1, None]), 0) * 45
    expected = np.einsum("nlr,ir,jl->nij", rings, radial, along).reshape(-1, 64)
    np.testing.assert_allclose(represent(showers, "image8x8").voxels, expected, rtol=1e-5, atol=1e-5)
    assert represent(showers, "image8x8").provenance["projection"]["kept"] == pytest.approx(1, abs=1e-12)


def test_calogan_image_is_phi_by_eta_over_all_depths():
    showers = qgen.datasets.load("calogan/e+", stop=20)
    image = represent(showers, "image8x8")
    (layer,) = image.geometry.layers
    assert layer.axes == ("phi", "eta")
    assert layer.shape == (8, 8)
    assert layer.edges[0] == layer.edges[1] == tuple(np.arange(-120.0, 121.0, 30.0).tolist())
    # Cells of 160 x 5, 40 x 40 and 40 x 80 mm: six whole cells of 5 mm in eta make a pixel, in phi 30/160 of one.
    first, second, third = (showers.layer(i).astype(np.float64) for i in range(3))
    centre = first[:, 1, 48:54].sum(axis=1) * 30 / 160 + second[:, 6, 6] * (30 / 40) ** 2
    centre += third[:, 6, 3] * 30 / 40 * 30 / 80
    np.testing.assert_allclose(image.voxels.reshape(-1, 8, 8)[:, 4, 4], centre, rtol=1e-6)
    profile = represent(showers, "profile8")
    assert profile.geometry.layers[0].shape == (1, 8)
    summed = first.sum(axis=1)[:, 48:54].sum(axis=1)
    summed += second.sum(axis=1)[:, 6] * 30 / 40 + third.sum(axis=1)[:, 3] * 30 / 80
    np.testing.assert_allclose(profile.voxels[:, 4], summed, rtol=1e-6)


def test_depth3():
    calogan = qgen.datasets.load("calogan/pi+", stop=20)
    layers = np.stack([calogan.layer(i).sum(axis=(1, 2), dtype=np.float64) for i in range(3)], axis=1)
    np.testing.assert_allclose(represent(calogan, "depth3").voxels, layers, rtol=1e-6)
    cylinder = qgen.datasets.load("calochallenge/2", stop=20)
    thirds = cylinder.voxels.astype(np.float64).reshape(-1, 3, 15 * 144).sum(axis=2)
    np.testing.assert_allclose(represent(cylinder, "depth3").voxels, thirds, rtol=1e-6)


@pytest.mark.parametrize(("name", "kept"), [("profile5", 1.0), ("depth3", 1.0), ("image8x8", None)])
def test_irregular_layers(name, kept):
    rng = np.random.default_rng(5)
    showers = Showers(rng.gamma(1.0, size=(6, IRREGULAR.n_voxels)), np.full(6, 1e3), IRREGULAR)
    projected = represent(showers, name)
    found = projected.provenance["projection"]["kept"]
    if kept is None:  # the rows end where the smallest layer does, at r = 20 mm
        assert projected.geometry.layers[0].edges[0][-1] == 20
        # Layers 0 to 4: 5..10 mm and a share of 10..60; all; (20/50)^2; (20/100)^2; (20/30)^2 of the first ring.
        expected = showers.layer(0)[:, 0, :2].sum() + showers.layer(0)[:, 0, 2].sum() * (400 - 100) / (3600 - 100)
        expected += showers.layer(1).sum() + showers.layer(2)[:, :, 0].sum() * 0.16
        expected += showers.layer(3)[:, :, 0].sum() * 0.04 + showers.layer(4).sum() * 4 / 9
        kept = expected / showers.total_energy.sum()
    assert found == pytest.approx(kept, rel=1e-6)
    if name == "profile5":
        layers = np.stack([showers.layer(i).sum(axis=(1, 2)) for i in range(5)], axis=1)
        np.testing.assert_allclose(projected.voxels, layers, rtol=1e-6)


def test_what_is_carried_along():
    showers = qgen.datasets.load("calogan/e+", stop=5)
    image = represent(showers, "image8x8")
    assert image.particle == "e+"
    np.testing.assert_array_equal(image.incident_energy, showers.incident_energy)
    np.testing.assert_array_equal(image.extras["overflow"], showers.extras["overflow"])
    assert image.provenance.items() >= showers.provenance.items()
    assert represent(image, "image8x8") is image
    assert represent(showers, "native") is showers
    assert projection(showers.geometry, "image8x8") is projection(showers.geometry, "image8x8")
    assert len(represent(showers.select(slice(0, 0)), "image8x8")) == 0


def test_threshold_is_the_lowest_of_the_cells():
    geometry = qgen.datasets.load("calochallenge/2", stop=1).geometry
    for name in ("image8x8", "profile4", "depth3"):
        assert {layer.threshold for layer in projection(geometry, name).target.layers} == {geometry.layers[0].threshold}


def test_single_layer_of_other_axes_is_its_own_image():
    edges = (0.0, 1.0, 2.0)
    geometry = Geometry("two axes", (Layer((edges, edges), (0.0, 1.0), ("a", "b"), 0.2),))
    image = represent(Showers(np.ones((1, 4)), np.ones(1), geometry), "image8x8")
    np.testing.assert_allclose(image.voxels, np.full((1, 64), 4 / 64), rtol=1e-6)


@pytest.mark.parametrize("name", ["image9x9", "profile", "profile0", "depth4", "_overlap", ""])
def test_unknown_names(name):
    geometry = qgen.datasets.load("calogan/e+", stop=1).geometry
    with pytest.raises(InputError, match=r"expected one of depth3, image8x8, native, profile"):
        projection(geometry, name)


def test_what_cannot_be_projected():
    image = represent(qgen.datasets.load("calogan/e+", stop=1), "image8x8")
    for name in ("profile8", "native"):
        with pytest.raises(InputError, match=f"cannot turn 'image8x8' into '{name}'"):
            represent(image, name)
    ring = (-np.pi, np.pi)
    flat = Geometry("flat", (Layer((ring, (0.0, 1.0)), (0.0, 1.0), ("angle", "r")),))
    for name in ("image8x8", "profile3", "depth3"):
        with pytest.raises(InputError, match="expected several layers"):
            projection(flat, name)
    mixed = Geometry("mixed", (*flat.layers, Layer(((0.0, 1.0), (0.0, 1.0)), (1.0, 2.0))))
    for name in ("image8x8", "profile3", "depth3"):
        with pytest.raises(InputError, match="expected layers with the same axes"):
            projection(mixed, name)
