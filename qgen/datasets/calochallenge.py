"""The layout of CaloChallenge (arXiv 2410.21611), datasets 1, 2 and 3: voxels on cylinders along the shower.

    incident_energies (n, 1)  incident energy [MeV]
    showers (n, n_voxels)     deposited energy [MeV], radius fastest, then angle, then layer

Datasets 2 (6480 voxels) and 3 (40500) have 45 layers, 3.4 mm deep, of 16 x 9 or 50 x 18 cells (angle x r), out to
r = 41.85 mm, and a read-out threshold of 0.5 keV / 0.033 = 15.15 keV. Dataset 1 has layers of its own, which its
binning XML describes; the threshold is 1 MeV. The first angular bin begins at -pi.

The XML gives no depths: layer k of those that have cells is put between k and k + 1 mm.
"""

import xml.etree.ElementTree as ET
from pathlib import Path

import h5py
import numpy as np

from qgen.datasets.layout import MEV, Download, Layout, Usual
from qgen.datasets.table import Table, field, self_describing
from qgen.files import InputError
from qgen.geometry import Geometry, Layer
from qgen.showers import Showers, write_group

__all__ = ["calochallenge"]

N_LAYERS, LAYER_DEPTH, RADIUS = 45, 3.4, 41.85
THRESHOLD = 0.5e-3 / 0.033
THRESHOLD_1 = 1.0
MAX_ANGLES = 10_000
PARTICLES = {"11": "e-", "-11": "e+", "22": "gamma", "211": "pi+", "-211": "pi-"}


def _angles(n: int) -> tuple[float, ...]:
    return tuple(np.linspace(-np.pi, np.pi, n + 1).tolist())


def _cylinder(name: str, n_angles: int, n_radii: int) -> Geometry:
    edges = _angles(n_angles), tuple(np.linspace(0, RADIUS, n_radii + 1).round(6).tolist())
    depths = (np.arange(N_LAYERS + 1) * LAYER_DEPTH).round(6).tolist()
    layers = (
        Layer(edges, (depths[i], depths[i + 1]), axes=("angle", "r"), threshold=THRESHOLD, label=i)
        for i in range(N_LAYERS)
    )
    return Geometry(name, tuple(layers))


BUILT_IN = {
    geometry.n_voxels: geometry
    for geometry in (_cylinder("calochallenge/2", 16, 9), _cylinder("calochallenge/3", 50, 18))
}


def read_binning(path: Path) -> dict[str, Geometry]:
    """The geometries in a binning XML, by particle.

    `<Bins><Bin pid=...><Layer id=... r_edges="0,5,10" n_bin_alpha="10"/>...</Bin></Bins>`; a layer with fewer than
    two edges has no cells.

    Raises:
        InputError: the file is missing, is not XML, or is not of this form.
    """
    try:
        bins = ET.parse(path).getroot().iter("Bin")
        of_particle = {
            PARTICLES.get(entry.get("pid", ""), entry.get("name", "unknown")): _layers(entry) for entry in bins
        }
        geometries = {particle: Geometry("calochallenge/1", layers) for particle, layers in of_particle.items()}
    except (OSError, ET.ParseError, LookupError, ValueError) as error:
        reason = f"attribute {error} is missing" if isinstance(error, KeyError) else error
        raise InputError(f"{path}: expected a CaloChallenge binning XML, found: {reason}") from error
    if not geometries:
        raise InputError(f"{path}: expected a CaloChallenge binning XML, found no element 'Bin'")
    return geometries


def _layers(entry: ET.Element) -> tuple[Layer, ...]:
    layers: list[Layer] = []
    for element in entry.iter("Layer"):
        r = tuple(float(edge) for edge in element.attrib["r_edges"].split(","))
        n_angles = int(element.attrib["n_bin_alpha"])
        if not 1 <= n_angles <= MAX_ANGLES:
            raise ValueError(f"{n_angles} bins in angle, expected 1 to {MAX_ANGLES}")
        angles = _angles(n_angles)
        label, depth = int(element.attrib["id"]), float(len(layers))
        if len(r) > 1:
            layers.append(Layer((angles, r), (depth, depth + 1), ("angle", "r"), THRESHOLD_1, label))
    return tuple(layers)


def _geometry(table: Table, n_voxels: int) -> tuple[Geometry, str]:
    """The geometry of a file by its number of voxels and the user's binning, and the particle."""
    built_in = BUILT_IN.get(n_voxels)
    if self_describing(table.file):
        return table.geometry(), "unknown"
    if table.binning is None:
        if built_in is None:
            sizes = " or ".join(f"{size} ({geometry.name})" for size, geometry in BUILT_IN.items())
            raise InputError(
                f"{table.path}: field 'showers': found {n_voxels} voxels, expected {sizes}; dataset 1 needs its "
                'binning: qgen.load(path, binning="binning_dataset_1_photons.xml")'
            )
        return built_in, "e-"
    offered = read_binning(table.binning)
    fitting = {particle: geometry for particle, geometry in offered.items() if geometry.n_voxels == n_voxels}
    if len(fitting) > 1 and table.particle in fitting:
        fitting = {table.particle: fitting[table.particle]}
    if len(fitting) != 1:
        sizes = ", ".join(f"{geometry.n_voxels} ({particle})" for particle, geometry in offered.items())
        raise InputError(f"{table.path}: field 'showers': found {n_voxels} voxels, {table.binning} describes {sizes}")
    ((particle, geometry),) = fitting.items()
    if built_in is None:
        return geometry, particle
    if [layer.edges for layer in geometry.layers] != [layer.edges for layer in built_in.layers]:
        raise InputError(f"{table.binning}: found other bin edges than those of {built_in.name}")
    return built_in, particle


def _matches(file: h5py.File) -> bool:
    return "showers" in file and "incident_energies" in file and not self_describing(file)


def _read(table: Table) -> Showers:
    energy = table.incident_energy(unit=MEV)
    shape = field(table.file, table.path, "showers").shape
    if len(shape) != 2:
        raise InputError(f"{table.path}: field 'showers': expected shape (n, n_voxels), found {shape}")
    geometry, particle = _geometry(table, shape[1])
    return table.showers(table.voxels("showers", geometry.n_voxels), energy, geometry, particle=particle)


def _download(number: int, record: int, example: str, options: str = "") -> Download:
    url = f"https://zenodo.org/records/{record}"
    return Download(f"calochallenge/{number}", (f"dataset_{number}_*.hdf5",), example, url, options)


calochallenge = Layout(
    name="calochallenge",
    energy=("incident_energies",),
    cells=("showers",),
    matches=_matches,
    read=_read,
    write=write_group,
    usual=Usual(response=0.95, energies=(250.0, 4.2e6)),
    downloads=(
        _download(1, 8099322, "dataset_1_photons_1.hdf5", ', binning="binning_dataset_1_photons.xml"'),
        _download(2, 6366271, "dataset_2_1.hdf5"),
        _download(3, 6366324, "dataset_3_1.hdf5"),
    ),
)
