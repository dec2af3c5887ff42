"""The style-based circuit: latent noise and energy in every angle of a parametrised circuit.

    alpha_k = sum_j (W_kj + W'_kj x) z_j / sqrt(d) + sum_l U_kl phi_l(x, r) + b_k,     z_1..z_d ~ N(0, 1),
    p_i     = |<i| psi(alpha) >|^2,    i = 0 .. 2^n - 1

(2110.06933, there with one latent per angle.) Every angle, those of the ansatz's inputs and of its weights alike, is
an affine function of the noise and of the condition: x the scaled logarithm of the incident energy, r the standardised
response, phi = (x, 2x^2 - 1, r, x r). So the noise is uploaded again at every gate and every shower has a state of its
own; W' lets fluctuations shrink with energy. The pixels are the 2^n basis states, in row-major order: of 8 x 8 pixels
wires 0-2 number the row (transverse) and wires 3-5 the column (depth).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from qgen.simulation.circuit import Circuit
from qgen.transforms.log_image import LogImage

N_CONDITION = 2
N_PHI = 4


class StyleCircuit(nn.Module):
    """Distributions over pixels from noise and condition.

    Args:
        circuit: the simulated ansatz.
        n_latent: number of latent variables z.
        spread: standard deviation of all coefficients at the start [rad].
        rng: draws the coefficients to start from.

    Attributes:
        latent: W and W', shape (2 n_latent, n_angles) [rad].
        energy: U, shape (4, n_angles) [rad].
        bias: b, shape (1, n_angles) [rad].
    """

    def __init__(self, circuit: Circuit, *, n_latent: int, spread: float, rng: torch.Generator) -> None:
        super().__init__()
        self.circuit, self.n_latent = circuit, n_latent
        n_angles = circuit.n_inputs + circuit.n_weights

        def normal(rows: int) -> nn.Parameter:
            return nn.Parameter(spread * torch.randn(rows, n_angles, generator=rng))

        self.latent = normal(2 * n_latent)
        self.energy = normal(N_PHI)
        self.bias = normal(1)

    def forward(self, condition: Tensor, z: Tensor) -> Tensor:
        """p, shape (n, 2**n_qubits), for conditions (x, r), shape (n, 2), and noise (n, n_latent)."""
        x, r = condition[:, :1], condition[:, 1:]
        phi = torch.cat([x, 2 * x**2 - 1, r, x * r], dim=1)
        noise = torch.cat([z, x * z], dim=1) / self.n_latent**0.5
        angles = noise @ self.latent + phi @ self.energy + self.bias
        inputs, weights = angles.split([self.circuit.n_inputs, self.circuit.n_weights], dim=1)
        return self.circuit.probabilities(inputs, weights.unflatten(1, self.circuit.weight_shape))


class View(nn.Module):
    """What the discriminator sees of a shower, each feature standardised on the training showers.

    The logarithm of every pixel; the logarithm of given sums of pixels (rows and columns), which a perceptron on
    logarithms would have to learn; and a smooth occupancy, the mean of tanh(E / E_vis).

    Args:
        energies: of the training showers [MeV], shape (n, n_pixels).
        sums: which pixels belong to which sum, 0 or 1, shape (n_pixels, n_sums).
        transform: gives the logarithm of pixels.
        visible: E_vis [MeV], > 0: energy around which a pixel counts as hit; also the offset of the sums' logarithm.
    """

    mean: Tensor
    sd: Tensor
    sums: Tensor

    def __init__(self, energies: Tensor, sums: Tensor, transform: LogImage, *, visible: float) -> None:
        super().__init__()
        self.transform, self.visible = transform, visible
        self.register_buffer("sums", sums)
        features = self._features(energies)
        self.register_buffer("mean", features.mean(0))
        sd = features.std(0)
        self.register_buffer("sd", torch.where(sd > 0, sd, 1.0))

    def forward(self, energies: Tensor) -> Tensor:
        """Features, shape (n, n_pixels + n_sums + 1), of energies [MeV], shape (n, n_pixels)."""
        return (self._features(energies) - self.mean) / self.sd

    def _features(self, energies: Tensor) -> Tensor:
        occupancy = torch.tanh(energies / self.visible).mean(1, keepdim=True)
        sums = torch.log(energies @ self.sums + self.visible)
        return torch.cat([self.transform.logarithm(energies), sums, occupancy], dim=1)
