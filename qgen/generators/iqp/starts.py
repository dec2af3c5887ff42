"""Where training starts from: independent bits with the data's means, and small random angles.

With m_i(E) the means <(-1)^{x_i}> of the data in bins of energy, one-qubit gates alone give <Z_i> = cos(2 h_i), and
biases alone <s_i> = -<Z_i> = tanh(b_i):

    h_i(E) = arccos(m_i(E)) / 2,    b_i(E) = -artanh(m_i(E)),

of which the polynomials are fitted. At J = 0 the discrepancy of a circuit has no slope in J, so other gates start at
random; from small angles, whose gradients do not vanish with the number of qubits (2503.02934).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.polynomial.legendre import legvander
from torch import Tensor

from qgen.generators.iqp.model import WalshModel
from qgen.generators.iqp.visible import VisibleMachine

__all__ = ["start", "start_biases"]

MOST = 0.999
"""Of the size of a mean."""


def start(model: WalshModel, means: Tensor, centres: Tensor, spread: float, rng: torch.Generator) -> None:
    """Set the angles of a model.

    Args:
        model: to be started.
        means: <(-1)^{x_i}> of the data in bins of energy, shape (n_bins, n_visible).
        centres: scaled energies of the bins (n_bins,).
        spread: standard deviation of the random angles [rad].
        rng: draws them.
    """
    h = torch.arccos(means.double().clamp(-MOST, MOST)) / 2
    fitted = _polynomials(h, centres, len(model.angles)).to(model.angles.dtype)
    single = {gate[0]: place for place, gate in enumerate(model.gates) if len(gate) == 1 and gate[0] < model.n_visible}
    with torch.no_grad():
        model.angles.zero_()
        model.angles[0] = spread * torch.randn(model.angles.shape[1:], generator=rng)
        for qubit, place in single.items():
            model.angles[: len(fitted), :, place] += fitted[:, qubit, None]


def start_biases(machine: VisibleMachine, means: Tensor, centres: Tensor) -> None:
    """Set the biases of a machine, with `means` and `centres` as above, and its couplings to 0."""
    b = -torch.atanh(means.double().clamp(-MOST, MOST))
    fitted = _polynomials(b, centres, len(machine.weights)).to(machine.weights.dtype)
    single = {gate[0]: place for place, gate in enumerate(machine.gates) if len(gate) == 1}
    with torch.no_grad():
        machine.weights.zero_()
        for bit, place in single.items():
            machine.weights[: len(fitted), place] = fitted[:, bit]


def _polynomials(values: Tensor, centres: Tensor, n: int) -> Tensor:
    """At most n Legendre coefficients, as many as there are centres, of values (n_bins, any) by least squares."""
    basis = legvander(centres.double().numpy(), min(n, len(centres)) - 1)
    return torch.from_numpy(np.linalg.lstsq(basis, values.numpy(), rcond=None)[0])
