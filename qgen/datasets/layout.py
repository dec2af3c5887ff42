"""What a public layout is: the fields of its files, how they become Showers and back, and where to get them.

A layout is one file of this folder with one `Layout` in its `__all__`; the folder is the registry.
Units are checked by the mean response R = <E_tot / E_inc>: a field that is in keV instead of MeV, or in GeV
instead of MeV, puts R off by a factor 1000 from what that calorimeter's showers have.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePath
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from qgen.datasets.table import Table
from qgen.showers import Showers

__all__ = ["Download", "Layout", "UnitWarning", "Usual", "check_units", "particle_by_name", "write_field"]

MEV, GEV = 1.0, 1000.0
_PREFIXES = ("keV", "MeV", "GeV", "TeV")


class UnitWarning(UserWarning):
    """A file's response is about a factor 1000 off: one of its fields is likely in another unit."""


@dataclass(frozen=True)
class Download:
    """Where a published dataset is.

    Attributes:
        name: what it is called here, e.g. "calochallenge/3".
        files: patterns of its files' names.
        example: one of them.
        url: its page.
        options: what `qgen.load` needs besides the path, as typed.
    """

    name: str
    files: tuple[str, ...]
    example: str
    url: str
    options: str = ""

    def advice(self) -> str:
        """Where to get it and what to type next, on one line."""
        files = ", ".join(self.files)
        return f'get {files} from {self.url}, then type qgen.load("{self.example}"{self.options})'

    def answers_to(self, source: str) -> bool:
        """Whether a name or a path that was not found means this dataset."""
        name = PurePath(source).name
        return f"{source}/".startswith(f"{self.name}/") or any(fnmatch(name, pattern) for pattern in self.files)


@dataclass(frozen=True)
class Usual:
    """What published showers of a layout look like, for the check of units.

    Attributes:
        response: mean of E_tot / E_inc.
        energies: lowest and highest incident energy [MeV].
        energy_unit: unit of the field with the incident energies.
        voxel_unit: unit of the fields with the deposited energies.
    """

    response: float
    energies: tuple[float, float]
    energy_unit: str = "MeV"
    voxel_unit: str = "MeV"


@dataclass(frozen=True)
class Layout:
    """A public file layout.

    Attributes:
        name: also the first part of the names of its geometries.
        energy: names of the field with the incident energies; the first one that is there counts.
        cells: names of the fields with the deposited energies.
        matches: whether an open file is in this layout, by its fields.
        read: the rows of a table as Showers.
        write: put showers into an empty file or group; refuses other geometries with an InputError.
        usual: how its showers look, None where that differs.
        downloads: where the published datasets in this layout are.
    """

    name: str
    energy: tuple[str, ...]
    cells: tuple[str, ...]
    matches: Callable[[h5py.File], bool]
    read: Callable[[Table], Showers]
    write: Callable[[h5py.Group, Showers], None]
    usual: Usual | None = None
    downloads: tuple[Download, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields that a file needs."""
        return (self.energy[0], *self.cells)


def write_field(group: h5py.Group, name: str, values: NDArray[Any]) -> None:
    """Write an array as a dataset of an open file, compressed by gzip unless it is empty."""
    group.create_dataset(name, data=values, **({"compression": "gzip", "shuffle": True} if values.size else {}))


def particle_by_name(table: Table, names: dict[str, str]) -> str:
    """The particle that a published file's name begins with, else "unknown"."""
    return next((particle for start, particle in names.items() if table.path.name.startswith(start)), "unknown")


def check_units(showers: Showers, layout: Layout, table: Table) -> None:
    """Warn of fields that are likely in another unit, 1000 times larger or smaller than the layout's.

    Energies are where their median is outside the usual range, and inside once it is changed by 1000. Voxels are where
    the mean response to these energies is within a factor 10 of 1000 times, or 1/1000 of, the usual one. If no factor
    brings the median into the range, a response that is off is put down to the energies.
    """
    usual = layout.usual
    if usual is None:
        return
    median = float(np.median(showers.incident_energy))
    response = float(np.mean(showers.total_energy / showers.incident_energy))
    low, high = usual.energies
    steps = next((k for k in (0, 1, -1) if low <= median * 1000.0**k <= high), None)
    off = np.log10(response / usual.response) / 3 - (steps or 0) if response > 0 else 0.0
    voxels_off = -int(np.sign(off)) if 2 / 3 <= abs(off) <= 4 / 3 else 0
    if steps is None:
        steps, voxels_off = -voxels_off, 0
    told = [
        f"field {name!r} is likely in {_PREFIXES[_PREFIXES.index(unit) + off_by]}, expected {unit}"
        for name, unit, off_by in (
            (table.energy, usual.energy_unit, steps),
            (", ".join(layout.cells), usual.voxel_unit, voxels_off),
        )
        if off_by
    ]
    if not told:
        return
    warnings.warn(
        f"{table.path}: {'; '.join(told)}: the mean of E_tot/E_inc is {response:.3g}, usually about "
        f"{usual.response:.3g}, and the median of E_inc {median:.3g} MeV, usually {low:.3g} to {high:.3g}",
        UnitWarning,
        stacklevel=4,
    )
