"""Where training starts: near |0...0>, or at the product of the data's single-bit marginals.

With m_q(x) the share of events whose bit q is 1, the turns at the end of the circuit (`ansatz.py`) start at

    v_q(x) = 2 arcsin sqrt(m_q(x)),

fitted by least squares to what v_q can be, a + sum_l b_l phi_l(x), at nodes in x, each with the weight of its showers.
All other angles start within +- `spread`. At spread 0 the circuit's distribution is the product of the marginals
(exactly, where the fit is), but there many slopes vanish by symmetry. Without re-uploading the turns at the end do not
know the energy: they start at the marginals of all showers together.
"""

from __future__ import annotations

import torch
from torch import Tensor

from qgen.files import InputError
from qgen.generators.bits.energy import fourier, hats
from qgen.generators.qcbm.model import BornMachine

DATA_SPREAD = 0.05
"""Largest coefficient of the other angles at a start from data [rad]."""
_MARGIN = 1e-3
_LEFT = 1e-4


@torch.no_grad()
def start_from_data(
    model: BornMachine,
    nodes: Tensor,
    x: Tensor,
    states: Tensor,
    rng: torch.Generator,
    *,
    spread: float = DATA_SPREAD,
) -> None:
    """Set the coefficients of a machine.

    Args:
        model: to be started.
        nodes: scaled energies where marginals are taken (n_nodes,).
        x: scaled energies of the training showers (n,).
        states: of the training showers (n,).
        rng: draws the coefficients of the other angles.
        spread: largest of them [rad], >= 0.

    Raises:
        InputError: a circuit that does not leave |0...0> as it is where its angles are 0.
    """
    n = model.circuit.n_qubits
    for parameter in (model.constant, model.slopes):
        parameter.zero_()
    if abs(model(nodes[:1])[0, 0].item() - 1) > _LEFT:
        raise InputError(
            f"QCBM: start 'data' expects a circuit that leaves |0...0> as it is at angles 0, found {model.circuit.name}"
        )
    for parameter in (model.constant, model.slopes):
        parameter.copy_((2 * torch.rand(parameter.shape, generator=rng) - 1) * spread)
    reached = model.reached.stop == len(model.constant)
    weights = hats(x, nodes).double()
    marginal, count = marginals(weights, states, n)
    wanted = 2 * torch.arcsin(marginal.clamp(_MARGIN, 1 - _MARGIN).sqrt())
    phi = fourier(nodes, model.n_terms).double() if reached else torch.zeros(len(count), 0).double()
    design = torch.cat([torch.ones(len(count), 1).double(), phi], dim=1) * count.sqrt()[:, None]
    coefficients = torch.linalg.lstsq(design, wanted * count.sqrt()[:, None], driver="gelsd").solution
    model.constant[-n:] = coefficients[0].to(model.constant.dtype)
    if reached:
        model.slopes[:, -n:] = coefficients[1:].to(model.slopes.dtype)


def marginals(weights: Tensor, states: Tensor, n_qubits: int) -> tuple[Tensor, Tensor]:
    """Share of showers with bit q = 1 at the nodes, shape (n_nodes, n_qubits), and their summed weights (n_nodes,).

    Args:
        weights: of showers at the nodes, shape (n, n_nodes).
        states: of showers, shape (n,); bit 0 is the most significant one.
        n_qubits: number of bits.
    """
    bits = (states[:, None] >> torch.arange(n_qubits - 1, -1, -1)) & 1
    count = weights.sum(dim=0)
    return weights.T @ bits.to(weights.dtype) / count.clamp_min(1e-12)[:, None], count
