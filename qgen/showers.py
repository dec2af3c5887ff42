"""Showers: the one container that every part of qgen exchanges.

A `Showers` holds the energy deposited in every cell (voxel) of a `Geometry` for many showers, and the energy of the
particle that started each.
"""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

from qgen.files import InputError, local, replacing
from qgen.geometry import Geometry
from qgen.plugins.options import require_seed

ENERGY_RANGE = (1e-30, 1e30)
"""Incident energies [MeV] that a shower can have: far beyond physics, but no ratio or square of them overflows."""


@dataclass(frozen=True, eq=False)
class Showers:
    """Energy deposits of many showers in one geometry.

    Arrays are validated and made read-only; transformations return new objects.

    Attributes:
        voxels: deposited energy [MeV], float32, shape (n_showers, n_voxels), finite and >= 0.
        incident_energy: energy of the incident particle [MeV], float64, shape (n_showers,), within `ENERGY_RANGE`.
        geometry: the calorimeter.
        particle: "e-", "e+", "gamma", "pi+", ...; one line.
        provenance: where the showers come from (origin, seeds, versions, thresholds, ...), plain values.
        extras: further arrays of numbers with one row per shower (CaloGAN's "overflow", ...), by a name without "/".

    Raises:
        InputError: shapes that disagree, or a value that is not allowed, with its row and column.
    """

    voxels: NDArray[np.float32]
    incident_energy: NDArray[np.float64]
    geometry: Geometry
    particle: str = "unknown"
    provenance: Mapping[str, Any] = field(default_factory=dict)
    extras: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        voxels, energy = _array("voxels", self.voxels), _array("incident_energy", self.incident_energy)
        if voxels.ndim != 2 or voxels.shape[1] != self.geometry.n_voxels:
            raise InputError(
                f"voxels: expected shape (n_showers, {self.geometry.n_voxels}) for geometry {self.geometry.name!r}, "
                f"found {voxels.shape}"
            )
        if energy.shape != (len(voxels),):
            raise InputError(
                f"incident_energy: expected shape ({len(voxels)},), one for each shower, found {energy.shape}"
            )
        _require_numbers("voxels", voxels)
        _require_numbers("incident_energy", energy)
        _store(self, "voxels", voxels, np.float32)
        _store(self, "incident_energy", energy, np.float64)
        _require("voxels", self.voxels, np.isfinite(self.voxels), "a finite energy in MeV")
        _require("voxels", voxels, voxels >= 0, "an energy >= 0 MeV")
        good = np.isfinite(self.incident_energy) & (self.incident_energy > 0)
        _require("incident_energy", self.incident_energy, good, "a finite energy > 0 MeV")
        low, high = ENERGY_RANGE
        good = (self.incident_energy >= low) & (self.incident_energy <= high)
        _require("incident_energy", self.incident_energy, good, f"an energy of {low:g} to {high:g} MeV")
        if not isinstance(self.particle, str) or not self.particle.isprintable() or len(self.particle) > 100:
            raise InputError(f"particle: expected a short text on one line, found {self.particle!r:.60}")
        object.__setattr__(self, "extras", {name: self._extra(name, array) for name, array in self.extras.items()})

    def _extra(self, name: str, values: ArrayLike) -> NDArray[Any]:
        """One of the extras, checked and read-only."""
        if not isinstance(name, str) or not name.isprintable() or not name.strip(".") or "/" in name:
            raise InputError(f"extras: expected names without '/', found {name!r:.60}")
        array = _array(f"extras[{name!r}]", values).view()
        if array.dtype.kind not in "fiub" or array.ndim == 0:
            raise InputError(f"extras[{name!r}]: expected numbers, found type {array.dtype}, shape {array.shape}")
        if len(array) != len(self):
            raise InputError(f"extras[{name!r}]: expected {len(self)} rows, found {len(array)}")
        array.flags.writeable = False
        return array

    def __len__(self) -> int:
        return len(self.voxels)

    def __repr__(self) -> str:
        return (
            f"Showers({len(self)} x {self.geometry.n_voxels} voxels, {self.particle}, "
            f"geometry={self.geometry.name!r}, representation={self.geometry.representation!r})"
        )

    def layer(self, i: int) -> NDArray[np.float32]:
        """Cell energies of the i-th layer [MeV], shape (n_showers, n_axis0, n_axis1)."""
        return self.voxels[:, self.geometry.indices[i]].reshape(len(self), *self.geometry.layers[i].shape)

    @cached_property
    def total_energy(self) -> NDArray[np.float64]:
        """Sum over the voxels [MeV], shape (n_showers,)."""
        return self.voxels.sum(axis=1, dtype=np.float64)

    def between(self, low: float, high: float) -> NDArray[np.bool_]:
        """Which showers have low <= incident energy < high [MeV], shape (n_showers,)."""
        return (self.incident_energy >= low) & (self.incident_energy < high)

    def select(self, index: ArrayLike | slice) -> "Showers":
        """The showers of an index array, a boolean mask or a slice, in that order.

        Raises:
            InputError: numbers or a mask that do not fit these showers.
        """
        chosen = index if isinstance(index, slice) else _indices(index)
        try:
            return replace(
                self,
                voxels=self.voxels[chosen],
                incident_energy=self.incident_energy[chosen],
                extras={name: values[chosen] for name, values in self.extras.items()},
            )
        except (IndexError, TypeError) as error:
            raise InputError(f"select: expected an index of {len(self)} showers, found: {error}") from error

    def split(self, fraction: float, *, seed: int) -> tuple["Showers", "Showers"]:
        """Two disjoint random parts, the first with `fraction` of the showers (rounded to the nearest).

        Raises:
            InputError: fraction outside 0..1, or a seed that is no whole number >= 0.
        """
        if not 0 <= fraction <= 1:
            raise InputError(f"split: expected a fraction between 0 and 1, found {fraction}")
        order = np.random.default_rng(require_seed("split", seed)).permutation(len(self))
        cut = round(fraction * len(self))
        return self.select(order[:cut]), self.select(order[cut:])

    def save(self, path: str | Path) -> None:
        """Write qgen's self-describing layout; `write_group` says what is in it. Atomic.

        Raises:
            InputError: the path cannot be written.
        """
        with writing(path) as file:
            write_group(file, self)

    @classmethod
    def load(cls, path: str | Path, *, start: int | None = None, stop: int | None = None) -> "Showers":
        """Read what `save` wrote. For public layouts use `qgen.load`.

        Raises:
            InputError: the file is missing, is not such a file, or holds values that are not allowed.
        """
        try:
            with h5py.File(local(path), "r") as file:
                return read_group(file, slice(start, stop))
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
        except (OSError, RuntimeError, LookupError, TypeError, ValueError, MemoryError) as error:
            reason = " ".join(str(error).split())
            raise InputError(f"{path}: expected an HDF5 file written by Showers.save, found: {reason}") from error


def concatenate(parts: Sequence[Showers]) -> Showers:
    """The showers of all parts, in order; geometry, particle and provenance are those of the first.

    Raises:
        InputError: no part, or parts of different geometries or extras.
    """
    if not parts:
        raise InputError("concatenate: expected at least one Showers, found none")
    first = parts[0]
    if any(part.geometry != first.geometry for part in parts):
        raise InputError(f"concatenate: expected one geometry, found {sorted({p.geometry.name for p in parts})}")
    shapes = {name: values.shape[1:] for name, values in first.extras.items()}
    for part in parts:
        others = {name: values.shape[1:] for name, values in part.extras.items()}
        if others != shapes:
            raise InputError(f"concatenate: expected extras of one form, found {shapes} and {others}")
    return replace(
        first,
        voxels=np.concatenate([part.voxels for part in parts]),
        incident_energy=np.concatenate([part.incident_energy for part in parts]),
        extras={name: np.concatenate([part.extras[name] for part in parts]) for name in first.extras},
    )


@contextmanager
def writing(path: str | Path) -> Iterator[h5py.File]:
    """A new HDF5 file that is renamed to `path` once it is complete.

    It is made in memory first: the HDF5 library can crash on a disk that fills up.

    Raises:
        InputError: the path cannot be written.
    """
    try:
        with replacing(path) as aside:
            image = io.BytesIO()
            with h5py.File(image, "w") as file:
                yield file
            aside.write_bytes(image.getbuffer())
    except OSError as error:
        reason = error.strerror or " ".join(str(error).split())
        raise InputError(f"{path}: cannot be written: {reason}") from error


def write_group(group: h5py.Group, showers: Showers) -> None:
    """Write `incident_energies` (n, 1) and `showers` (n, n_voxels) in MeV, CaloChallenge's names and units.

    The attributes `geometry` (JSON), `particle` and `provenance` (JSON) and the group `extras` make it
    self-describing, and are ignored by readers of the public layout.
    """
    options: dict[str, Any] = {"compression": "gzip", "shuffle": True} if len(showers) else {}
    group.create_dataset("incident_energies", data=showers.incident_energy[:, None], **options)
    group.create_dataset("showers", data=showers.voxels, **options)
    write_attributes(group, showers)


def write_attributes(group: h5py.Group, showers: Showers) -> None:
    """Attributes and extras that make a file of any layout self-describing."""
    group.attrs["geometry"] = showers.geometry.to_json()
    group.attrs["particle"] = showers.particle
    group.attrs["provenance"] = json.dumps(dict(showers.provenance), default=_plain)
    for name, values in showers.extras.items():
        group.create_dataset(f"extras/{name}", data=values)


def read_group(group: h5py.Group, rows: slice) -> Showers:
    """Read what `write_group` wrote, for a range of rows."""
    extras = group.get("extras", {})
    return Showers(
        voxels=group["showers"][rows],
        incident_energy=group["incident_energies"][rows, 0],
        geometry=Geometry.from_json(group.attrs["geometry"]),
        particle=str(group.attrs["particle"]),
        provenance=json.loads(group.attrs["provenance"]),
        extras={name: extras[name][rows] for name in extras},
    )


def _plain(value: Any) -> Any:
    """NumPy scalars and arrays as JSON values."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"provenance: expected plain values, found {type(value).__name__}")


def _array(name: str, values: ArrayLike) -> NDArray[Any]:
    try:
        return np.asarray(values)
    except ValueError as error:  # rows of unequal lengths
        raise InputError(f"{name}: expected an array, found: {error}") from error


def _indices(index: ArrayLike) -> NDArray[Any]:
    chosen = _array("select", index)
    if chosen.ndim != 1:
        raise InputError(f"select: expected a list of showers, found an index of shape {chosen.shape}")
    return chosen.astype(np.intp) if chosen.size == 0 and chosen.dtype.kind != "b" else chosen


def _store(showers: Showers, name: str, values: NDArray[Any], dtype: type) -> None:
    """Put a read-only array of the given type into a frozen object, without locking the caller's own."""
    with np.errstate(over="ignore"):
        array: NDArray[Any] = np.ascontiguousarray(values, dtype=dtype).view()
    array.flags.writeable = False
    object.__setattr__(showers, name, array)


def _require_numbers(name: str, values: NDArray[Any]) -> None:
    if values.dtype.kind not in "fiu":
        raise InputError(f"{name}: expected real numbers, found type {values.dtype}")


def _require(name: str, values: NDArray[Any], good: NDArray[np.bool_], expected: str) -> None:
    """Raise on the first value that is not good, naming its row (and column)."""
    if good.all():
        return
    position = np.argwhere(~good)[0].tolist()
    where = ", ".join(f"{axis} {i}" for axis, i in zip(("row", "column"), position, strict=False))
    raise InputError(f"{name}: expected {expected}, found {values[tuple(position)]} at {where}")
