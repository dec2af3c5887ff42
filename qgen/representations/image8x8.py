"""image8x8: 8 x 8 pixels, axis 0 (rows) transverse, axis 1 (columns) the depth; pixel = 8 * row + column.

CLIC: rows y, columns z, summed over x, the first 24 of the 25 cells of each: 3 x 3 sums.
CaloChallenge: rows r, columns the depth, summed over the angle, by overlap.
CaloGAN: rows phi, columns eta, +-120 mm on both, summed over the depth, by overlap.
The QGAN talk publishes only "8x8"; this is our explicit form of it.
"""

from itertools import pairwise

from qgen.geometry import Geometry
from qgen.representations._frame import DEPTH, N_PIXELS, common_axes, depth_extent, extent, frame_of, stack

__all__ = ["image8x8"]


def image8x8(geometry: Geometry) -> Geometry:
    """Eight layers of 8 x 1 cells, or one layer of 8 x 8 where the columns are not the depth.

    Raises:
        InputError: layers with different axes, or a single layer without a second image axis.
    """
    frame = frame_of(geometry)
    rows, columns = (frame.bins(geometry, axis, N_PIXELS) for axis in (frame.row, frame.column))
    if frame.column != DEPTH:
        return stack(geometry, (frame.row, frame.column), (rows, columns), [depth_extent(geometry)])
    (summed,) = set(common_axes(geometry)) - {frame.row}
    edges = (rows, extent(geometry, summed))
    return stack(geometry, (frame.row, summed), edges, pairwise(columns), layer_fastest=True)
