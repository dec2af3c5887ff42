"""Response and resolution in bins of incident energy.

With R = E_tot / E_inc of the n showers of a bin and s their standard deviation: <R> +- s / sqrt(n), and the
resolution r = s / <R> with the error of `_resolution.py`, which assumes no shape.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qgen.files import InputError
from qgen.metrics._resolution import resolution
from qgen.metrics.arrays import values

__all__ = ["response_in_bins"]

Floats = NDArray[np.float64]


class ResponseTable(NamedTuple):
    """One entry per energy bin, each of shape (n_bins,); nan where a bin has too few showers to tell.

    Attributes:
        response: mean of E_tot / E_inc.
        response_error: its standard error.
        resolution: standard deviation over mean.
        resolution_error: its standard error.
        n: number of showers.
    """

    response: Floats
    response_error: Floats
    resolution: Floats
    resolution_error: Floats
    n: NDArray[np.intp]


def response_in_bins(response: ArrayLike, incident_energy: ArrayLike, edges: ArrayLike) -> ResponseTable:
    """Mean response and resolution per bin of incident energy.

    Args:
        response: E_tot / E_inc, shape (n,).
        incident_energy: [MeV], shape (n,).
        edges: increasing bin edges [MeV], shape (n_bins + 1,); `quantile_edges(incident_energy, 4)` makes four
            bins of equal population. Showers outside are left out.

    Raises:
        InputError: bad shapes, values that are not finite, edges that do not increase.
    """
    ratio, energy = values("response", response), values("incident_energy", incident_energy)
    bounds = values("edges", edges, min_rows=2)
    if len(ratio) != len(energy):
        raise InputError(f"incident_energy: expected {len(ratio)} values as in response, found {len(energy)}")
    if not np.all(np.diff(bounds) > 0):
        raise InputError(f"edges: expected increasing edges, found {bounds}")
    number = np.searchsorted(bounds, energy, side="right") - 1
    rows = [_row(ratio[number == i]) for i in range(len(bounds) - 1)]
    columns = np.array(rows).T
    return ResponseTable(columns[0], columns[1], columns[2], columns[3], columns[4].astype(np.intp))


def _row(ratio: Floats) -> tuple[float, float, float, float, int]:
    n = len(ratio)
    mean = float(ratio.mean()) if n else np.nan
    error = float(ratio.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    return mean, error, *resolution(ratio), n
