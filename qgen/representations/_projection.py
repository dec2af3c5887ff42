"""Representations of showers: linear, energy-conserving projections from a calorimeter's own cells.

    E_target = P E_source,    P >= 0,    sum_t P_ts = the share of cell s inside the window (1: all of it).

A representation is a file of this folder whose function makes the target `Geometry`; everything else is
`_overlap.py`. "image8x8" is the file image8x8.py, "profile16" the file profile.py with n = 16.
"""

import importlib
import pkgutil
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qgen.files import InputError
from qgen.geometry import Geometry
from qgen.representations._overlap import overlap_matrix
from qgen.showers import Showers

MAX_BINS = 1000
"""Of profile<n>."""

_CHUNK = 1024


@dataclass(frozen=True, eq=False)
class Projection:
    """A linear map between two geometries.

    Attributes:
        source: geometry of the showers that it takes.
        target: geometry of the showers that it makes.
        matrix: scipy.sparse.csr_array, float64, shape (target.n_voxels, source.n_voxels): the share of every
            source voxel in every target voxel. Its column sums are 1 inside the window and less at its border.
    """

    source: Geometry
    target: Geometry
    matrix: Any

    def __call__(self, voxels: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Project energies of shape (n_showers, source.n_voxels) to (n_showers, target.n_voxels), in float64."""
        projected = np.empty((len(voxels), self.target.n_voxels))
        for start in range(0, len(voxels), _CHUNK):
            rows = slice(start, start + _CHUNK)
            projected[rows] = (self.matrix @ voxels[rows].T.astype(np.float64)).T
        return projected


@lru_cache(maxsize=64)
def projection(geometry: Geometry, name: str) -> Projection:
    """The projection of a native geometry to a representation; cached.

    Args:
        geometry: native geometry of the source.
        name: "native", "image8x8", "profile<n>", "depth3".

    Raises:
        InputError: a name that no file answers to, a source that is already projected, or a geometry that
            has no such representation.
    """
    if geometry.representation != "native":
        raise InputError(
            f"represent: cannot turn {geometry.representation!r} into {name!r}: "
            "a projection is not invertible, expected native showers"
        )
    target = replace(_target(geometry, name), representation=name)
    return Projection(geometry, target, overlap_matrix(geometry, target))


def represent(showers: Showers, name: str) -> Showers:
    """Showers in another representation.

    Sums are made in float64 and stored as float32. Extras are carried along. The provenance gains
    {"projection": {"name": name, "kept": share of the showers' energy inside the window}}.

    Args:
        showers: native showers, or showers that are in this representation already (returned unchanged).
        name: "native", "image8x8", "profile<n>", "depth3".

    Raises:
        InputError: as in `projection`, or a sum that float32 cannot hold.
    """
    if showers.geometry.representation == name:
        return showers
    project = projection(showers.geometry, name)
    voxels = project(showers.voxels)
    total = float(showers.total_energy.sum())
    inside = float(voxels.sum()) / total if total > 0 else 1.0
    with np.errstate(over="ignore"):  # Showers complains of what float32 cannot hold
        stored = voxels.astype(np.float32)
    return replace(
        showers,
        voxels=stored,
        geometry=project.target,
        provenance={**showers.provenance, "projection": {"name": name, "kept": inside}},
    )


def _target(geometry: Geometry, name: str) -> Geometry:
    """The target geometry, made by the function of the file that the name stands for."""
    files = {module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])}
    files = {file for file in files if not file.startswith("_")}
    numbered = re.fullmatch(r"(profile)([1-9]\d*)", name)
    if numbered and len(numbered[2]) <= 4 and int(numbered[2]) <= MAX_BINS:
        stem, options = numbered[1], [int(numbered[2])]
    elif name in files - {"profile"}:
        stem, options = name, []
    else:
        raise InputError(
            f"representation: expected one of {', '.join(sorted(files))} (profile<n> with n from 1 to {MAX_BINS}), "
            f"found {name!r}"
        )
    make = getattr(importlib.import_module(f"qgen.representations.{stem}"), stem)
    return make(geometry, *options)
