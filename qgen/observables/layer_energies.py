"""Energy per layer."""

import numpy as np
from numpy.typing import NDArray

from qgen.showers import Showers

__all__ = ["layer_energies"]


def layer_energies(showers: Showers) -> NDArray[np.float64]:
    """E_l = sum over the cells of layer l [MeV], shape (n_showers, n_layers)."""
    sums = [showers.voxels[:, index].sum(axis=1, dtype=np.float64) for index in showers.geometry.indices]
    return np.stack(sums, axis=1)
