"""Relative entropy of the mean image, as hybrid QGANs are scored (DESY-CMS talk 2021, 2101.11132).

    D = sum_i p_i log(p_i / q_i),    p, q = mean image of reference and generated, each of unit sum

Zeros: a pixel without energy in the reference contributes 0. A pixel without energy in the generated mean image
alone would make D infinite; q_i is raised to `floor` there (and everywhere below it), which keeps D finite and large.
Caveat: it sees the mean shower only; a generator that emits one image for all showers can have D = 0.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import rel_entr

from qgen.files import InputError
from qgen.metrics.arrays import pair
from qgen.metrics.declaration import scored
from qgen.metrics.weights import Totals, of_totals

__all__ = ["relative_entropy"]


def _of_totals(reference: Totals, generated: Totals) -> float:
    return relative_entropy(reference.voxels[None], generated.voxels[None])


@scored(
    "relative_entropy",
    label="relative entropy",
    unit="nat",
    primary=False,
    place=9,
    weighted=of_totals(_of_totals, order=1.0),
)
def relative_entropy(reference: ArrayLike, generated: ArrayLike, *, floor: float = 1e-10) -> float:
    """Relative entropy of the generated mean image from the reference's [nat].

    Args:
        reference: pixel energies [MeV], shape (n, n_pixels).
        generated: pixel energies [MeV], shape (m, n_pixels).
        floor: smallest q_i, > 0.

    Returns:
        D, 0 for equal mean images, and never below 0 by more than n_pixels * floor.

    Raises:
        InputError: bad shapes, values that are not finite, negative energies, an image without energy.
    """
    x, y = pair(reference, generated)
    if floor <= 0:
        raise InputError(f"relative_entropy: expected floor > 0, found {floor}")
    for name, pixels in (("reference", x), ("generated", y)):
        if pixels.min() < 0 or pixels.sum() == 0:
            raise InputError(f"{name}: expected energies >= 0 of positive sum, found otherwise")
    p, q = (pixels.sum(axis=0) / pixels.sum() for pixels in (x, y))
    return float(rel_entr(p, np.maximum(q, floor)).sum())
