"""The layout of 3DGAN's CLIC electromagnetic calorimeter (arXiv 1912.06794): 25 x 25 x 25 cells.

    ECAL   (n, 25, 25, 25)  energy in the silicon [GeV], axes x, y, z (depth); voxel = (x * 25 + y) * 25 + z
    energy (n, 1) or (n,)   incident energy [GeV]; older files have it as column 1 of `target`

Cells are 5.1 mm wide and layers 5.1 mm apart. The silicon's energy is not calibrated: its sum is about 2.2 % of
the incident energy.
"""

import h5py
import numpy as np

from qgen.datasets.layout import GEV, Download, Layout, Usual, particle_by_name, write_field
from qgen.datasets.table import Table
from qgen.files import InputError
from qgen.geometry import Geometry, Layer
from qgen.showers import Showers, write_attributes

__all__ = ["clic"]

CELLS, PITCH = 25, 5.1
SHAPE = (CELLS, CELLS, CELLS)
PARTICLES = {"Ele": "e-", "Gamma": "gamma", "Pi0": "pi0"}


def _geometry() -> Geometry:
    edges = tuple(((np.arange(CELLS + 1) - CELLS / 2) * PITCH).round(6).tolist())
    depths = (np.arange(CELLS + 1) * PITCH).round(6).tolist()
    layers = (Layer((edges, edges), (depths[z], depths[z + 1]), axes=("x", "y"), label=z) for z in range(CELLS))
    return Geometry("clic", tuple(layers), layer_fastest=True)


GEOMETRY = _geometry()


def _matches(file: h5py.File) -> bool:
    return "ECAL" in file and ("energy" in file or "target" in file)


def _read(table: Table) -> Showers:
    energy = table.incident_energy(unit=GEV, column=1 if table.energy == "target" else None)
    voxels = table.voxels("ECAL", *SHAPE, unit=GEV)
    return table.showers(voxels, energy, GEOMETRY, particle=particle_by_name(table, PARTICLES))


def _write(group: h5py.Group, showers: Showers) -> None:
    geometry = showers.geometry
    if not geometry.layer_fastest or [layer.shape for layer in geometry.layers] != [SHAPE[:2]] * CELLS:
        raise InputError(f"save: layout 'clic' expects 25 x 25 x 25 cells, found geometry {geometry.name!r}")
    write_field(group, "energy", showers.incident_energy[:, None] / GEV)
    write_field(group, "ECAL", (showers.voxels / np.float32(GEV)).reshape(-1, *SHAPE))
    write_attributes(group, showers)


clic = Layout(
    name="clic",
    energy=("energy", "target"),
    cells=("ECAL",),
    matches=_matches,
    read=_read,
    write=_write,
    usual=Usual(response=0.022, energies=(1e3, 5.1e5), energy_unit="GeV", voxel_unit="GeV"),
    downloads=(
        Download(
            "clic",
            files=("EleEscan_*.h5",),
            example="EleEscan_1_1.h5",
            url="https://zenodo.org/records/3603122 (Ele_FixedAngle.tar.gz)",
        ),
    ),
)
