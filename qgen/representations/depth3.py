"""depth3: the energy in three depth bins, as in 2101.11132.

A geometry of exactly three layers (CaloGAN) keeps its own; all others get equal thirds of their whole depth.
"""

from itertools import pairwise

import numpy as np

from qgen.files import InputError
from qgen.geometry import Geometry
from qgen.representations._frame import depth_extent, slabs

__all__ = ["depth3"]


def depth3(geometry: Geometry) -> Geometry:
    """Three layers of one cell.

    Raises:
        InputError: layers with different axes, or a single layer, which has no depth to divide.
    """
    if len(geometry.layers) == 1:
        raise InputError(f"geometry {geometry.name!r}: expected several layers to divide the depth, found one")
    if len(geometry.layers) == 3:
        return slabs(geometry, [layer.depth for layer in geometry.layers])
    return slabs(geometry, pairwise(np.linspace(*depth_extent(geometry), 4).tolist()))
