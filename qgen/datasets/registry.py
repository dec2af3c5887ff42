"""Which layouts there are, which one a file has, and where a sample or a file lies."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from functools import cache
from pathlib import Path

import h5py

from qgen.datasets.layout import Download, Layout
from qgen.datasets.table import reading
from qgen.files import InputError

__all__ = ["SAMPLES", "choose", "downloads", "layouts", "locate", "named"]

_HERE = Path(__file__).parent

SAMPLES = {
    "calogan/e+": _HERE / "samples" / "calogan_eplus.hdf5",
    "calogan/gamma": _HERE / "samples" / "calogan_gamma.hdf5",
    "calogan/pi+": _HERE / "samples" / "calogan_piplus.hdf5",
    "calochallenge/2": _HERE / "samples" / "calochallenge_2.hdf5",
    "clic/e-": _HERE / "samples" / "clic_electrons.hdf5",
}
"""The embedded GEANT4 showers; samples/README.md says how they were made."""


@cache
def layouts() -> dict[str, Layout]:
    """Every layout in this folder, by name."""
    modules = (importlib.import_module(f"qgen.datasets.{entry.name}") for entry in pkgutil.iter_modules([str(_HERE)]))
    public = (getattr(module, name) for module in modules for name in module.__all__)
    return {layout.name: layout for layout in public if isinstance(layout, Layout)}


def downloads() -> tuple[Download, ...]:
    """Every published dataset that a layout of this folder reads."""
    return tuple(download for layout in layouts().values() for download in layout.downloads)


def locate(source: str | Path) -> Path:
    """The path of an embedded sample or of a file.

    Raises:
        InputError: neither; says which samples there are, and where a published dataset is to be had.
    """
    path = SAMPLES.get(str(source), Path(source))
    if path.exists():
        return path
    advice = next((f"; {one.advice()}" for one in downloads() if one.answers_to(str(source))), "")
    raise InputError(f"{source}: no such file, and no such embedded sample ({', '.join(SAMPLES)}){advice}")


def named(name: str) -> Layout:
    """The layout of that name.

    Raises:
        InputError: there is none.
    """
    if name not in layouts():
        raise InputError(f"layout: expected one of {', '.join(layouts())}, found {name!r}")
    return layouts()[name]


def choose(file: h5py.File, path: Path) -> Layout:
    """The layout of an open file, by the names of its fields.

    Raises:
        InputError: none fits, in which case the nearest one and the field that it lacks are named, or several do.
    """
    with reading(path, "the list of fields"):
        names = sorted(file)
        fitting = [layout for layout in layouts().values() if layout.matches(file)]
    if len(fitting) == 1:
        return fitting[0]
    found = ", ".join(names) or "none"
    if fitting:
        several = " and ".join(layout.name for layout in fitting)
        raise InputError(f"{path}: cannot tell the layout: fields {found} are those of {several}; give layout=")
    known = [layout for layout in layouts().values() if layout.downloads]
    near = {layout.name: _near(layout, names) for layout in known}
    best = max(known, key=lambda layout: len(near[layout.name]))
    if near[best.name]:
        lacking = ", ".join(_lacking(name, names) for name in best.fields if name not in names)
        raise InputError(f"{path}: layout {best.name!r} needs field {lacking}; found fields {found}")
    expected = "; ".join(f"{layout.name}: {', '.join(layout.fields)}" for layout in known)
    raise InputError(f"{path}: cannot tell the layout: found fields {found}, expected those of {expected}")


def _near(layout: Layout, names: list[str]) -> list[str]:
    """The fields of a layout that a file has, or nearly has."""
    return [name for name in layout.fields if difflib.get_close_matches(name, names, n=1, cutoff=0.75)]


def _lacking(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.75)
    return f"{name!r}" + (f" (is {close[0]!r} what you mean?)" if close else "")
