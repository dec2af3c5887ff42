"""native: the calorimeter's own cells."""

from qgen.geometry import Geometry

__all__ = ["native"]


def native(geometry: Geometry) -> Geometry:
    """The geometry itself: every voxel stays as it is."""
    return geometry
