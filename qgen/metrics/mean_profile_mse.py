"""Mean squared error of the mean shower profiles along each axis, as 3DGAN is scored.

    P_a(i) = mean over showers of the energy in slice i of axis a,    f_a = P_a / <E_tot>_reference,
    MSE_a = mean over i of (f_a,ref(i) - f_a,gen(i))^2

Both are divided by the reference's mean energy, so that the number has no unit and a wrong total is seen.
Caveat: 3DGAN's published 0.048 and 0.027 are in another normalisation.
"""

import numpy as np
from numpy.typing import ArrayLike

from qgen.files import InputError
from qgen.metrics.arrays import Floats, moderate, pair
from qgen.metrics.declaration import scored
from qgen.metrics.weights import Totals, of_totals
from qgen.observables.views import grid

__all__ = ["mean_profile_mse"]


def _of_totals(reference: Totals, generated: Totals) -> float:
    """The mean over the axes of the mean showers."""
    means = (grid(side.geometry, side.voxels[None])[1] for side in (reference, generated))
    return float(mean_profile_mse(*means).mean())


@scored("profile_mse", label="profile MSE", primary=False, place=8, weighted=of_totals(_of_totals, order=1.0))
def mean_profile_mse(reference: ArrayLike, generated: ArrayLike) -> Floats:
    """MSE of the mean profile along every axis.

    Args:
        reference: cell energies [MeV], shape (n, n_0, n_1, ...).
        generated: cell energies [MeV], shape (m, n_0, n_1, ...).

    Returns:
        one value per axis n_0, n_1, ..., >= 0.

    Raises:
        InputError: bad shapes, values that are not finite, a reference without energy.
    """
    first, second = np.asarray(reference), np.asarray(generated)
    shape = first.shape[1:]
    if second.shape[1:] != shape or not np.prod(shape, dtype=int) or first.ndim < 2:
        raise InputError(
            f"mean_profile_mse: expected arrays (n, n_0, ...) of equal axes, found {first.shape} and {second.shape}"
        )
    x, y = pair(*(array.reshape(len(array), int(np.prod(shape))) for array in (first, second)))
    total = x.sum(axis=1).mean()
    if total <= 0:
        raise InputError("reference: expected showers with energy, found none")
    with np.errstate(over="ignore"):
        difference = moderate((x.mean(axis=0) - y.mean(axis=0)) / total).reshape(shape)
    axes = range(difference.ndim)
    profiles = [difference.sum(axis=tuple(other for other in axes if other != axis)) for axis in axes]
    return np.array([np.mean(profile**2) for profile in profiles])
