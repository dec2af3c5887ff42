"""Samples in CaloChallenge's geometries are what the challenge's public evaluation script takes.

That script (github.com/CaloChallenge/homepage, code/evaluate.py) opens a file with h5py, takes the number of events
from `incident_energies`, compares it and the number of voxels of its dataset with the shape of `showers`, reads both
whole, and joins log10 of the energies, showers over energies and a label along axis 1: the energies are a column.
"""

from itertools import product

import h5py
import numpy as np
import pytest
from properties.strategies import CALORIMETERS, REPRESENTATIONS

import qgen
from qgen.cli import main
from qgen.datasets.calochallenge import BUILT_IN, read_binning
from qgen.showers import Showers

N_VOXELS = {"1-photons": 368, "1-pions": 533, "2": 6480, "3": 40500}
LAYERS = {
    "1-photons": ("22", [(0, 8, 1), (1, 16, 10), (2, 19, 10), (3, 5, 1), (12, 5, 1)]),
    "1-pions": ("211", [(0, 8, 1), (1, 10, 10), (2, 10, 10), (3, 5, 1), (12, 15, 10), (13, 16, 10), (14, 10, 1)]),
}
"""Particle; label, bins in r and bins in angle of the layers of dataset 1 (2410.21611)."""


def as_public_script_reads(path, dataset):
    """Showers and energies, by the steps and with the demands of the public script."""
    with h5py.File(path, "r") as file:
        n_events = file["incident_energies"].shape[0]
        assert file["showers"].shape[0] == n_events
        assert file["showers"].shape[1] == N_VOXELS[dataset]
        voxels, energies = file["showers"][:], file["incident_energies"][:]
    joined = np.concatenate([np.log10(energies), 100.0 * voxels / energies, 0.0 * np.ones_like(energies)], axis=1)
    assert joined.shape == (n_events, N_VOXELS[dataset] + 2)
    assert energies.shape == (n_events, 1)
    return voxels, energies[:, 0]


def geometry_of(dataset, folder):
    if dataset in ("2", "3"):
        return BUILT_IN[N_VOXELS[dataset]]
    pid, layers = LAYERS[dataset]
    text = "".join(
        f'<Layer id="{label}" r_edges="{",".join(map(str, range(n_r + 1)))}" n_bin_alpha="{n_angles}"/>'
        for label, n_r, n_angles in layers
    )
    path = folder / "binning.xml"
    path.write_text(f'<Bins><Bin pid="{pid}">{text}</Bin></Bins>')
    (geometry,) = read_binning(path).values()
    return geometry


@pytest.mark.parametrize("dataset", N_VOXELS)
def test_showers_of_every_dataset(tmp_path, dataset):
    geometry = geometry_of(dataset, tmp_path)
    rng = np.random.default_rng(0)
    showers = Showers(rng.gamma(0.2, 5.0, (4, geometry.n_voxels)), rng.uniform(1e3, 1e6, 4), geometry)
    qgen.save(showers, tmp_path / "samples.hdf5")
    voxels, energies = as_public_script_reads(tmp_path / "samples.hdf5", dataset)
    np.testing.assert_array_equal(voxels, showers.voxels)
    np.testing.assert_array_equal(energies, showers.incident_energy)


def test_generated_showers_have_the_energies_of_the_reference_in_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    reference = qgen.load("calochallenge/2", stop=60)
    qgen.save(reference, "reference.hdf5")
    options = ["--dataset", "reference.hdf5", "--representation", "native", "--out", "run"]
    assert main(["fit", "classical/bootstrap", *options]) == 0
    assert main(["sample", "run", "--energies", "reference.hdf5", "--out", "samples.hdf5"]) == 0
    _, wanted = as_public_script_reads("reference.hdf5", "2")
    voxels, energies = as_public_script_reads("samples.hdf5", "2")
    np.testing.assert_array_equal(energies, wanted)
    assert np.isfinite(voxels).all()
    assert voxels.min() >= 0
    assert main(["sample", "run", "--out", "scored.hdf5"]) == 0
    _, test = reference.split(0.7, seed=0)
    np.testing.assert_array_equal(as_public_script_reads("scored.hdf5", "2")[1], test.incident_energy)


@pytest.mark.parametrize(
    ("name", "representation"), [*product(CALORIMETERS, REPRESENTATIONS), ("calochallenge/3", "native")]
)
def test_one_shower_of_every_geometry_comes_back(tmp_path, name, representation):
    geometry = BUILT_IN[40500] if name == "calochallenge/3" else CALORIMETERS[name]
    voxels = np.random.default_rng(1).gamma(0.2, 5.0, (1, geometry.n_voxels)).astype(np.float32)
    one = qgen.represent(Showers(voxels, [5e4], geometry, "e-"), representation)
    qgen.save(one, tmp_path / "a.hdf5")
    again = qgen.load(tmp_path / "a.hdf5")
    assert again.geometry == one.geometry
    assert again.particle == "e-"
    np.testing.assert_array_equal(again.incident_energy, [5e4])
    in_gev = name == "clic" and representation == "native"
    np.testing.assert_array_max_ulp(again.voxels, one.voxels, maxulp=int(in_gev))
