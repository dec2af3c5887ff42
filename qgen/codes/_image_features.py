"""Features of images that are moments of the fractions f_i = E_i / E_tot, and the response.

With y_i, z_i the positions of pixel i (row, column) as parts of their axes, 0 at its lower and 1 at its upper edge,

    row_centre = sum y f,    row_width = sqrt(sum y^2 f - row_centre^2),    likewise column_*,
    fraction/a-b = sum of f over the columns a to b.

All are functions of the linear moments M = f Phi, and M can be had back from them once a width comes with its centre.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from qgen.codes._parts import fractions_of, response_of
from qgen.files import InputError
from qgen.observables import image
from qgen.showers import Showers

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

KINDS = ("response", "row_centre", "row_width", "column_centre", "column_width", "fraction")
"""What a feature is; a width comes after its centre."""
FRACTION = re.compile(r"fraction/(\d+)-(\d+)")
LEAST = 1e-6
"""Of a fraction whose logarithm is taken."""
_SMALLEST = 1e-9


@dataclass(frozen=True)
class ImageFeatures:
    """Features in a fixed order.

    Attributes:
        table: of every feature: its number in KINDS, and first and last column of a fraction, shape (n_features, 3).
        rows: number of rows of the image.
        columns: number of its columns.
    """

    table: Integers
    rows: int
    columns: int

    @classmethod
    def of(cls, names: Mapping[str, int], showers: Showers) -> Self:
        """Features by name, for images like these, and what decoding needs besides: response, centre of a width.

        Raises:
            InputError: showers that are no images, or a feature that they do not have.
        """
        _, rows, columns = image(showers).shape
        table: list[tuple[int, int, int]] = []
        for name in names:
            kind, first, last = _parsed(name, columns)
            centre = (kind - 1, 0, 0)
            if KINDS[kind].endswith("width") and KINDS[kind - 1] not in names and centre not in table:
                table.append(centre)
            table.append((kind, first, last))
        if "response" not in names:
            table.append((0, 0, 0))
        return cls(np.array(table, dtype=np.int64), rows, columns)

    @property
    def names(self) -> list[str]:
        """Of the features."""
        named = (f"fraction/{a}-{b}" if KINDS[k] == "fraction" else KINDS[k] for k, a, b in self.table.tolist())
        return list(named)

    def values(self, showers: Showers) -> Floats:
        """Features, shape (n, n_features): the logarithm of the response and of fractions, all others as parts of 1."""
        moments = fractions_of(showers) @ self.phi
        centres = self._centres(moments)
        columns = []
        for j, (kind, column) in enumerate(zip(self.table[:, 0].tolist(), moments.T, strict=True)):
            if KINDS[kind] == "response":
                columns.append(np.log(np.maximum(response_of(showers), _SMALLEST)))
            elif KINDS[kind].endswith("width"):
                columns.append(np.sqrt(np.maximum(column - centres[:, j] ** 2, 0)))
            else:
                columns.append(np.log(np.maximum(column, LEAST)) if KINDS[kind] == "fraction" else column)
        return np.stack(columns, axis=1)

    def moments(self, values: Floats) -> Floats:
        """M of features (n, n_features), same shape; that of the response is 0."""
        centres = self._centres(values)
        widths = self._are("width")
        moments = np.where(widths, values**2 + centres**2, values)
        moments = np.where(self._are("fraction"), np.exp(values), moments)
        return np.where(self.table[:, 0] == KINDS.index("response"), 0.0, moments)

    @property
    def phi(self) -> Floats:
        """Phi, shape (n_voxels, n_features); zeros for the response."""
        row, column = (a.ravel() for a in np.meshgrid(np.arange(self.rows), np.arange(self.columns), indexing="ij"))
        y, z = (row + 0.5) / self.rows, (column + 0.5) / self.columns
        functions = {"response": 0 * y, "row_centre": y, "row_width": y**2, "column_centre": z, "column_width": z**2}
        chosen = (
            ((column >= a) & (column <= b)).astype(float) if KINDS[k] == "fraction" else functions[KINDS[k]]
            for k, a, b in self.table.tolist()
        )
        return np.stack(list(chosen), axis=1)

    def _are(self, ending: str) -> NDArray[np.bool_]:
        return np.array([KINDS[k].endswith(ending) for k in self.table[:, 0]])

    def _centres(self, values: Floats) -> Floats:
        """In the column of every width the centre on its axis, else 0."""
        centres = np.zeros_like(values)
        for j in np.flatnonzero(self._are("width")):
            centres[:, j] = values[:, self.table[:, 0].tolist().index(self.table[j, 0] - 1)]
        return centres


def _parsed(name: str, n_columns: int) -> tuple[int, int, int]:
    """Its row of the table."""
    if match := FRACTION.fullmatch(str(name)):
        first, last = map(int, match.groups())
        plain = name == f"fraction/{first}-{last}"  # without further zeros, as the table gives it back
        if plain and first <= last < n_columns and last - first < n_columns - 1:
            return KINDS.index("fraction"), first, last
    elif name in KINDS[:-1]:
        return KINDS.index(name), 0, 0
    raise InputError(
        f"features: expected {', '.join(KINDS[:-1])} or fraction/<first column>-<last column> of columns "
        f"0 to {n_columns - 1}, found {name!r}"
    )
