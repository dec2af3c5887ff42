"""Response: how much of the incident energy is seen."""

import numpy as np
from numpy.typing import NDArray

from qgen.showers import Showers

__all__ = ["response"]


def response(showers: Showers) -> NDArray[np.float64]:
    """E_tot / E_inc, shape (n_showers,); about 0.02 for CLIC's silicon, 0.95 for CaloChallenge's dataset 2."""
    return showers.total_energy / showers.incident_energy
