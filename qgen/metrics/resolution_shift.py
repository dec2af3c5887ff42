"""Relative shift of the resolution r = s / <R>, the standard deviation of the response over its mean.

The harness scores the mean of its size over bins of the incident energy.
"""

import numpy as np
from numpy.typing import ArrayLike

from qgen.files import InputError
from qgen.metrics.arrays import values
from qgen.metrics.declaration import scored
from qgen.metrics.response_in_bins import resolution, shift_in_bins

__all__ = ["resolution_shift"]


@scored(
    "resolution",
    label="resolution shift",
    primary=False,
    place=11,
    least=200,
    why="50 in each of 4 energy bins: a resolution is known to 10 %",
    weighted=shift_in_bins("resolution"),
)
def resolution_shift(reference: ArrayLike, generated: ArrayLike) -> tuple[float, float]:
    """r(generated) / r(reference) - 1 and its standard error, first order in the errors of both.

    Args:
        reference: E_tot / E_inc of the reference showers, shape (n,), n >= 2, not constant.
        generated: the same of the generated showers, shape (m,), m >= 2, of non-zero mean. Constant gives -1.

    Raises:
        InputError: bad shapes, fewer than two values, values that are not finite, a mean of 0 or a constant
            reference, which have no resolution to compare with.
    """
    x, y = values("reference", reference, min_rows=2), values("generated", generated, min_rows=2)
    (r_x, error_x), (r_y, error_y) = resolution(x), resolution(y)
    if not r_x or np.isnan(r_x) or np.isnan(r_y):
        raise InputError("resolution_shift: expected non-zero means and a reference that varies, found otherwise")
    ratio = r_y / r_x
    return float(ratio - 1), float(np.hypot(error_y, ratio * error_x) / abs(r_x))
