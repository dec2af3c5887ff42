"""Mean depth of the energy."""

import numpy as np
from numpy.typing import NDArray

from qgen.observables._moments import depth_moments
from qgen.showers import Showers

__all__ = ["depth_centre"]


def depth_centre(showers: Showers) -> NDArray[np.float64]:
    """sum_l z_l E_l / E_tot with z_l the middle of layer l [mm], shape (n_showers,); 0 without energy."""
    return depth_moments(showers)[0]
