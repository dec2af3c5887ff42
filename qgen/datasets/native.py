"""qgen's own layout: CaloChallenge's names and units, and attributes that describe everything else.

    incident_energies (n, 1)  incident energy [MeV]
    showers (n, n_voxels)     deposited energy [MeV]
    extras/<name> (n, ...)    further arrays with one row per shower
    attributes                geometry (JSON), particle, provenance (JSON)

It holds any geometry, images included.
"""

import h5py

from qgen.datasets.layout import MEV, Layout
from qgen.datasets.table import Table, self_describing
from qgen.showers import Showers, write_group

__all__ = ["native"]


def _matches(file: h5py.File) -> bool:
    return "showers" in file and "incident_energies" in file and self_describing(file)


def _read(table: Table) -> Showers:
    geometry = table.geometry()
    energy = table.incident_energy(unit=MEV)
    return table.showers(table.voxels("showers", geometry.n_voxels), energy, geometry, particle="unknown")


native = Layout(
    name="native",
    energy=("incident_energies",),
    cells=("showers",),
    matches=_matches,
    read=_read,
    write=write_group,
)
