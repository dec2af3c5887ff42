"""native: the calorimeter's own cells."""

from __future__ import annotations

from qgen.geometry import Geometry

__all__ = ["native"]


def native(geometry: Geometry) -> Geometry:
    """The geometry itself."""
    return geometry
