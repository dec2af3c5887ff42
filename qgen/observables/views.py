"""Showers on the axes that figures and metrics of mean showers look at, and the energies whose correlations count."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qgen.geometry import Geometry
from qgen.observables.layer_energies import layer_energies
from qgen.representations import represent
from qgen.showers import Showers

MAX_PIXELS = 128
MIN_LAYERS = 8


def correlated(showers: Showers) -> NDArray[Any]:
    """The energies whose correlations are shown and scored [MeV], shape (n_showers, n).

    The voxels of an image; else the layers, or the pixels of the 8x8 image where there are few layers.
    """
    geometry = showers.geometry
    if geometry.n_voxels <= MAX_PIXELS:
        return showers.voxels
    if len(geometry.layers) < MIN_LAYERS and geometry.representation == "native":
        return represent(showers, "image8x8").voxels
    return layer_energies(showers)


def grid(geometry: Geometry, voxels: NDArray[Any]) -> tuple[list[str], NDArray[np.float64]]:
    """Energies on the axes that have more than one bin, (n, ...), and their names; unequal layers are summed.

    Args:
        geometry: of the showers.
        voxels: energies [MeV], shape (n, n_voxels), of showers or means of showers.
    """
    layers = [voxels[:, index].astype(np.float64) for index in geometry.indices]
    shape = geometry.layers[0].shape
    if any(layer.shape != shape for layer in geometry.layers):
        return ["depth"], np.stack([layer.sum(axis=1) for layer in layers], axis=1)
    cells = np.stack([layer.reshape(-1, *shape) for layer in layers], axis=1)
    names = ("depth", *geometry.layers[0].axes)
    divided = [k for k in range(3) if cells.shape[k + 1] > 1] or [0]
    return [names[k] for k in divided], cells.reshape(len(cells), *(cells.shape[k + 1] for k in divided))
