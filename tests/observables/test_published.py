"""CaloChallenge's and CaloGAN's variables against the values of their public codes, and against slow loops."""

from pathlib import Path

import h5py
import numpy as np
import pytest

import qgen.datasets
from qgen.geometry import Geometry, Layer
from qgen.observables import calochallenge, calogan
from qgen.representations import represent
from qgen.showers import Showers

DATA = Path(__file__).parents[1] / "data"


def polar(label, radii, divisions):
    angles = tuple(np.linspace(-np.pi, np.pi, divisions + 1).tolist())
    return Layer((angles, radii), (float(label), label + 1.0), ("angle", "r"), 1.0, label)


IRREGULAR = Geometry(
    "irregular",
    (polar(0, (0.0, 5.0, 10.0, 30.0), 1), polar(1, (0.0, 2.0, 8.0), 10), polar(12, (0.0, 50.0, 400.0), 3)),
)
SQUARE = Geometry(
    "square",
    tuple(Layer(((-3.0, -1.0, 3.0), (-2.0, 0.0, 1.0, 4.0)), (i, i + 1.0), label=i) for i in range(3)),
    layer_fastest=True,
)


def random_showers(geometry, n=7):
    rng = np.random.default_rng(11)
    voxels = rng.exponential(2.0, size=(n, geometry.n_voxels)) * rng.integers(0, 2, size=(n, geometry.n_voxels))
    voxels[0] = 0.0
    return Showers(voxels, np.full(n, 1e3), geometry)


def slow_calochallenge(showers):
    """One shower, one cell at a time."""
    features = {}
    for number, layer in enumerate(showers.geometry.layers):
        for row, cells in enumerate(showers.layer(number).astype(float)):
            sums = dict.fromkeys(("E", "empty", "eta", "eta2", "phi", "phi2", "r", "r2"), 0.0)
            for (i, j), energy in np.ndenumerate(cells):
                if energy <= layer.threshold:
                    sums["empty"] += 1
                    continue
                a = (layer.edges[0][i] + layer.edges[0][i + 1]) / 2
                b = (layer.edges[1][j] + layer.edges[1][j + 1]) / 2
                x, y, r = (b * np.cos(a), b * np.sin(a), b) if layer.polar else (a, b, np.hypot(a, b))
                sums["E"] += energy
                for name, value in (("eta", x), ("phi", y), ("r", r)):
                    sums[name] += value * energy
                    sums[f"{name}2"] += value**2 * energy
            found = {"E_layer": sums["E"], "sparsity": sums["empty"] / cells.size, "E_tot": sums["E"]}
            for name in ("eta", "phi", "r"):
                if name == "r" or not (layer.polar and cells.shape[0] == 1):
                    centre = sums[name] / (sums["E"] + 1e-16)
                    variance = sums[f"{name}2"] / (sums["E"] + 1e-16) - centre**2
                    found |= {f"EC_{name}": centre, f"width_{name}": np.sqrt(max(variance, 0.0))}
            for name, value in found.items():
                key = name if name == "E_tot" else f"{name}/{layer.label}"
                features.setdefault(key, np.zeros(len(showers)))[row] += value
    return features


def test_calochallenge_agrees_with_the_public_code():
    with h5py.File(DATA / "calochallenge_features.hdf5") as file:
        geometry = qgen.datasets.load("calochallenge/2", stop=1).geometry
        showers = Showers(file["showers"][:], file["incident_energies"][:, 0], geometry)
        published = {name: values[:] for name, values in file["features"].items()}
    found = calochallenge(showers)
    np.testing.assert_allclose(found.pop("E_tot"), published.pop("E_tot"), rtol=1e-12)
    assert set(found) == {f"{name}/{label}" for name in published for label in range(45)}
    for name, values in published.items():
        ours = np.stack([found[f"{name}/{label}"] for label in range(45)], axis=1)
        # The width of a single hit is the root of a rounding error in both.
        np.testing.assert_allclose(ours, values, rtol=1e-9, atol=1e-6 if "width" in name else 1e-12)


@pytest.mark.parametrize("geometry", [IRREGULAR, SQUARE], ids=lambda geometry: geometry.name)
def test_calochallenge_agrees_with_a_slow_twin(geometry):
    showers = random_showers(geometry)
    found, expected = calochallenge(showers), slow_calochallenge(showers)
    assert set(found) == set(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-9, atol=1e-6, err_msg=name)


def test_calochallenge_follows_the_names_of_the_axes():
    layer = Layer(((-1.0, 1.0, 3.0), (-5.0, 5.0, 15.0)), (0.0, 1.0), ("phi", "eta"))
    found = calochallenge(Showers([[0.0, 0.0, 1.0, 1.0]], [1.0], Geometry("g", (layer,))))
    assert found["EC_phi/0"] == 2
    assert found["width_phi/0"] == 0
    assert found["EC_eta/0"] == 5
    assert found["width_eta/0"] == 5


def test_calochallenge_on_an_image_uses_its_radius():
    showers = qgen.datasets.load("calochallenge/2", stop=3)
    found = calochallenge(represent(showers, "image8x8"))
    assert "EC_r/0" in found
    assert "EC_eta/0" not in found
    assert 0 < found["EC_r/3"].max() < 41.85


def test_calogan_agrees_with_the_public_code():
    showers = qgen.datasets.load(DATA / "calogan_features.hdf5")
    found = calogan(showers)
    with h5py.File(DATA / "calogan_features.hdf5") as file:
        published = {}
        file["features"].visititems(
            lambda name, item: published.update({name: item[:]}) if isinstance(item, h5py.Dataset) else None
        )
    assert set(found) == set(published)
    assert len(found) == 20
    for name, values in published.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-9, atol=1e-12, err_msg=name)


def test_calogan_on_two_layers_by_hand():
    layers = (
        Layer(((-3.0, -1.0, 1.0), (0.0, 1.0, 2.0)), (0.0, 1.0), label=0),
        Layer(((0.0, 1.0), (0.0, 1.0)), (1.0, 2.0), threshold=5.0, label=1),
    )
    showers = Showers([[6.0, 0.0, 1.0, 1.0, 2.0], [0.0] * 5], [10.0, 10.0], Geometry("g", layers))
    f = 2 / (2 + 1e-6)  # the published epsilon gives a layer of one cell a width
    expected = {
        "E_tot": 10, "depth": 1, "lateral_depth": 2, "shower_depth": 0.2, "shower_depth_width": 0.4,
        "E_layer/0": 8, "efrac/0": 0.8, "lateral_width/0": np.sqrt(0.75), "eratio/0": 5 / 7, "occupancy/0": 0.75,
        "E_layer/1": 2, "efrac/1": 0.2, "lateral_width/1": 0.5 * np.sqrt(f - f**2), "eratio/1": 1, "occupancy/1": 0,
    }  # fmt: skip
    found = calogan(showers)
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], [value, 0.0], rtol=1e-6, atol=1e-6, err_msg=name)
