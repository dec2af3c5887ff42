"""Which layouts there are, which one a file has, and where a sample or a file lies."""

import difflib
import importlib
import pkgutil
from functools import cache
from pathlib import Path

import h5py

from qgen.datasets.layout import Download, Layout
from qgen.datasets.table import field_names
from qgen.files import InputError, local, reading

__all__ = ["SAMPLES", "choose", "downloads", "layouts", "locate", "named", "require_fields"]

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
    path = SAMPLES.get(str(source), local(source))
    with reading(path, "the path"):
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
    names = field_names(file, path)
    with reading(path, "the list of fields"):
        fitting = [layout for layout in layouts().values() if layout.matches(file)]
    if len(fitting) == 1:
        return fitting[0]
    fields = ", ".join(names) or "none"
    if fitting:
        several = " and ".join(layout.name for layout in fitting)
        raise InputError(f"{path}: cannot tell the layout: fields {fields} are those of {several}; give layout=")
    public = [layout for layout in layouts().values() if layout.downloads]
    near = {layout.name: _nearness(layout, names) for layout in public}
    best = max(public, key=lambda layout: near[layout.name])
    if near[best.name][0] >= 0.5:
        require_fields(best, names, path)
    expected = "; ".join(f"{layout.name}: {', '.join(layout.fields)}" for layout in public)
    raise InputError(f"{path}: cannot tell the layout: found fields {fields}, expected those of {expected}")


def require_fields(layout: Layout, names: list[str], path: Path) -> None:
    """Complain about fields of a layout that are not among a file's, and say how they may be misspelt there.

    Raises:
        InputError: one or more are missing.
    """
    lacking = [name for name in layout.fields if name not in names]
    if layout.energy[0] in lacking and set(layout.energy) & set(names):
        lacking.remove(layout.energy[0])
    if lacking:
        hints = {name: _misspelt(name, layout, names) for name in lacking}
        asked = ", ".join(
            f"{name!r}" + (f" (is {hint!r} what you mean?)" if hint else "") for name, hint in hints.items()
        )
        fields = ", ".join(names) or "none"
        raise InputError(f"{path}: layout {layout.name!r} needs field {asked}; found fields {fields}")


def _nearness(layout: Layout, names: list[str]) -> tuple[float, int]:
    """Share and number of a layout's fields that a file has, or nearly has."""
    count = sum(name in names or _misspelt(name, layout, names) is not None for name in layout.fields)
    return count / len(layout.fields), count


def _misspelt(name: str, layout: Layout, names: list[str]) -> str | None:
    """The field of a file that is spelt nearly like this one, if there is one that means nothing else."""
    spare = {other.lower(): other for other in names if other not in layout.fields}
    close = difflib.get_close_matches(name.lower(), spare, n=1, cutoff=0.7)
    return spare[close[0]] if close else None
