"""A calorimeter as a `Geometry`: a sequence of `Layer`s along the depth, each a grid of cells on two axes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from qgen.files import InputError

Floats = NDArray[np.floating[Any]]

_LARGEST = 1e30
"""Of lengths [mm]: their squares and products stay finite."""


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

    Raises:
        InputError: edges or a depth that do not increase, a negative radius or threshold, or other types.
    """

    edges: tuple[tuple[float, ...], tuple[float, ...]]
    depth: tuple[float, float]
    axes: tuple[str, str] = ("x", "y")
    threshold: float = 0.0
    label: int = 0

    def __post_init__(self) -> None:
        where = f"layer {self.label!r:.40}"
        if not isinstance(self.label, Integral):
            raise InputError(f"{where}: expected a whole number as the label")
        if not isinstance(self.axes, tuple | list) or [type(name) for name in self.axes] != [str, str]:
            raise InputError(f"{where}: expected the names of two axes, found {self.axes!r:.60}")
        if self.axes[0] == self.axes[1] or not isinstance(self.edges, Sequence) or len(self.edges) != 2:
            raise InputError(f"{where}: expected two axes with their edges, found {self.axes} with {self.edges!r:.60}")
        edges = tuple(
            _increasing(f"{where}: bin edges of axis {name!r}", values)
            for name, values in zip(self.axes, self.edges, strict=True)
        )
        depth = _increasing(f"{where}: depth", self.depth)
        if len(depth) != 2:
            raise InputError(f"{where}: depth must be where the layer begins and ends, found {self.depth!r:.60}")
        if "r" in self.axes and edges[self.axes.index("r")][0] < 0:
            raise InputError(f"{where}: bin edges of axis 'r' must be >= 0, found {self.edges[self.axes.index('r')]}")
        (threshold,) = _numbers(f"{where}: threshold", [self.threshold])
        if not 0 <= threshold <= np.finfo(np.float32).max:
            raise InputError(f"{where}: threshold must be >= 0 MeV, found {self.threshold}")
        plain = {"edges": edges, "depth": depth, "axes": tuple(self.axes), "threshold": threshold}
        for name, value in {**plain, "label": int(self.label)}.items():
            object.__setattr__(self, name, value)

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of cells along axis 0 and axis 1."""
        return len(self.edges[0]) - 1, len(self.edges[1]) - 1

    @property
    def n_voxels(self) -> int:
        """Number of cells: the product of the bins on both axes."""
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
        for text in (self.name, self.representation):
            if not isinstance(text, str) or not text.isprintable():
                raise InputError(f"geometry: expected its name and representation as text, found {text!r:.60}")
        if not isinstance(self.layer_fastest, bool):
            raise InputError(
                f"geometry {self.name!r}: expected layer_fastest true or false, found {self.layer_fastest}"
            )
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
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise InputError(
                f"geometry: expected the JSON text of a Geometry, found {text[:60]!r} ({error})"
            ) from error


def _numbers(what: str, values: Any) -> tuple[float, ...]:
    """Finite real numbers as floats."""
    if not isinstance(values, Sequence | np.ndarray) or not all(isinstance(value, Real) for value in values):
        raise InputError(f"{what}: expected numbers, found {values!r:.60}")
    try:
        numbers = tuple(float(value) for value in values)
    except OverflowError as error:
        raise InputError(f"{what}: expected finite numbers, found {values!r:.60}") from error
    if not all(-_LARGEST <= number <= _LARGEST for number in numbers):
        raise InputError(f"{what}: expected finite numbers up to {_LARGEST:g}, found {values!r:.60}")
    return numbers


def _increasing(what: str, values: Any) -> tuple[float, ...]:
    """Two or more finite numbers in increasing order."""
    numbers = _numbers(what, values)
    if len(numbers) < 2 or not all(low < high for low, high in pairwise(numbers)):
        raise InputError(f"{what} must increase, found {values!r:.60}")
    return numbers


def _tuples(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Lists of JSON, to any depth, as the tuples of a `Layer`."""

    def convert(value: Any) -> Any:
        return tuple(convert(item) for item in value) if isinstance(value, list) else value

    return {key: convert(value) for key, value in fields.items()}
