"""A calorimeter as a `Geometry`: a sequence of `Layer`s along the depth, each a grid of cells on two axes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from qgen.files import InputError

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Layer:
    """A calorimeter layer: a grid of cells between two depths.

    Cells are ordered with axis 1 fastest: cell = i0 * len(axis 1) + i1.

    Attributes:
        edges: bin edges of axis 0 and of axis 1, increasing [mm; rad for an axis called "angle"].
        depth: where the layer begins and ends along the depth [mm].
        axes: names of the two axes. ("angle", "r") makes the layer polar; all others are cartesian.
        threshold: read-out threshold [MeV]; a cell at or below it does not count as hit.
        label: the layer's published number, used in the names of observables.
    """

    edges: tuple[tuple[float, ...], tuple[float, ...]]
    depth: tuple[float, float]
    axes: tuple[str, str] = ("x", "y")
    threshold: float = 0.0
    label: int = 0

    def __post_init__(self) -> None:
        for name, edges in zip(self.axes, self.edges, strict=True):
            if len(edges) < 2 or not np.all(np.diff(edges) > 0):
                raise InputError(f"layer {self.label}: bin edges of axis {name!r} must increase, found {edges}")
        if not self.depth[0] < self.depth[1]:
            raise InputError(f"layer {self.label}: depth must increase, found {self.depth}")

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of cells along axis 0 and axis 1."""
        return len(self.edges[0]) - 1, len(self.edges[1]) - 1

    @property
    def n_voxels(self) -> int:
        """Number of cells."""
        return self.shape[0] * self.shape[1]

    @property
    def polar(self) -> bool:
        """Whether the axes are (angle, r)."""
        return self.axes == ("angle", "r")

    @cached_property
    def centres(self) -> tuple[Floats, Floats]:
        """Bin centres along axis 0 and axis 1, each in the unit of its axis."""
        return tuple(np.convolve(edges, [0.5, 0.5], mode="valid") for edges in self.edges)  # type: ignore[return-value]

    @cached_property
    def xy(self) -> tuple[Floats, Floats]:
        """Cartesian positions x and y of the cell centres, each of shape (n_voxels,) [mm]."""
        first, second = (grid.ravel() for grid in np.meshgrid(*self.centres, indexing="ij"))
        return (second * np.cos(first), second * np.sin(first)) if self.polar else (first, second)


@dataclass(frozen=True)
class Geometry:
    """Layers along the depth, and how their cells are numbered as voxels.

    Attributes:
        name: the calorimeter, e.g. "calogan", "calochallenge/2", "clic".
        layers: from the front face on.
        layer_fastest: False numbers the voxels layer by layer; True numbers them cell by cell with the layer
            fastest (voxel = cell * n_layers + layer), as in CLIC's x, y, z arrays and in images whose
            axis 1 is the depth (pixel = 8 * row + column). It needs layers of equal shape.
        representation: "native", or the projection that made this geometry ("image8x8", "profile8", ...).
    """

    name: str
    layers: tuple[Layer, ...]
    layer_fastest: bool = False
    representation: str = "native"

    def __post_init__(self) -> None:
        if not self.layers:
            raise InputError(f"geometry {self.name!r}: expected at least one layer, found none")
        if self.layer_fastest and len({layer.shape for layer in self.layers}) > 1:
            raise InputError(f"geometry {self.name!r}: layer_fastest needs layers of equal shape")

    @cached_property
    def n_voxels(self) -> int:
        """Number of voxels of one shower."""
        return sum(layer.n_voxels for layer in self.layers)

    @cached_property
    def indices(self) -> tuple[NDArray[np.intp], ...]:
        """For every layer, the voxel numbers of its cells in cell order."""
        if self.layer_fastest:
            grid = np.arange(self.n_voxels).reshape(-1, len(self.layers))
            return tuple(grid[:, i] for i in range(len(self.layers)))
        ends = np.cumsum([layer.n_voxels for layer in self.layers])
        return tuple(np.split(np.arange(self.n_voxels), ends[:-1]))

    @cached_property
    def thresholds(self) -> NDArray[np.float32]:
        """Read-out threshold of every voxel [MeV], shape (n_voxels,)."""
        values = np.empty(self.n_voxels, dtype=np.float32)
        for layer, index in zip(self.layers, self.indices, strict=True):
            values[index] = layer.threshold
        return values

    def to_json(self) -> str:
        """This geometry as JSON text, read back by `from_json`."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The geometry that `to_json` wrote.

        Raises:
            InputError: the text is not such JSON.
        """
        try:
            fields = json.loads(text)
            layers = tuple(Layer(**_tuples(layer)) for layer in fields.pop("layers"))
            return cls(layers=layers, **fields)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(
                f"geometry: expected the JSON text of a Geometry, found {text[:60]!r} ({error})"
            ) from error


def _tuples(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Lists of JSON, to any depth, as the tuples of a `Layer`."""

    def convert(value: Any) -> Any:
        return tuple(convert(item) for item in value) if isinstance(value, list) else value

    return {key: convert(value) for key, value in fields.items()}
