"""Where training starts from: independent bits with the data's means, and small random angles.

With m_i(E) the means <(-1)^{x_i}> of the data in bins of energy, one-qubit gates alone give <Z_i> = cos(2 h_i), hence

    h_i(E) = arccos(m_i(E)) / 2,

of which the polynomials are fitted. At J = 0 the discrepancy of a circuit has no slope in J, so other gates start at
random; from small angles, whose gradients do not vanish with the number of qubits (2503.02934).
"""

from __future__ import annotations

import torch
from torch import Tensor

from qgen.generators.bits.energy import legendre_fit
from qgen.generators.iqp.model import WalshModel

__all__ = ["start"]


def start(model: WalshModel, means: Tensor, centres: Tensor, spread: float, rng: torch.Generator) -> None:
    """Set the angles of a model.

    Args:
        model: to be started.
        means: <(-1)^{x_i}> of the data in bins of energy, float64 (n_bins, n_visible).
        centres: scaled energies of the bins (n_bins,).
        spread: standard deviation of the random angles [rad].
        rng: draws them.
    """
    h = legendre_fit(torch.arccos(means) / 2, centres, len(model.angles)).to(model.angles.dtype)
    single = {gate[0]: place for place, gate in enumerate(model.gates) if len(gate) == 1 and gate[0] < model.n_visible}
    with torch.no_grad():
        model.angles.zero_()
        model.angles[0] = spread * torch.randn(model.angles.shape[1:], generator=rng)
        for qubit, place in single.items():
            model.angles[: len(h), :, place] += h[:, qubit, None]
