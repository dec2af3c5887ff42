"""load, stream and save: between files of any public layout and Showers."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qgen.datasets.layout import Layout, check_units
from qgen.datasets.registry import choose, layouts, locate, named, require_fields
from qgen.datasets.table import Table, field, field_names, opened, self_describing
from qgen.files import InputError, local, trusting
from qgen.geometry import Geometry
from qgen.showers import Showers, writing

__all__ = ["Stream", "chosen_rows", "detect", "load", "save", "stream"]


def load(
    source: str | Path,
    *,
    layout: str | Layout | None = None,
    start: int | None = None,
    stop: int | None = None,
    binning: str | Path | None = None,
    particle: str | None = None,
    trust: bool = False,
) -> Showers:
    """Showers of an embedded sample, of a published HDF5 file, or of a file that qgen wrote.

    Args:
        source: "calogan/e+", "calogan/gamma", "calogan/pi+", "calochallenge/2", "clic/e-", or a path.
        layout: "calogan", "calochallenge", "clic", "native", or a `Layout`; by default the one that the file's
            fields show.
        start: first row to read, as in a Python slice; only the slice is read.
        stop: the row after the last one to read.
        binning: path of the binning XML that CaloChallenge's dataset 1 comes with.
        particle: what to call the particle; by default what the file, its layout or its name says.
        trust: whether to follow links of HDF5, and sources of virtual datasets, to files that are neither beside the
            file nor below its folder.

    Warns:
        UnitWarning: the response is about a factor 1000 off, so that a field is likely in another unit.

    Raises:
        InputError: anything wrong with the file, in one line: file, field, what was found, what was expected.
    """
    with _table(source, layout, start, stop, binning, particle, trust) as (chosen, table):
        return _read(chosen, table)


@dataclass(frozen=True)
class Stream:
    """Showers of a file larger than memory: iterate, as often as you like, to read them batch by batch.

    Attributes are the arguments of `stream`; the file is open only while an iteration runs.
    """

    source: str | Path
    batch_size: int
    layout: str | Layout | None = None
    start: int | None = None
    stop: int | None = None
    binning: str | Path | None = None
    particle: str | None = None
    trust: bool = False

    def __iter__(self) -> Iterator[Showers]:
        with self._table() as (chosen, whole):
            for number in range(-(-(whole.stop - whole.start) // self.batch_size)):
                yield _read(chosen, self._block(whole, number), units=number == 0)

    def __len__(self) -> int:
        """Number of showers."""
        with self._table() as (_, whole):
            return whole.stop - whole.start

    def blocks(self, numbers: Iterable[int]) -> Iterator[Showers]:
        """The batches of these numbers, in the order given; 0 is the first of the iteration. Units are not checked."""
        with self._table() as (chosen, whole):
            for number in numbers:
                yield _read(chosen, self._block(whole, number), units=False)

    def _block(self, whole: Table, number: int) -> Table:
        first = whole.start + number * self.batch_size
        return replace(whole, start=first, stop=min(first + self.batch_size, whole.stop))

    def _table(self) -> AbstractContextManager[tuple[Layout, Table]]:
        return _table(self.source, self.layout, self.start, self.stop, self.binning, self.particle, self.trust)


def stream(
    source: str | Path,
    *,
    batch_size: int,
    layout: str | Layout | None = None,
    start: int | None = None,
    stop: int | None = None,
    binning: str | Path | None = None,
    particle: str | None = None,
    trust: bool = False,
) -> Stream:
    """Showers of a file larger than memory, `batch_size` at a time (the last batch may be smaller), in order.

    Arguments and errors are those of `load`; those of the file show when it is read. The result has a length, the
    number of showers, and can be iterated again.
    """
    if batch_size < 1:
        raise InputError(f"stream: expected batch_size >= 1, found {batch_size}")
    return Stream(source, batch_size, layout, start, stop, binning, particle, trust)


def chosen_rows(total: int, most: int, seed: int) -> NDArray[np.bool_]:
    """Which of `total` showers to keep where at most `most` of them are wanted, chosen at random; shape (total,)."""
    keep = np.zeros(total, dtype=bool)
    keep[np.random.default_rng([seed, 7]).choice(total, size=min(total, most), replace=False)] = True
    return keep


def save(showers: Showers, path: str | Path, *, layout: str | Layout | None = None) -> None:
    """Write showers so that `load` gives them back; atomic.

    Args:
        showers: at least one.
        path: of the HDF5 file.
        layout: by default the public layout of the showers' calorimeter; CaloChallenge's names and units for
            images and for calorimeters without a layout of their own.

    Voxels come back bitwise, except through "clic", whose unit is GeV: to 1 unit in the last place. So do energies
    from the layouts in GeV ("calogan", "clic").

    Raises:
        InputError: no shower, a layout that cannot hold this geometry, or a path that cannot be written.
    """
    if len(showers) == 0:
        raise InputError(f"{path}: expected at least one shower to save, found none")
    chosen = _given(layout) or layouts().get(_public_name(showers.geometry), named("native"))
    with writing(path) as file:
        chosen.write(file, showers)


def detect(source: str | Path) -> str:
    """Name of the layout of a sample or a file.

    Raises:
        InputError: not a readable HDF5 file, or a layout that cannot be told.
    """
    path = locate(source)
    with opened(path) as file:
        return choose(file, path).name


def _given(layout: str | Layout | None) -> Layout | None:
    return named(layout) if isinstance(layout, str) else layout


def _public_name(geometry: Geometry) -> str:
    """Name of the public layout of a calorimeter; nothing for an image of it."""
    return geometry.name.partition("/")[0] if geometry.representation == "native" else ""


@contextmanager
def _table(
    source: str | Path,
    layout: str | Layout | None,
    start: int | None,
    stop: int | None,
    binning: str | Path | None,
    particle: str | None,
    trust: bool,
) -> Iterator[tuple[Layout, Table]]:
    """The layout of a file, and a range of its rows, which must hold a shower; the file is open."""
    path = locate(source)
    with trusting(trust), opened(path) as file:
        given = _given(layout)
        if given:
            require_fields(given, field_names(file, path), path)
        chosen = given or choose(file, path)
        energy = next(name for name in chosen.energy if name in field_names(file, path))
        n = int(field(file, path, energy).shape[0])
        if n == 0:
            raise InputError(f"{path}: field {energy!r}: expected at least one shower, found none")
        first, end, _ = slice(start, stop).indices(n)
        if first >= end:
            raise InputError(f"{path}: expected some of its {n} showers, found start={start}, stop={stop}")
        yield chosen, Table(file, path, energy, first, end, None if binning is None else local(binning), particle)


def _read(layout: Layout, table: Table, *, units: bool = True) -> Showers:
    showers = layout.read(table)
    if units and not self_describing(table.file):
        check_units(showers, layout, table)
    return showers
