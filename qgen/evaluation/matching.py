"""Showers matched in energy: for every wanted energy another shower of nearly that energy, rescaled to it.

What GEANT4 gives for the energies of the test showers cannot be simulated anew. Where showers are dense in energy,
others of nearly the same energy stand for it: their shape changes with E slowly, so a shift of one in a thousand,
taken out by the factor E / E_i on all voxels, is far below what any metric sees.
"""

from bisect import bisect_left
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from qgen.files import InputError
from qgen.metrics.arrays import Floats, Ints, values
from qgen.showers import Showers

__all__ = ["matched", "nearest_once", "rescaled"]

MOST_VOXEL = float(np.finfo(np.float32).max)


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
    return rescaled(chosen, energy)


def rescaled(showers: Showers, energy: Floats) -> Showers:
    """Showers at other energies E [MeV], shape (n,): voxels times E / E_i.

    Raises:
        InputError: a voxel would exceed what 32 bits hold.
    """
    voxels = showers.voxels * (energy / showers.incident_energy)[:, None]
    if (largest := voxels.max(initial=0.0)) > MOST_VOXEL:
        raise InputError(
            f"voxels: expected at most {MOST_VOXEL:.2g} MeV, rescaled to the energy of another shower, "
            f"found {largest:.2g} MeV"
        )
    return replace(showers, voxels=voxels.astype(np.float32), incident_energy=energy)


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
