"""Small files in the public layouts, written with h5py alone, so that the readers are tested against the formats."""

import h5py
import numpy as np

FIELDS = {
    "calogan": {"energy": (1,), "layer_0": (3, 96), "layer_1": (12, 12), "layer_2": (12, 6), "overflow": (3,)},
    "calochallenge": {"incident_energies": (1,), "showers": (6480,)},
    "clic": {"energy": (1,), "ECAL": (25, 25, 25)},
}
ENERGY = {"calogan": "energy", "calochallenge": "incident_energies", "clic": "energy"}
RESPONSE = {"calogan": 1.0, "calochallenge": 0.95, "clic": 0.022}
"""E_tot/E_inc of the published showers."""
GEV = {"calogan": {"energy"}, "calochallenge": set(), "clic": {"energy", "ECAL"}}
"""Fields in GeV; the others are in MeV."""

BINNING = """<Bins>
  <Bin pid="22" etaMin="0" etaMax="130" name="photon">
    <Layer id="0" r_edges="0,5,10,30" n_bin_alpha="1"/>
    <Layer id="1" r_edges="0,2,4" n_bin_alpha="10"/>
    <Layer id="2" r_edges="0" n_bin_alpha="1"/>
    <Layer id="12" r_edges="0,100,400" n_bin_alpha="1"/>
  </Bin>
</Bins>
"""
"""Of the form of dataset 1's: 3 + 20 + 0 + 2 = 25 voxels."""


def contents(layout, n=20, seed=0):
    """The fields of a file with n showers: cells with the layout's usual response, energies of 1-100 GeV."""
    rng = np.random.default_rng(seed)
    energy = rng.uniform(1e3, 1e5, n)
    cells = [name for name in FIELDS[layout] if name not in (ENERGY[layout], "overflow")]
    sizes = [int(np.prod(FIELDS[layout][name])) for name in cells]
    shares = rng.dirichlet(np.ones(sum(sizes)), n) * (rng.random((n, sum(sizes))) < 0.9)
    shares *= RESPONSE[layout] / shares.sum(1, keepdims=True)
    parts = np.split(shares * energy[:, None], np.cumsum(sizes)[:-1], axis=1)
    data = {ENERGY[layout]: energy[:, None]}
    data |= {name: part.reshape(n, *FIELDS[layout][name]) for name, part in zip(cells, parts, strict=True)}
    if layout == "calogan":
        data["overflow"] = rng.random((n, 3))
    scaled = {name: values / 1000 if name in GEV[layout] else values for name, values in data.items()}
    return {name: values.astype(np.float32) for name, values in scaled.items()}


def write(path, fields, attributes=(), **options):
    with h5py.File(path, "w") as file:
        for name, values in fields.items():
            file.create_dataset(name, data=values, **options)
        file.attrs.update(dict(attributes))
    return path
