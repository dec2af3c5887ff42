"""profile<n>: n bins along the image's axis 1 (the depth; eta for CaloGAN), over the image's window on that axis.

Everything transverse is summed, to the edge of the calorimeter.
"""

from itertools import pairwise

from qgen.geometry import Geometry
from qgen.representations._frame import DEPTH, depth_extent, extent, frame_of, slabs, stack

__all__ = ["profile"]


def profile(geometry: Geometry, n: int) -> Geometry:
    """n layers of one cell, or one layer of 1 x n cells where the profile is not along the depth.

    Raises:
        InputError: layers with different axes, or a single layer without a second image axis.
    """
    frame = frame_of(geometry)
    bins = frame.bins(geometry, frame.column, n)
    if frame.column == DEPTH:
        return slabs(geometry, pairwise(bins))
    edges = (extent(geometry, frame.row), bins)
    return stack(geometry, (frame.row, frame.column), edges, [depth_extent(geometry)])
