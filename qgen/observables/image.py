"""Showers as two-dimensional images, whatever their geometry stores them as."""

import numpy as np
from numpy.typing import NDArray

from qgen.files import InputError
from qgen.showers import Showers

__all__ = ["image"]


def image(showers: Showers) -> NDArray[np.float64]:
    """Pixel energies [MeV], shape (n_showers, n_rows, n_columns): axis 0 transverse, axis 1 depth (or eta).

    Raises:
        InputError: a geometry that is neither one layer nor layers of n x 1 cells with the layer fastest.
    """
    geometry = showers.geometry
    rows, columns = geometry.layers[0].shape
    if len(geometry.layers) > 1:
        if not geometry.layer_fastest or columns != 1:
            raise InputError(
                f"image: expected one layer, or layers of n x 1 cells with the layer fastest, found {showers!r}"
            )
        columns = len(geometry.layers)
    return showers.voxels.reshape(len(showers), rows, columns).astype(np.float64)
