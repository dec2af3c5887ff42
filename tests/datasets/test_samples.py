"""The embedded GEANT4 showers, and the texts about them."""

from pathlib import Path

import numpy as np
import pytest

import qgen.datasets
from qgen.datasets import available, catalogue, describe, detect, load, save, summary

COUNTS = {"calogan/e+": 4500, "calogan/gamma": 4500, "calogan/pi+": 5500, "calochallenge/2": 4200, "clic/e-": 5500}
SAMPLES = Path(qgen.datasets.__file__).parent / "samples"


def test_what_is_there_and_how_large_it_is():
    entries = {entry["name"]: entry for entry in available()}
    assert {name: entry["n_showers"] for name, entry in entries.items()} == COUNTS
    assert sum(path.stat().st_size for path in SAMPLES.iterdir()) <= 40_000_000
    assert sum(entry["megabytes"] for entry in entries.values()) <= 40


@pytest.mark.parametrize("name", list(COUNTS))
def test_a_sample_is_in_its_public_layout_and_says_what_it_is(name):
    folder, _, particle = name.partition("/")
    assert detect(name) == folder
    showers = load(name, stop=50)
    assert showers.particle == ("e-" if particle == "2" else particle)
    assert showers.geometry.name.partition("/")[0] == folder
    assert "not the published files" in showers.provenance["note"]
    assert showers.provenance["geant4"] == "11.4.0"
    assert {"seeds", "spectrum", "physics_em", "production_cut_mm", "origin"} <= showers.provenance.keys()


@pytest.mark.parametrize(
    ("name", "response"),
    [("calogan/e+", 1.0), ("calogan/gamma", 1.0), ("calogan/pi+", 0.3), ("calochallenge/2", 0.95), ("clic/e-", 0.022)],
)
def test_the_response_is_that_of_the_calorimeter(name, response):
    showers = load(name, stop=400)
    assert np.mean(showers.total_energy / showers.incident_energy) == pytest.approx(response, rel=0.1)


@pytest.mark.parametrize(("name", "published"), [("calogan/e+", 0.165), ("calogan/gamma", 0.12)])
def test_calogan_first_layer_share_peaks_where_the_published_one_does(name, published):
    showers = load(name)
    share = showers.layer(0).sum((1, 2)) / showers.total_energy
    counts, edges = np.histogram(share, bins=np.arange(0, 0.6, 0.02))
    peak = edges[counts.argmax()] + 0.01
    assert peak == pytest.approx(published, abs=0.02)


def test_showers_are_where_the_axes_say():
    """CLIC and CaloGAN: the core is at the middle of the face. Dataset 2: alike in angle, densest at r = 0."""
    clic = load("clic/e-", stop=200)
    image = sum(clic.layer(z) for z in range(25)).sum(0)
    assert np.unravel_index(image.argmax(), image.shape) == (12, 12)
    profile = [clic.layer(z).sum() for z in range(25)]
    assert int(np.argmax(profile)) == 8
    calogan = load("calogan/e+", stop=500)
    strips = calogan.layer(0).sum(0)
    assert strips.sum(1).argmax() == 1
    assert strips.sum(0).argmax() in (47, 48)
    cylinder = load("calochallenge/2", stop=500)
    polar = sum(cylinder.layer(i) for i in range(45)).sum(0)
    angular = polar.sum(1)
    assert np.ptp(angular) / angular.mean() < 0.1
    density = polar.sum(0) / np.arange(1, 18, 2)
    assert (np.diff(density) < 0).all()


def test_the_catalogue_lists_samples_and_downloads():
    text = catalogue()
    for word in (*COUNTS, "not the published files", "zenodo.org/records/6366324", "pvn3xc3wy5", "qgen.load("):
        assert word in text


def test_summary_in_closed_form():
    layers = (
        qgen.Layer(((0.0, 1.0, 2.0), (0.0, 1.0)), (0.0, 1.0), threshold=0.5, label=4),
        qgen.Layer(((0.0, 1.0), (0.0, 1.0)), (1.0, 3.0)),
    )
    showers = qgen.showers.Showers(
        [[1.0, 0.5, 0.0], [2.0, 0.0, 4.5]], [10.0, 13.0], qgen.Geometry("toy", layers), "e-", {"seed": 1}
    )
    data = summary(showers)
    assert (data["n_showers"], data["n_voxels"], data["geometry"], data["particle"]) == (2, 3, "toy", "e-")
    assert data["incident_energy"] == {"min": 10.0, "mean": 11.5, "max": 13.0}
    assert data["total_energy"] == {"min": 1.5, "mean": 4.0, "max": 6.5}
    assert data["response"] == pytest.approx({"mean": (0.15 + 0.5) / 2, "sd": (0.5 - 0.15) / 2})
    assert [layer["energy_fraction"] for layer in data["layers"]] == [3.5 / 8, 4.5 / 8]
    assert [layer["occupancy"] for layer in data["layers"]] == [0.5, 0.5]
    assert data["occupancy"] == 0.5
    assert data["layers"][0] | {"energy_fraction": 0, "occupancy": 0} == {
        "label": 4,
        "axes": ["x", "y"],
        "shape": [2, 1],
        "depth": [0.0, 1.0],
        "energy_fraction": 0,
        "occupancy": 0,
    }
    text = describe(showers)
    for line in (
        "showers                2 x 3 voxels",
        "incident energy [GeV]  0.01 .. 0.0115 .. 0.013",
        "4      2 x 1",
    ):
        assert line in text


def test_describe_is_the_same_after_a_round_trip(tmp_path):
    showers = load("calogan/pi+", stop=100)
    save(showers, tmp_path / "a.hdf5")
    assert describe(load(tmp_path / "a.hdf5")) == describe(showers)
