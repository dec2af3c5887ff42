"""Angles to start from: those of independent bits with the data's means, and small random ones.

Alone, one-qubit gates give <Z_i> = cos(2 h_i): with m_i(E) the means of the data in bins of energy,
h_i(E) = arccos(m_i(E)) / 2, of which the polynomials are fitted. At J = 0 the discrepancy has no slope in J, so other
gates start at random; from small angles, whose gradients do not vanish with the number of qubits (2503.02934).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.polynomial.legendre import legvander
from torch import Tensor

from qgen.iqp.model import WalshModel

__all__ = ["start"]


def start(model: WalshModel, means: Tensor, centres: Tensor, spread: float, rng: torch.Generator) -> None:
    """Set the angles of a model.

    Args:
        model: to be started.
        means: <(-1)^{x_i}> of the data in bins of energy, shape (n_bins, n_visible).
        centres: scaled energies of the bins (n_bins,).
        spread: standard deviation of the random angles [rad].
        rng: draws them.
    """
    degree = min(len(model.angles), len(centres)) - 1
    h = np.arccos(np.clip(means.double().numpy(), -0.999, 0.999)) / 2
    fitted = np.linalg.lstsq(legvander(centres.double().numpy(), degree), h, rcond=None)[0]
    single = {gate[0]: place for place, gate in enumerate(model.gates) if len(gate) == 1 and gate[0] < model.n_visible}
    with torch.no_grad():
        model.angles.zero_()
        model.angles[0] = spread * torch.randn(model.angles.shape[1:], generator=rng)
        for qubit, place in single.items():
            model.angles[: degree + 1, :, place] += torch.from_numpy(fitted[:, qubit, None]).to(model.angles.dtype)
