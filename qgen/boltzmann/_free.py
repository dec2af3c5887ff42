"""Configurations by their pattern of pinned spins, and what of the energy is that of the free ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qgen.files import InputError
from qgen.ising import Ising, Spins
from qgen.ising.checks import clamp_rows, require_init
from qgen.ising.conditions import distinct


def conditions(clamp: Spins | None, model: Ising, n: int) -> list[tuple[Spins, NDArray[np.intp]]]:
    """Every pattern of pinned spins of n configurations, shape (n_nodes,), with the numbers of those that have it.

    Raises:
        InputError: a clamp that does not fit.
    """
    if clamp is None or np.ndim(clamp) == 1:
        return [(clamp_rows(clamp, model, 1)[0], np.arange(n))]
    return list(distinct(clamp_rows(clamp, model, n)))


def energy_of_free(model: Ising, spins: Spins, clamp: Spins | None) -> NDArray[np.float64]:
    """H without what the pinned spins have among themselves, shape (n,).

    Args:
        model: gives the energy.
        spins: (n, n_nodes).
        clamp: (n, n_nodes) or (n_nodes,), 0 = free; None for all free.
    """
    return model.energy(spins) - model.energy(clamp_rows(clamp, model, len(spins)))


def require_spins(spins: Spins, model: Ising, clamp: Spins | None) -> None:
    """Require configurations of a model that agree with the spins pinned in them.

    Raises:
        InputError: otherwise.
    """
    given = np.asarray(spins)
    if given.ndim != 2 or not len(given):
        raise InputError(f"spins: expected shape (n, {model.n_nodes}), found {given.shape}")
    require_init(given, model, len(given))
    rows = clamp_rows(clamp, model, len(given))
    bad = np.argwhere((rows != 0) & (rows != given))
    if bad.size:
        raise InputError(f"spins: expected the clamped values, found another at {tuple(bad[0].tolist())}")
