"""What are encoder and decoder of the variational autoencoder?

A shower is hits x_i in {0, 1} and activations u_k (`coding`); c is the condition: scaled logarithm of E_inc and
standardised response. The latents z = (z_1, ..., z_L) have one level for every colour of the prior's free nodes.

    q(z | x, u, c) = prod_k q(z_k | x, u, c, z_1, ..., z_(k-1))        every level sees ALL earlier latents
    p(x, u | z, c) = prod_i Bernoulli(x_i; p_i)  prod_(k hit) N(u_k; m_k, sigma_k^2)

with p and m networks of (z, c), and one sigma for each fraction: activations have unit variance at every E_inc, so
that 1 - sigma_k^2 is the part that latents and condition explain. (As a network, sigma learns the training showers by
heart.) What is not hit has no activation, in the likelihood as in sampling: there is no hit mask that differs between
training and generation. What looks at voxels is passed in: the encoder's trunk, the decoder's heads (`networks`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from qgen.generators.qvae.coding import ShowerCode
from qgen.generators.qvae.latents import Latents
from qgen.generators.qvae.prior import Prior
from qgen.networks.mlp import mlp

Floats = NDArray[np.float64]

LOG_2PI = float(np.log(2 * np.pi))
VOXELS_AT_ONCE = 2**19
"""Voxels of the showers that are decoded together: what lies between network, draws and coding stays in cache. With
6480 voxels per shower and one thread a batch of 10 000 takes half the time of one that is decoded as a whole."""


@dataclass(frozen=True)
class Posterior:
    """Latents drawn from the encoder.

    Attributes:
        z: shape (n, n_latents).
        entropy: of q, the sum over all latents, given the earlier levels' `z` [nats], shape (n,).
    """

    z: Tensor
    entropy: Tensor


class Encoder(nn.Module):
    """Hierarchical posterior.

    Args:
        trunk: (hit, activation, condition) to features, shape (n, n_features).
        n_features: that it gives.
        levels: latents of every level.
        latents: their kind.
        hidden: widths of the hidden layers of every level's network.
    """

    def __init__(
        self, trunk: nn.Module, n_features: int, levels: Sequence[int], latents: Latents, *, hidden: Sequence[int]
    ) -> None:
        super().__init__()
        self.trunk, self.latents = trunk, latents
        earlier = np.cumsum([0, *levels])
        self.levels = nn.ModuleList(
            mlp([n_features + int(before), *hidden, latents.n_parameters * size])
            for before, size in zip(earlier, levels, strict=False)
        )

    def forward(
        self, hit: Tensor, activation: Tensor, condition: Tensor, *, tau: float, rng: torch.Generator
    ) -> Posterior:
        """Draw latents; hit (n, n_voxels), activation (n, n_fractions), condition (n, n_condition)."""
        x = self.trunk(hit, activation, condition)
        drawn: list[Tensor] = []
        entropy = x.new_zeros(len(x))
        for level in self.levels:
            parameters = level(torch.cat([x, *map(self.latents.centred, drawn)], dim=1))
            drawn.append(self.latents.draw(parameters, tau=tau, rng=rng))
            entropy = entropy + self.latents.entropy(parameters)
        return Posterior(torch.cat(drawn, dim=1), entropy)


class Decoder(nn.Module):
    """Likelihood of a shower given latents and condition; it starts near the independent, standard normal one.

    Args:
        trunk: (latents about 0, condition) to features.
        heads: (features, condition) to hit logits (n, n_voxels), means (n, n_fractions) and logarithms of the standard
            deviations (n_fractions,) of activations.
        layers: calorimeter layer of every voxel; their fractions come before those of the voxels, if they have some.
        latents: their kind.
    """

    layers: Tensor

    def __init__(self, trunk: nn.Module, heads: nn.Module, layers: NDArray[np.intp], latents: Latents) -> None:
        super().__init__()
        self.trunk, self.heads, self.latents = trunk, heads, latents
        self.register_buffer("layers", torch.from_numpy(layers), persistent=False)

    def forward(self, z: Tensor, condition: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Hit logits (n, n_voxels), means (n, n_fractions) and standard deviations (n_fractions,) of activations."""
        logit, mean, log_sd = self.heads(self.trunk(self.latents.centred(z), condition), condition)
        return logit, mean, torch.exp(log_sd)

    def log_likelihood(self, z: Tensor, hit: Tensor, activation: Tensor, condition: Tensor) -> Tensor:
        """ln p(x, u | z, c) [nats], shape (n,)."""
        logit, mean, sd = self(z, condition)
        hits = -functional.binary_cross_entropy_with_logits(logit, hit, reduction="none").sum(1)
        counts = self._counts(hit, mean.shape[1] - hit.shape[1])
        residual = counts * (activation - mean) / sd
        return hits - 0.5 * (residual**2).sum(1) - (counts * (torch.log(sd) + LOG_2PI / 2)).sum(1)

    def sample(self, z: Tensor, condition: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Hits (n, n_voxels) and activations (n, n_fractions); without any hit, the likeliest voxel has one."""
        logit, mean, sd = self(z, condition)
        hit = torch.bernoulli(torch.sigmoid(logit), generator=rng)
        empty = torch.nonzero(hit.sum(1) == 0).ravel()
        hit[empty, logit[empty].argmax(1)] = 1
        return hit, mean + sd * torch.randn(mean.shape, generator=rng)

    def _counts(self, hit: Tensor, n_layers: int) -> Tensor:
        """1 where a fraction has an activation: layers with a hit, where they have fractions, and voxels hit."""
        if not n_layers:
            return hit
        in_layer = hit.new_zeros(len(hit), n_layers).index_add(1, self.layers, hit)
        return torch.cat([(in_layer > 0).to(hit.dtype), hit], dim=1)


class VariationalAutoencoder(nn.Module):
    """Encoder, decoder and prior: three modules that agree on the latents.

    Args:
        encoder: q(z | x, u, c).
        decoder: p(x, u | z, c).
        prior: p(z | c), = exp(-E(c, z)) / Z(c) but for a quantum one.
    """

    encoder: Encoder
    decoder: Decoder
    prior: Prior

    def __init__(self, encoder: Encoder, decoder: Decoder, prior: Prior) -> None:
        super().__init__()
        self.encoder, self.decoder, self.prior = encoder, decoder, prior

    def terms(
        self, hit: Tensor, activation: Tensor, condition: Tensor, *, tau: float, rng: torch.Generator
    ) -> tuple[Tensor, Posterior]:
        """ln p(x, u | z, c), shape (n,), of one draw z of the posterior, and that draw."""
        posterior = self.encoder(hit, activation, condition, tau=tau, rng=rng)
        return self.decoder.log_likelihood(posterior.z, hit, activation, condition), posterior


def decode(
    decoder: Decoder,
    code: ShowerCode,
    z: Tensor,
    incident_energy: Floats,
    total_energy: Floats,
    rng: torch.Generator,
) -> NDArray[np.float32]:
    """Voxel energies [MeV], shape (n, n_voxels), drawn for latents, with the given totals.

    Args:
        decoder: draws hits and activations.
        code: turns them into energies.
        z: latents, shape (n, n_latents).
        incident_energy: [MeV], shape (n,).
        total_energy: [MeV], shape (n,).
        rng: of the draws.
    """
    voxels = np.empty((len(z), len(code.layers)), dtype=np.float32)
    step = max(1, VOXELS_AT_ONCE // len(code.layers))
    with torch.no_grad():
        for first in range(0, len(z), step):
            rows = slice(first, first + step)
            e, total = incident_energy[rows], total_energy[rows]
            hit, activation = decoder.sample(z[rows], code.response.condition(e, total), rng)
            voxels[rows] = code.inverse(hit, activation, e, total)
    return voxels
