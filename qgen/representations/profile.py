"""profile<n>: n bins along the image's axis 1 (the depth; eta for CaloGAN), over the image's window on that axis.

Everything transverse is summed, to the edge of the calorimeter.
"""

from __future__ import annotations

from itertools import pairwise

from qgen.geometry import Geometry, Layer
from qgen.representations._frame import DEPTH, common_axes, depth_extent, extent, frame_of, threshold

__all__ = ["profile"]


def profile(geometry: Geometry, n: int) -> Geometry:
    """n layers of one cell, or one layer of 1 x n cells where the profile is not along the depth.

    Raises:
        InputError: layers with different axes, or a single layer without a second image axis.
    """
    frame = frame_of(geometry)
    bins = frame.bins(geometry, frame.column, n)
    lowest = threshold(geometry)
    if frame.column != DEPTH:
        edges, axes = (extent(geometry, frame.row), bins), (frame.row, frame.column)
        return Geometry(geometry.name, (Layer(edges, depth_extent(geometry), axes, lowest),))
    axes = common_axes(geometry)
    whole = (extent(geometry, axes[0]), extent(geometry, axes[1]))
    layers = tuple(Layer(whole, depth, axes, lowest, label) for label, depth in enumerate(pairwise(bins)))
    return Geometry(geometry.name, layers)
