"""Occupancy: the fraction of cells that are hit."""

import numpy as np
from numpy.typing import NDArray

from qgen.showers import Showers

__all__ = ["occupancy"]


def occupancy(showers: Showers) -> NDArray[np.float64]:
    """mean(E > threshold) over all voxels, shape (n_showers,), 0..1."""
    return np.mean(showers.voxels > showers.geometry.thresholds, axis=1)
