"""Which clamps, chains and configurations fit a model?"""

import numpy as np
from numpy.typing import NDArray

from qgen.files import InputError
from qgen.ising import Ising, Spins


def clamp_rows(clamp: Spins | None, model: Ising, n: int) -> Spins:
    """`clamp` as one row per configuration, int8, shape (n, n_nodes); zeros where nothing is pinned.

    Raises:
        InputError: another shape than (n, n_nodes) or (n_nodes,), or a value that is not -1, 0 or +1.
    """
    if clamp is None:
        return np.zeros((n, model.n_nodes), dtype=np.int8)
    given = np.asarray(clamp)
    if given.shape not in {(n, model.n_nodes), (model.n_nodes,)}:
        raise InputError(f"clamp: expected shape ({n}, {model.n_nodes}) or ({model.n_nodes},), found {given.shape}")
    _require_values("clamp", given, (-1, 0, 1))
    return np.broadcast_to(given, (n, model.n_nodes)).astype(np.int8)


def require_init(init: Spins | None, model: Ising, n: int) -> None:
    """Require chains that can be continued.

    Raises:
        InputError: another shape than (n, n_nodes), or a value that is not -1 or +1.
    """
    if init is None:
        return
    given = np.asarray(init)
    if given.shape != (n, model.n_nodes):
        raise InputError(f"init: expected shape ({n}, {model.n_nodes}), found {given.shape}")
    _require_values("init", given, (-1, 1))


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


def _require_values(name: str, values: NDArray[np.int8], allowed: tuple[int, ...]) -> None:
    wrong = np.logical_and.reduce([values != value for value in allowed])
    if wrong.any():
        where = tuple(np.argwhere(wrong)[0].tolist())
        raise InputError(f"{name}: expected values of {allowed}, found {values[where]} at {where}")
