"""Spread of the energy along the depth."""

import numpy as np
from numpy.typing import NDArray

from qgen.observables._moments import depth_moments
from qgen.showers import Showers

__all__ = ["depth_width"]


def depth_width(showers: Showers) -> NDArray[np.float64]:
    """sqrt(sum_l z_l^2 E_l / E_tot - (sum_l z_l E_l / E_tot)^2) [mm], shape (n_showers,); 0 without energy."""
    return depth_moments(showers)[1]
