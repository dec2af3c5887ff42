"""Response and resolution in bins of incident energy.

With R = E_tot / E_inc of the n showers of a bin, m their mean and s their standard deviation: m +- s / sqrt(n), and the
resolution r with an error that assumes no shape,

    r = s / m,    Var(r) / r^2 = (m4 / s^4 - 1) / (4 n) + r^2 / n - m3 / (s^2 m n)

with central moments m3, m4; 1 / (2 n) + r^2 / n for Gaussian fluctuations. It is the first order of the propagation of
Var(m) = s^2/n, Var(s) and Cov(m, s).
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from qgen.files import InputError
from qgen.metrics.arrays import Floats, Ints, values
from qgen.metrics.weights import Totals, Weighted, of_totals

__all__ = ["mean_is_zero", "resolution", "response_in_bins", "shift_in_bins"]


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
    n: Ints


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


def resolution(sample: Floats) -> tuple[float, float]:
    """r and its standard error; nan for fewer than two values or a mean of 0, (0, 0) for a constant."""
    n = len(sample)
    if n < 2 or mean_is_zero(sample):
        return np.nan, np.nan
    if np.ptp(sample) == 0:
        return 0.0, 0.0
    sample = sample / np.abs(sample).max()  # r has no scale, but squares of tiny values vanish
    mean = sample.mean()
    r = sample.std(ddof=1) / mean
    unit = (sample - mean) / sample.std()
    relative = (np.mean(unit**4) - 1) / 4 + r**2 - r * np.mean(unit**3)
    return float(r), float(abs(r) * np.sqrt(max(relative, 0.0) / n))


def mean_is_zero(sample: Floats) -> bool:
    """Whether the mean of a sample (of one value or more) is 0, or not to be told from 0 by rounding."""
    return bool(abs(sample.mean()) <= np.finfo(np.float64).eps * np.abs(sample).max())


def shift_in_bins(of: Literal["response", "resolution"]) -> Weighted:
    """The weighted form of a shift: the mean of |generated / reference - 1| over the energy bins that have both."""
    column = ("response", "resolution").index(of)

    def shift(reference: Totals, generated: Totals) -> float:
        ours, theirs = (_of_sums(side.responses)[column] for side in (reference, generated))
        good = np.isfinite(ours) & np.isfinite(theirs) & (ours != 0)
        if not good.any():
            raise InputError("no bin of incident energy has at least two showers with energy on both sides")
        return float(np.mean(np.abs(theirs[good] / ours[good] - 1)))

    return of_totals(shift, order=0.5)


def _of_sums(sums: Floats) -> tuple[Floats, Floats]:
    """Mean response and its standard deviation over its mean in every energy bin; nan with less than two showers."""
    n, total, squares = sums.T
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / n
        variance = np.maximum(squares - n * mean**2, 0.0) / np.where(n > 1, n - 1, np.nan)
        return mean, np.sqrt(variance) / mean
