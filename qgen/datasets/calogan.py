"""CaloGAN's layout (arXiv 1712.10321): three layers of unequal cells in one box of lead and liquid argon.

    energy   (n, 1)      incident energy [GeV]
    layer_0  (n, 3, 96)  deposited energy [MeV], axis 0 along phi, axis 1 along eta; absorber included
    layer_1  (n, 12, 12)
    layer_2  (n, 12, 6)
    overflow (n, 3)      deposited outside the layers' windows [MeV]; optional, kept in extras

The front face is 480 x 480 mm; the layers end at depths of 90, 437 and 480 mm; cells are 160 x 5, 40 x 40 and
40 x 80 mm (phi x eta).
"""

from dataclasses import replace

import h5py
import numpy as np

from qgen.datasets.layout import GEV, Download, Layout, Usual, particle_by_name, write_field
from qgen.datasets.table import Table
from qgen.files import InputError
from qgen.geometry import Geometry, Layer
from qgen.showers import Showers, write_attributes

__all__ = ["calogan"]

HALF_WIDTH = 240.0
DEPTHS = ((0.0, 90.0), (90.0, 437.0), (437.0, 480.0))
SHAPES = ((3, 96), (12, 12), (12, 6))
PARTICLES = {"eplus": "e+", "gamma": "gamma", "piplus": "pi+"}


def _layer(label: int) -> Layer:
    phi, eta = (tuple(np.linspace(-HALF_WIDTH, HALF_WIDTH, cells + 1).tolist()) for cells in SHAPES[label])
    return Layer((phi, eta), DEPTHS[label], axes=("phi", "eta"), label=label)


GEOMETRY = Geometry("calogan", tuple(_layer(label) for label in range(3)))
FIELDS = tuple(f"layer_{label}" for label in range(3))


def _matches(file: h5py.File) -> bool:
    return all(name in file for name in ("energy", *FIELDS))


def _read(table: Table) -> Showers:
    energy = table.incident_energy(unit=GEV)
    layers = [table.voxels(name, *shape) for name, shape in zip(FIELDS, SHAPES, strict=True)]
    extras = {"overflow": table.energies("overflow", 3)} if "overflow" in table.file else {}
    particle = particle_by_name(table, PARTICLES)
    return table.showers(np.concatenate(layers, axis=1), energy, GEOMETRY, particle=particle, extras=extras)


def _write(group: h5py.Group, showers: Showers) -> None:
    geometry = showers.geometry
    if geometry.layer_fastest or tuple(layer.shape for layer in geometry.layers) != SHAPES:
        raise InputError(f"save: layout 'calogan' expects layers of {SHAPES} cells, found geometry {geometry.name!r}")
    extras = dict(showers.extras)
    write_field(group, "energy", showers.incident_energy[:, None] / GEV)
    for label, name in enumerate(FIELDS):
        write_field(group, name, showers.layer(label))
    if "overflow" in extras:
        write_field(group, "overflow", extras.pop("overflow"))
    write_attributes(group, replace(showers, extras=extras))


calogan = Layout(
    name="calogan",
    energy=("energy",),
    cells=FIELDS,
    matches=_matches,
    read=_read,
    write=_write,
    usual=Usual(response=1.0, energies=(1e3, 1e5), energy_unit="GeV"),
    downloads=(
        Download(
            "calogan",
            files=("eplus.hdf5", "gamma.hdf5", "piplus.hdf5"),
            example="eplus.hdf5",
            url="https://data.mendeley.com/datasets/pvn3xc3wy5/1",
        ),
    ),
)
