"""What every metric asks of its input."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qgen.files import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

LARGEST = 1e70
"""Of any value: its fourth powers, and sums of them, stay finite."""
LARGEST_RATIO = 1e30
"""Of a value over the reference's: the eighth powers of the polynomial kernel, and sums of them, stay finite."""


def pair(reference: ArrayLike, generated: ArrayLike, *, min_rows: int = 1) -> tuple[Floats, Floats]:
    """Two tables of features of shapes (n, d) and (m, d) as float64; shape (n,) counts as (n, 1).

    Raises:
        InputError: other shapes, fewer than min_rows rows, or a value that is not finite or beyond 1e70.
    """
    x, y = tables(min_rows, reference=reference, generated=generated)
    return x, y


def tables(min_rows: int = 1, **arrays: ArrayLike) -> list[Floats]:
    """Tables of features of equal width, by the names of their arguments; see `table`.

    Raises:
        InputError: as of `table`, or another number of columns than the first has.
    """
    checked = [table(name, array, min_rows) for name, array in arrays.items()]
    names, width = list(arrays), checked[0].shape[1]
    for name, rows in zip(names, checked, strict=True):
        if rows.shape[1] != width:
            raise InputError(f"{name}: expected {width} columns as in the {names[0]}, found {rows.shape[1]}")
    return checked


def values(name: str, array: ArrayLike, *, min_rows: int = 1) -> Floats:
    """One finite value per shower as float64, shape (n,).

    Raises:
        InputError: another shape, fewer than min_rows values, or a value that is not finite or beyond 1e70.
    """
    column = _array(name, array)
    if column.ndim != 1:
        raise InputError(f"{name}: expected one value per shower, shape (n,), found shape {column.shape}")
    return table(name, column, min_rows)[:, 0]


def normalised(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Both divided, column by column, by max|reference|; a column of zeros in the reference is left as it is.

    Raises:
        InputError: as in `moderate`, of the generated sample.
    """
    largest = np.maximum(x.max(axis=0), -x.min(axis=0))
    largest[largest == 0] = 1.0
    with np.errstate(over="ignore"):
        return x / largest, moderate(y / largest)


def moderate(ratio: Floats) -> Floats:
    """What is generated, divided by what the reference has, as it is.

    Raises:
        InputError: a ratio beyond 1e30, infinity included, whose powers would overflow.
    """
    largest = max(ratio.max(initial=0.0), -ratio.min(initial=0.0))
    if not largest <= LARGEST_RATIO:
        expected = f"values up to {LARGEST_RATIO:g} times the reference's"
        raise InputError(f"generated: expected {expected}, found {largest:.2g}")
    return ratio


def _array(name: str, array: ArrayLike) -> NDArray[Any]:
    try:
        return np.asarray(array)
    except ValueError as error:  # rows of unequal lengths
        raise InputError(f"{name}: expected an array, found: {error}") from error


def standardised(x: Floats, *others: Floats) -> tuple[Floats, ...]:
    """All shifted and scaled, column by column, by the mean and standard deviation of the first.

    A column that is constant in the first keeps its unit.
    """
    centre, scale = x.mean(axis=0), x.std(axis=0)
    scale[(np.ptp(x, axis=0) == 0) | (scale == 0)] = 1.0
    return tuple((sample - centre) / scale for sample in (x, *others))


def table(name: str, array: ArrayLike, min_rows: int = 1) -> Floats:
    """One table of features of shape (n, d) as float64; shape (n,) counts as (n, 1).

    Raises:
        InputError: another shape, fewer than min_rows rows, or a value that is not finite or beyond 1e70.
    """
    rows = _array(name, array)
    if rows.dtype.kind not in "fiub":
        raise InputError(f"{name}: expected real numbers, found type {rows.dtype}")
    with np.errstate(over="ignore"):  # long doubles
        rows = rows.astype(np.float64)
    if rows.ndim == 1:
        rows = rows[:, None]
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise InputError(f"{name}: expected shape (n, d), found {rows.shape}")
    if len(rows) < min_rows:
        raise InputError(f"{name}: expected at least {min_rows} rows, found {len(rows)}")
    if not np.isfinite(rows).all():
        row, column = np.argwhere(~np.isfinite(rows))[0]
        raise InputError(f"{name}: expected finite values, found {rows[row, column]} at row {row}, column {column}")
    if len(rows) and max(rows.max(), -rows.min()) > LARGEST:
        row, column = np.argwhere(np.abs(rows) > LARGEST)[0]
        raise InputError(
            f"{name}: expected values up to {LARGEST:g}, found {rows[row, column]} at row {row}, column {column}"
        )
    return rows
