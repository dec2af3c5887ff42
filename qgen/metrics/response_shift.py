"""Relative shift of the mean of an observable, the response above all: <generated> / <reference> - 1.

The harness scores the mean of its size over bins of the incident energy.
"""

import numpy as np
from numpy.typing import ArrayLike

from qgen.files import InputError
from qgen.metrics.arrays import moderate, values
from qgen.metrics.declaration import scored
from qgen.metrics.response_in_bins import mean_is_zero, shift_in_bins

__all__ = ["response_shift"]


@scored(
    "response",
    label="response shift",
    primary=False,
    place=10,
    least=80,
    why="20 in each of 4 energy bins",
    weighted=shift_in_bins("response"),
)
def response_shift(reference: ArrayLike, generated: ArrayLike) -> tuple[float, float]:
    """Relative shift of the mean response, and its standard error.

    Args:
        reference: E_tot / E_inc of the reference showers, shape (n,), n >= 2, of non-zero mean.
        generated: the same of the generated showers, shape (m,), m >= 2.

    Returns:
        the shift, 0 for equal means, and its error, first order in both standard errors.

    Raises:
        InputError: bad shapes, fewer than two values, values that are not finite, a reference of zero mean.
    """
    x, y = values("reference", reference, min_rows=2), values("generated", generated, min_rows=2)
    if mean_is_zero(x):
        raise InputError("reference: expected a response of non-zero mean, found 0")
    with np.errstate(over="ignore"):
        x, y = x / x.mean(), moderate(y / x.mean())
    error = np.hypot(y.std(ddof=1) / np.sqrt(len(y)), y.mean() * x.std(ddof=1) / np.sqrt(len(x)))
    return float(y.mean() - 1), float(error)
