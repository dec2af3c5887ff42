"""Angles of a circuit as affine functions of noise and condition: the style-based map (2110.06933).

    alpha_k = sum_j (W_kj + W'_kj x) z_j / sqrt(d) + sum_l U_kl phi_l + b_k,     z_1..z_d ~ N(0, 1)

(there with one latent per angle). Every angle, those of the ansatz's inputs and of its weights alike, is such a
function: noise and condition are uploaded again at every gate. W' lets fluctuations shrink with energy. phi are
features of the condition, by default (x, 2x^2 - 1, r, x r) of the scaled logarithm x of the incident energy and the
standardised response r. Without noise and features the angles are plain numbers b.
"""

import torch
from torch import Tensor, nn

from qgen.simulation.circuit import Circuit

N_PHI = 4


class Angles(nn.Module):
    """Inputs and weights of a circuit.

    Args:
        circuit: whose angles these are.
        n_latent: number of latent variables z, >= 0.
        n_phi: number of features phi, >= 0; the first is x, where there are latents.
        spread: standard deviation of all coefficients at the start [rad].
        rng: draws the coefficients to start from.

    Attributes:
        latent: W and W', shape (2 n_latent, n_angles) [rad].
        energy: U, shape (n_phi, n_angles) [rad].
        bias: b, shape (1, n_angles) [rad].
    """

    def __init__(self, circuit: Circuit, *, n_latent: int, n_phi: int, spread: float, rng: torch.Generator) -> None:
        super().__init__()
        self.sizes, self.weight_shape = [circuit.n_inputs, circuit.n_weights], circuit.weight_shape

        def normal(rows: int) -> nn.Parameter:
            return nn.Parameter(spread * torch.randn(rows, sum(self.sizes), generator=rng))

        self.latent = normal(2 * n_latent)
        self.energy = normal(n_phi)
        self.bias = normal(1)

    def forward(self, phi: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs (n, n_inputs) and weights (n, *weight_shape) [rad] for phi (n, n_phi) and z (n, n_latent)."""
        angles = phi @ self.energy + self.bias
        if z.shape[1]:
            angles = angles + torch.cat([z, phi[:, :1] * z], dim=1) @ self.latent / z.shape[1] ** 0.5
        inputs, weights = angles.split(self.sizes, dim=1)
        return inputs, weights.unflatten(1, self.weight_shape)


def phi_of(condition: Tensor) -> Tensor:
    """(x, 2x^2 - 1, r, x r), shape (n, 4), of conditions (x, r), shape (n, 2)."""
    x, r = condition[:, :1], condition[:, 1:]
    return torch.cat([x, 2 * x**2 - 1, r, x * r], dim=1)
