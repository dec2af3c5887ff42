"""Rows of an HDF5 file, read with care: a slice reads only that slice, and every complaint is one line.

A `Table` is the view that a layout's reader gets of a file. Its number of rows is that of the field with the
incident energies; the other fields must agree. Messages say which file, which field, what was found and what
was expected; rows are counted from the beginning of the file, whatever slice is read.
"""

import importlib
import json
import logging
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from qgen.files import InputError, reading, trusted
from qgen.geometry import Geometry
from qgen.showers import ENERGY_RANGE, Showers

__all__ = ["Table", "attributes", "field", "field_names", "opened", "self_describing"]

logger = logging.getLogger(__name__)

OWN = ("geometry", "particle", "provenance")
"""Attributes that are read; all others are kept in the provenance."""

FILTERS = {307: "bzip2", 32001: "blosc", 32004: "lz4", 32008: "bitshuffle", 32013: "zfp", 32015: "zstd"}
FILTERS |= {32026: "blosc2"}
"""Those that hdf5plugin brings, by the numbers that the HDF Group gave them."""
_CHUNK_CACHE = 64 * 2**20
"""Bytes of unpacked chunks kept for each dataset, so that small slices of a large chunk unpack it once."""


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """An HDF5 file, open for reading.

    Raises:
        InputError: the file is a folder, empty, not HDF5, or truncated.
    """
    if path.is_dir():
        raise InputError(f"{path}: expected an HDF5 file, found a folder")
    with reading(path, "the file"):
        if path.stat().st_size == 0:
            raise InputError(f"{path}: expected an HDF5 file, found an empty file")
        if not h5py.is_hdf5(path):
            raise InputError(f"{path}: expected an HDF5 file, found something else (no HDF5 signature)")
        file = h5py.File(path, "r", rdcc_nbytes=_CHUNK_CACHE)
    with file:
        yield file


def self_describing(file: h5py.File) -> bool:
    """Whether a file says by its own attributes what calorimeter it shows, as every file that qgen writes does."""
    return "geometry" in file.attrs and "provenance" in file.attrs


def attributes(file: h5py.File, path: Path) -> dict[str, Any]:
    """The attributes of a file as plain values: text, numbers, lists. What cannot be one is left out."""
    found = {}
    with reading(path, "an attribute"):
        for name, value in file.attrs.items():
            try:
                found[_text(name)] = _plain(value)
            except TypeError as error:
                if _text(name) in OWN:
                    raise InputError(f"{path}: attribute {_text(name)!r}: {error}") from error
                logger.debug("%s: attribute %r is left out: %s", path, _text(name), error)
    return found


def field_names(file: h5py.File, path: Path) -> list[str]:
    """Names of the fields of a file, in alphabetical order."""
    with reading(path, "the list of fields"):
        return sorted(map(_text, file))


def field(file: h5py.File, path: Path, name: str) -> h5py.Dataset:
    """A dataset of real numbers with at least one axis.

    Raises:
        InputError: it is missing, is no dataset, or holds no real numbers.
    """
    names = field_names(file, path)
    if name not in names:
        raise InputError(f"{path}: field {name!r} is missing, found {', '.join(names) or 'none'}")
    with reading(path, f"field {name!r}"):
        dataset = file[name]
        _require_near(dataset.file.filename, path, f"field {name!r}")
        if not isinstance(dataset, h5py.Dataset):
            raise InputError(f"{path}: field {name!r}: expected a dataset, found a {type(dataset).__name__.lower()}")
        if dataset.dtype.kind not in "fiu" or dataset.dtype.itemsize > 8:
            raise InputError(f"{path}: field {name!r}: expected real numbers, found type {dataset.dtype}")
        if not dataset.shape:
            raise InputError(f"{path}: field {name!r}: expected one row for each shower, found a single value")
        _require_filters(dataset, path, f"field {name!r}")
        _require_written(dataset, path, f"field {name!r}")
    return dataset


def _require_filters(dataset: h5py.Dataset, path: Path, what: str) -> None:
    """That what a dataset was packed by can be unpacked here; the package hdf5plugin brings filters, where it is there.

    Raises:
        InputError: a filter that is not installed.
    """
    packing = dataset.id.get_create_plist()
    for code, _, _, name in (packing.get_filter(i) for i in range(packing.get_nfilters())):
        if not h5py.h5z.filter_avail(code):
            with suppress(ImportError):
                importlib.import_module("hdf5plugin")
        if not h5py.h5z.filter_avail(code):
            called = FILTERS.get(code) or _text(name) or "a filter"
            raise InputError(
                f"{path}: {what}: packed by {called} (HDF5 filter {code}), not installed here: pip install hdf5plugin"
            )


def _require_written(dataset: h5py.Dataset, path: Path, what: str) -> None:
    """HDF5 reads as zeros, without a word, what was never written and what lies in files that are not there.

    Raises:
        InputError: some of the values are of this kind, or lie outside of HDF5 files.
    """
    if dataset.external:
        found = ", ".join(_text(name) for name, *_ in dataset.external)
        raise InputError(f"{path}: {what}: expected values in HDF5 files, found raw ones in {found}")
    if dataset.is_virtual:
        _require_sources(dataset, path, what)
    elif dataset.chunks and dataset.size:
        there = dataset.id.get_num_chunks()
        wanted = math.prod(-(-n // size) for n, size in zip(dataset.shape, dataset.chunks, strict=True))
        if there < wanted:
            raise InputError(
                f"{path}: {what}: expected {wanted} written chunks, found {there}: was the writer stopped?"
            )
    elif dataset.size and not dataset.id.get_storage_size():
        raise InputError(f"{path}: {what}: expected values, found none written: was the writer stopped?")


def _require_sources(dataset: h5py.Dataset, path: Path, what: str) -> None:
    """That the values of a virtual dataset are there, all of them."""
    mapped = 0
    for source in dataset.virtual_sources():
        mapped += source.vspace.get_select_npoints()
        origin = f"source {source.file_name}:{source.dset_name}"
        if source.file_name == ".":
            _require_source(dataset.file, source.dset_name, path, f"{what}, {origin}")
            continue
        places = [path.parent / source.file_name, Path(source.file_name)]
        there = next((place for place in places if place.is_file()), None)
        if there is None:
            raise InputError(f"{path}: {what}: expected its {origin}, found no such file")
        _require_near(there, path, f"{what}, {origin}")
        with opened(there) as file:
            _require_source(file, source.dset_name, path, f"{what}, {origin}")
    if mapped < dataset.size:
        raise InputError(f"{path}: {what}: expected sources of {dataset.size} values, found those of {mapped}")


def _require_source(file: h5py.File, name: str, path: Path, what: str) -> None:
    if not isinstance(found := file.get(name), h5py.Dataset):
        raise InputError(f"{path}: {what}: expected a dataset, found none")
    _require_near(found.file.filename, path, what)
    _require_written(found, path, what)


def _require_near(other: str | Path, path: Path, what: str) -> None:
    """That what is read lies beside the file or below its folder, unless that is trusted.

    Raises:
        InputError: it does not: a file of somebody else could bring any file of the reader's into what is written.
    """
    home, place = (Path(os.path.normpath(Path(one).absolute())) for one in (path.parent, other))
    if not place.is_relative_to(home) and not trusted():
        raise InputError(
            f"{path}: {what}: expected values beside the file or below its folder, found them in {place}; if you trust "
            "where the file comes from, say --trust (in Python trust=True)"
        )


@dataclass(frozen=True)
class Table:
    """A range of rows of an open file.

    Attributes:
        file: the open file.
        path: its name, for messages and provenance.
        energy: name of the field with the incident energies.
        start: the first row to read.
        stop: the row after the last one to read; 0 <= start < stop <= n_rows.
        binning: the user's binning file, for the layout that needs one.
        particle: what the caller says the particle is; wins over everything.
    """

    file: h5py.File
    path: Path
    energy: str
    start: int
    stop: int
    binning: Path | None = None
    particle: str | None = None

    @property
    def rows(self) -> slice:
        """The range of rows, as an index."""
        return slice(self.start, self.stop)

    @property
    def n_rows(self) -> int:
        """Number of showers in the file."""
        return int(field(self.file, self.path, self.energy).shape[0])

    def incident_energy(self, *, unit: float, column: int | None = None) -> NDArray[np.float64]:
        """The incident energies [MeV], from a field of shape (n,) or (n, 1), or one column of (n, k).

        Args:
            unit: the field's unit [MeV].
            column: which column of several; None: there is one only.

        Raises:
            InputError: another shape, or a value that is not finite, > 0 and within `ENERGY_RANGE`.
        """
        dataset = field(self.file, self.path, self.energy)
        n_columns = dataset.shape[1] if len(dataset.shape) == 2 else 1
        if len(dataset.shape) > 2 or (n_columns != 1 if column is None else n_columns <= column):
            self._complain(self.energy, f"expected shape (n, {1 + (column or 0)}), found {dataset.shape}")
        with reading(self.path, f"field {self.energy!r}"):
            values = np.asarray(dataset[self.rows], dtype=np.float64)
        values = values[:, column or 0] if values.ndim == 2 else values
        self._require(self.energy, values, np.isfinite(values) & (values > 0), "a finite energy > 0")
        low, high = (limit / unit for limit in ENERGY_RANGE)
        self._require(self.energy, values, (values >= low) & (values <= high), f"an energy of {low:.2g} to {high:.2g}")
        return values * unit

    def voxels(self, name: str, *shape: int, unit: float = 1.0) -> NDArray[np.float32]:
        """Deposited energies [MeV] of one field, float32, flattened to (rows, product of `shape`).

        Args:
            name: the field.
            shape: its expected shape without the first axis.
            unit: the field's unit [MeV].

        Raises:
            InputError: another shape, or a value that is not finite and >= 0.
        """
        values = self.energies(name, *shape)
        if values.dtype not in (np.float32, np.float64):
            values = values.astype(np.float64)
        with np.errstate(over="ignore"):
            values = np.multiply(values, unit, out=values) if unit != 1.0 else values
            values = values.astype(np.float32, copy=False)
        if np.isinf(values.max()):
            self._require(name, values, np.isfinite(values), "an energy that float32 can hold in MeV")
        return values.reshape(len(values), -1)

    def energies(self, name: str, *shape: int) -> NDArray[Any]:
        """The rows of one field as they are in the file, shape (rows, *shape).

        Raises:
            InputError: another shape, another number of rows than the incident energies have, or a value that is
                not finite and >= 0.
        """
        dataset = field(self.file, self.path, name)
        if dataset.shape[1:] != shape:
            expected = ", ".join(("n", *map(str, shape)))
            self._complain(name, f"expected shape ({expected}), found {dataset.shape}")
        if dataset.shape[0] != self.n_rows:
            self._complain(name, f"expected {self.n_rows} rows as in {self.energy!r}, found {dataset.shape[0]}")
        with reading(self.path, f"field {name!r}"):
            values = np.asarray(dataset[self.rows])
        # min and max see NaN and infinity too, without a mask as large as the data
        if not (values.min() >= 0 and np.isfinite(values.max())):
            self._require(name, values, np.isfinite(values), "a finite energy")
            self._require(name, values, values >= 0, "an energy >= 0")
        return values

    def extras(self) -> dict[str, NDArray[Any]]:
        """Per-shower arrays that `save` put under extras/."""
        with reading(self.path, "group 'extras'"):
            group = self.file.get("extras", {})
            for name in group:
                _require_near(group[name].file.filename, self.path, f"extras/{_text(name)}")
                if isinstance(group[name], h5py.Dataset):
                    _require_written(group[name], self.path, f"extras/{_text(name)}")
                if len(group[name]) != self.n_rows:
                    self._complain(f"extras/{_text(name)}", f"expected {self.n_rows} rows, found {len(group[name])}")
            return {name: np.asarray(group[name][self.rows]) for name in group}

    def geometry(self, default: Geometry | None = None) -> Geometry:
        """The geometry that the file's own attribute describes, else the layout's.

        Raises:
            InputError: neither is there, or the attribute cannot be read.
        """
        if default is not None and not self_describing(self.file):
            return default
        text = str(attributes(self.file, self.path).get("geometry", ""))
        try:
            return Geometry.from_json(text)
        except InputError as error:
            raise InputError(f"{self.path}: attribute {error}") from error

    def showers(
        self,
        voxels: NDArray[np.float32],
        incident_energy: NDArray[np.float64],
        geometry: Geometry,
        *,
        particle: str,
        extras: Mapping[str, NDArray[Any]] | None = None,
    ) -> Showers:
        """The rows as Showers; the file's own particle and provenance win over the layout's.

        Raises:
            InputError: what `Showers` refuses, or attributes that cannot be read.
        """
        given = attributes(self.file, self.path)
        said = given.pop("particle", particle)
        if not isinstance(said, str):
            raise InputError(f"{self.path}: attribute 'particle': expected text, found {said!r:.60}")
        if self_describing(self.file):
            provenance = self._provenance(given["provenance"])
        else:
            provenance = {"origin": self.path.name, **given}
        try:
            return Showers(
                voxels=voxels,
                incident_energy=incident_energy,
                geometry=self.geometry(geometry),
                particle=self.particle or said,
                provenance=provenance,
                extras={**(extras or {}), **self.extras()},
            )
        except InputError as error:
            raise InputError(f"{self.path}: rows {self.start} to {self.stop - 1}: {error}") from error

    def _provenance(self, text: Any) -> dict[str, Any]:
        try:
            provenance = json.loads(text)
        except (TypeError, ValueError, RecursionError) as error:
            raise InputError(f"{self.path}: attribute 'provenance': expected JSON, found {text!r:.60}") from error
        if not isinstance(provenance, dict):
            raise InputError(f"{self.path}: attribute 'provenance': expected a JSON object, found {text!r:.60}")
        return provenance

    def _require(self, name: str, values: NDArray[Any], good: NDArray[np.bool_], expected: str) -> None:
        """Complain about the first value that is not good, with its row in the file."""
        if good.all():
            return
        row, *cell = np.argwhere(~good)[0].tolist()
        where = f"row {row + self.start}" + (f", cell {tuple(cell)}" if cell else "")
        self._complain(name, f"expected {expected}, found {values[(row, *cell)]} in {where}")

    def _complain(self, name: str, what: str) -> None:
        raise InputError(f"{self.path}: field {name!r}: {what}")


def _plain(value: Any) -> Any:
    """The value of an HDF5 attribute as text, number or list.

    Raises:
        TypeError: it is none, such as an opaque, compound or complex value, or a reference.
    """
    match value:
        case np.ndarray():
            return [_plain(item) for item in value] if value.ndim else _plain(value[()])
        case bytes() | str():
            return _text(value)
        case h5py.Empty():
            return None
        case np.bool_() | np.integer():
            return value.item()
        case np.floating():
            return float(value)
        case bool() | int() | float() | None:
            return value
    raise TypeError(f"expected text, numbers or lists, found {type(value).__name__}")


def _text(value: str | bytes) -> str:
    """Text from a file; h5py gives what is no UTF-8 as bytes."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value
