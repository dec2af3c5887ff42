"""What an image of a calorimeter shows: which axis is transverse, which is longitudinal, and over what window.

The choice is data, one row of `FRAMES` for each pair of layer axes; a geometry with other axes gets the depth
against its axis 1, or its own two axes if it has a single layer.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from qgen.files import InputError
from qgen.geometry import Geometry, Layer

Edges = tuple[float, ...]

DEPTH = "depth"
N_PIXELS = 8


@dataclass(frozen=True)
class Frame:
    """The two axes of an image.

    Attributes:
        row: layer axis along which the rows (axis 0, transverse) run.
        column: axis along which the columns (axis 1) run: "depth", or a layer axis with all depths summed.
        half_width: the window is +-half_width on both axes [mm]; None for all that every layer covers.
        whole_cells: shrink the window to the first cells, as many as share out evenly over 8 pixels.
    """

    row: str
    column: str = DEPTH
    half_width: float | None = None
    whole_cells: bool = False

    def _window(self, geometry: Geometry, axis: str) -> tuple[float, float]:
        """The part of an axis that the image shows [mm]."""
        if self.half_width is not None:
            return -self.half_width, self.half_width
        edges = _depth_edges(geometry) if axis == DEPTH else _axis_edges(geometry, axis)
        cells = len(edges) - 1
        if self.whole_cells and cells >= N_PIXELS:
            cells -= cells % N_PIXELS
        return edges[0], edges[cells]

    def bins(self, geometry: Geometry, axis: str, n: int) -> tuple[float, ...]:
        """Edges of n equal bins over the window of an axis [mm], n + 1 values."""
        return tuple(np.linspace(*self._window(geometry, axis), n + 1).tolist())


FRAMES = {
    ("phi", "eta"): Frame(row="phi", column="eta", half_width=120.0),
    ("x", "y"): Frame(row="y", whole_cells=True),
    ("angle", "r"): Frame(row="r"),
}
"""CaloGAN; CLIC (25 cells and layers, of which 24: pixels are 3 x 3 sums); CaloChallenge."""


def frame_of(geometry: Geometry) -> Frame:
    """The frame of a geometry, by the axes of its layers.

    Raises:
        InputError: layers with different axes, or a depth axis on a geometry of one layer.
    """
    axes = common_axes(geometry)
    alone = len(geometry.layers) == 1
    frame = FRAMES.get(axes, Frame(*axes) if alone else Frame(row=axes[1]))
    if alone and frame.column == DEPTH:
        raise InputError(f"geometry {geometry.name!r}: expected several layers to show the depth, found one")
    return frame


def common_axes(geometry: Geometry) -> tuple[str, str]:
    """The two axes that all layers share.

    Raises:
        InputError: layers with different axes.
    """
    axes = {layer.axes for layer in geometry.layers}
    if len(axes) > 1:
        raise InputError(f"geometry {geometry.name!r}: expected layers with the same axes, found {sorted(axes)}")
    return axes.pop()


def extent(geometry: Geometry, axis: str) -> tuple[float, float]:
    """From the lowest to the highest edge of any layer on a layer axis [mm or rad]."""
    edges = [layer.edges[layer.axes.index(axis)] for layer in geometry.layers]
    return min(e[0] for e in edges), max(e[-1] for e in edges)


def depth_extent(geometry: Geometry) -> tuple[float, float]:
    """Where the first layer begins and the last one ends [mm]."""
    return geometry.layers[0].depth[0], geometry.layers[-1].depth[1]


def stack(
    geometry: Geometry,
    axes: tuple[str, str],
    edges: tuple[Edges, Edges],
    depths: Iterable[tuple[float, float]],
    *,
    layer_fastest: bool = False,
) -> Geometry:
    """Layers with the same cells [mm or rad], at given depths [mm]; a pixel is hit if one cell in it can be."""
    lowest = min(layer.threshold for layer in geometry.layers)
    layers = tuple(Layer(edges, depth, axes, lowest, label) for label, depth in enumerate(depths))
    return Geometry(geometry.name, layers, layer_fastest)


def slabs(geometry: Geometry, depths: Iterable[tuple[float, float]]) -> Geometry:
    """Layers of one cell, as wide as the calorimeter.

    Raises:
        InputError: layers with different axes.
    """
    axes = common_axes(geometry)
    return stack(geometry, axes, (extent(geometry, axes[0]), extent(geometry, axes[1])), depths)


def _depth_edges(geometry: Geometry) -> Edges:
    """Where the layers begin, and the end of the last [mm]."""
    return (*(layer.depth[0] for layer in geometry.layers), geometry.layers[-1].depth[1])


def _axis_edges(geometry: Geometry, axis: str) -> tuple[float, ...]:
    """Bin edges of an axis if all layers share them, else the two ends of what every layer covers [mm]."""
    edges = {layer.edges[layer.axes.index(axis)] for layer in geometry.layers}
    return edges.pop() if len(edges) == 1 else (max(e[0] for e in edges), min(e[-1] for e in edges))
