"""Showers matched in energy: for every wanted energy another shower of nearly that energy, rescaled to it.

What GEANT4 gives for the energies of the test showers cannot be simulated anew. Where showers are dense in energy,
others of nearly the same energy stand for it: their shape changes with E slowly, so a shift of one in a thousand,
taken out by the factor E / E_i on all voxels, is far below what any metric sees.
"""

from bisect import bisect_left
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from qgen.metrics.arrays import Ints, values
from qgen.showers import Showers

__all__ = ["matched", "nearest_once"]


def matched(showers: Showers, incident_energy: ArrayLike) -> Showers:
    """For every wanted energy the nearest shower in ln E that is still to be had, rescaled to it.

    Args:
        showers: each is used once; where more energies are wanted, about equally often.
        incident_energy: E [MeV], shape (n,).

    Returns:
        n showers at these energies, in their order: voxels times E / E_i.

    Raises:
        InputError: no shower.
    """
    energy = values("incident_energy", incident_energy)
    chosen = showers.select(nearest_once(np.log(showers.incident_energy), np.log(energy)))
    factor = (energy / chosen.incident_energy)[:, None]
    return replace(chosen, voxels=(chosen.voxels * factor).astype(np.float32), incident_energy=energy)


def nearest_once(given: ArrayLike, wanted: ArrayLike) -> Ints:
    """Index of the nearest given value for every wanted one in turn, each used once, or as rarely as does, (n,).

    Raises:
        InputError: no value is given.
    """
    values_given, values_wanted = values("given", given), values("wanted", wanted)
    times = max(1, -(-len(values_wanted) // len(values_given)))
    order = np.repeat(np.argsort(values_given, kind="stable"), times).tolist()
    left = values_given[order].tolist()
    chosen = np.empty(len(values_wanted), dtype=np.intp)
    for i, value in enumerate(values_wanted.tolist()):
        k = bisect_left(left, value)
        if k == len(left) or (k > 0 and value - left[k - 1] <= left[k] - value):
            k -= 1
        del left[k]
        chosen[i] = order.pop(k)
    return chosen
