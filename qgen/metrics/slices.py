"""Random directions, the convention of every sliced metric."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qgen.files import InputError


def directions(n_features: int, n_slices: int, rng: np.random.Generator, *, metric: str) -> NDArray[np.float64]:
    """Directions theta_l, uniform on the unit sphere, as the columns of an array of shape (n_features, n_slices).

    Raises:
        InputError: n_slices < 1, in the name of the metric.
    """
    if n_slices < 1:
        raise InputError(f"{metric}: expected n_slices >= 1, found {n_slices}")
    theta = rng.normal(size=(n_features, n_slices))
    return theta / np.linalg.norm(theta, axis=0)
