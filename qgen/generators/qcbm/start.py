"""Where training starts: near |0...0>, or at the product of the data's single-bit marginals.

With m_q(x) the share of events whose bit q is 1, the turns at the end of the circuit (`ansatz.py`) start at

    v_q(x) = 2 arcsin sqrt(m_q(x)),

fitted by least squares to what v_q can be, a + sum_l b_l phi_l(x), at the nodes of a grid, each with the weight of its
events. All other angles start within +- `spread`. At spread 0 the circuit's distribution is the product of the
marginals (exactly, where the fit is), but there many slopes vanish by symmetry. Without re-uploading the turns at the
end do not know the condition: they start at the marginals of all events together.
"""

from __future__ import annotations

import torch
from torch import Tensor

from qgen.files import InputError
from qgen.generators.qcbm.condition import features
from qgen.generators.qcbm.grid import Grid
from qgen.generators.qcbm.model import BornMachine

DATA_SPREAD = 0.05
"""Largest coefficient of the other angles at a start from data [rad]."""
_MARGIN = 1e-3
_LEFT = 1e-4


@torch.no_grad()
def start_from_data(
    model: BornMachine,
    grid: Grid,
    conditions: Tensor,
    states: Tensor,
    rng: torch.Generator,
    *,
    spread: float = DATA_SPREAD,
) -> None:
    """Set the coefficients of a machine.

    Args:
        model: to be started.
        grid: where marginals are taken.
        conditions: of the training events, shape (n,) or (n, n_conditions).
        states: of the training events, shape (n,).
        rng: draws the coefficients of the other angles.
        spread: largest of them [rad], >= 0.

    Raises:
        InputError: a circuit that does not leave |0...0> as it is where its angles are 0.
    """
    n = model.circuit.n_qubits
    for parameter in (model.constant, model.slopes):
        parameter.zero_()
    if abs(model(grid.points[:1])[0, 0].item() - 1) > _LEFT:
        raise InputError(
            f"QCBM: start 'data' expects a circuit that leaves |0...0> as it is at angles 0, found {model.circuit.name}"
        )
    for parameter in (model.constant, model.slopes):
        parameter.copy_((2 * torch.rand(parameter.shape, generator=rng) - 1) * spread)
    reached = model.reached.stop == len(model.constant)
    weights = grid.weights(conditions).double()
    marginal, count = marginals(weights, states, n)
    wanted = 2 * torch.arcsin(marginal.clamp(_MARGIN, 1 - _MARGIN).sqrt())
    phi = features(grid.points, model.fourier).double() if reached else torch.zeros(len(count), 0).double()
    design = torch.cat([torch.ones(len(count), 1).double(), phi], dim=1) * count.sqrt()[:, None]
    found = torch.linalg.lstsq(design, wanted * count.sqrt()[:, None], driver="gelsd").solution
    model.constant[-n:] = found[0].to(model.constant.dtype)
    if reached:
        model.slopes[:, -n:] = found[1:].to(model.slopes.dtype)


def marginals(weights: Tensor, states: Tensor, n_qubits: int) -> tuple[Tensor, Tensor]:
    """Share of events with bit q = 1 at the nodes, shape (n_nodes, n_qubits), and their summed weights (n_nodes,).

    Args:
        weights: of events at the nodes, shape (n, n_nodes).
        states: of events, shape (n,); bit 0 is the most significant one.
        n_qubits: number of bits.
    """
    bits = (states[:, None] >> torch.arange(n_qubits - 1, -1, -1)) & 1
    count = weights.sum(dim=0)
    return weights.T @ bits.to(weights.dtype) / count.clamp_min(1e-12)[:, None], count
