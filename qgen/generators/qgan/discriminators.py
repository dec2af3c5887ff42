"""Discriminators of the QGAN by name; the quantum one makes a full quantum GAN (2305.07284).

pixels x_i -> RX(pi tanh(x_i / 2)) on qubit i, again in every block;  weights + affine(condition) -> <Z_0>
D = scale <Z_0> + offset
"""

import math
from typing import Any, Literal

import torch
from torch import Tensor, nn

from qgen.files import InputError
from qgen.generators.qgan.model import N_PHI, Angles, phi_of
from qgen.networks.discriminator import Discriminator, ImageDiscriminator
from qgen.networks.response import N_CONDITION
from qgen.simulation.circuit import Circuit

Kind = Literal["mlp", "cnn", "quantum"]

MOST_QUBITS = 12


class QuantumDiscriminator(nn.Module):
    """A circuit with one qubit for every pixel, read out on the first.

    Args:
        circuit: an ansatz with one input for every pixel.
        rng: draws its weights.
    """

    def __init__(self, circuit: Circuit, *, rng: torch.Generator) -> None:
        super().__init__()
        self.circuit = circuit
        self.angles = Angles(circuit, n_latent=0, n_phi=N_PHI, spread=0.3, rng=rng)
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.offset = nn.Parameter(torch.tensor(0.0))

    def forward(self, features: Tensor, condition: Tensor) -> Tensor:
        """Logits, shape (n,), for features (n, >= n_pixels), the pixels first, and condition (n, 2)."""
        phi = phi_of(condition)
        _, weights = self.angles(phi, phi[:, :0])
        inputs = math.pi * torch.tanh(features[:, : self.circuit.n_inputs] / 2)
        return self.scale * self.circuit.expectations(inputs, weights, [(0,)])[:, 0] + self.offset


def discriminator(
    kind: str, *, n_features: int, n_pixels: int, width: int, depth: int, backend: Any, rng: torch.Generator
) -> nn.Module:
    """An untrained discriminator; the global random state gives the weights of the classical ones.

    Args:
        kind: "mlp", "cnn" (square images) or "quantum" (at most `MOST_QUBITS` pixels).
        n_features: that it sees, the pixels first.
        n_pixels: of the image.
        width: of hidden layers.
        depth: blocks of the quantum one.
        backend: where that runs.
        rng: draws its weights.

    Raises:
        InputError: an unknown kind, or one that these images do not suit.
    """
    if kind == "mlp":
        return Discriminator(n_features, N_CONDITION, width=width)
    if kind == "cnn":
        side = math.isqrt(n_pixels)
        if side**2 != n_pixels or side < 4:
            raise InputError(f"QGAN: discriminator 'cnn' sees square images of at least 4 x 4 pixels, found {n_pixels}")
        return ImageDiscriminator(n_features, N_CONDITION, side=side, width=width)
    if kind == "quantum":
        if n_pixels > MOST_QUBITS:
            raise InputError(f"QGAN: discriminator 'quantum' sees at most {MOST_QUBITS} pixels, found {n_pixels}")
        return QuantumDiscriminator(Circuit("circuits/line", n_pixels, depth, backend=backend), rng=rng)
    raise InputError(f"QGAN: expected a discriminator of mlp, cnn, quantum, found {kind!r}")
