"""Encoder and decoder of the discrete variational autoencoder.

A shower is hits x_i in {0, 1} and activations u_i (`NormalScores` of the logit of the voxel's share, where hit);
c is the condition: scaled logarithm of E_inc and standardised response. Bits z = (v, h).

    q(z | x, u, c) = q(v | x, u, c) q(h | x, u, c, v)                       two levels (CaloQVAE, 2210.07430)
    p(x, u | z, c) = prod_i Bernoulli(x_i; p_i)  prod_(i hit) N(u_i; m_i, sigma_i^2)

with p, m and sigma networks of (z, c). Voxels without a hit have no activation, in the likelihood as in sampling:
there is no hit mask that differs between training and generation. In training bits are relaxed (1805.07349),

    zeta = sigmoid((l + ln rho - ln(1 - rho)) / tau),    rho ~ U(0, 1),

with logits l; at evaluation tau = 0 makes the step zeta = [l + ln rho - ln(1 - rho) > 0], exactly Bernoulli.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from qgen.networks.mlp import mlp
from qgen.qvae.boltzmann import BoltzmannPrior

LOG_2PI = float(np.log(2 * np.pi))
LOG_SD_RANGE = 3.0
"""ln sigma is held to +-3: activations are standardised, so that sigma is about 1 or below."""


@dataclass(frozen=True)
class Posterior:
    """Bits drawn from the encoder.

    Attributes:
        z: bits or their relaxations, shape (n, n_nodes).
        logits: of the Bernoulli probabilities, given the earlier level's `z`, same shape.
    """

    z: Tensor
    logits: Tensor

    def entropy(self) -> Tensor:
        """Sum over all bits of -q ln q - (1 - q) ln(1 - q) [nats], shape (n,)."""
        q = torch.sigmoid(self.logits)
        return (functional.softplus(self.logits) - q * self.logits).sum(1)


class Encoder(nn.Module):
    """Two-level posterior: the hidden bits see the input, the condition and the visible bits."""

    def __init__(self, n_voxels: int, n_condition: int, n_visible: int, n_hidden: int, *, width: int) -> None:
        super().__init__()
        n_input = 2 * n_voxels + n_condition
        self.visible = mlp([n_input, width, width, n_visible])
        self.hidden = mlp([n_input + n_visible, width, width, n_hidden])

    def forward(
        self, hit: Tensor, activation: Tensor, condition: Tensor, *, tau: float, rng: torch.Generator
    ) -> Posterior:
        """Draw bits; hit and activation (n, n_voxels), condition (n, n_condition), tau = 0 for hard bits."""
        x = torch.cat([hit - 0.5, hit * activation, condition], dim=1)
        l_v = self.visible(x)
        v = relaxed_bits(l_v, tau=tau, rng=rng)
        l_h = self.hidden(torch.cat([x, v - 0.5], dim=1))
        h = relaxed_bits(l_h, tau=tau, rng=rng)
        return Posterior(torch.cat([v, h], dim=1), torch.cat([l_v, l_h], dim=1))


class Decoder(nn.Module):
    """Likelihood of a shower given bits and condition; it starts near the independent, standard normal one."""

    def __init__(self, n_voxels: int, n_condition: int, n_nodes: int, *, width: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(mlp([n_nodes + n_condition, width, width]), nn.SiLU())
        self.hit = nn.Linear(width, n_voxels)
        self.mean = nn.Linear(width, n_voxels)
        self.log_sd = nn.Linear(width, n_voxels)
        with torch.no_grad():
            for head in (self.hit, self.mean, self.log_sd):
                head.weight.mul_(0.1)
                head.bias.zero_()

    def forward(self, z: Tensor, condition: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Hit logits, means and standard deviations of the activations, each (n, n_voxels)."""
        y = self.trunk(torch.cat([z - 0.5, condition], dim=1))
        log_sd = LOG_SD_RANGE * torch.tanh(self.log_sd(y) / LOG_SD_RANGE)
        return self.hit(y), self.mean(y), torch.exp(log_sd)

    def log_likelihood(self, z: Tensor, hit: Tensor, activation: Tensor, condition: Tensor) -> Tensor:
        """ln p(x, u | z, c) [nats], shape (n,)."""
        logit, mean, sd = self(z, condition)
        hits = -functional.binary_cross_entropy_with_logits(logit, hit, reduction="none").sum(1)
        residual = hit * (activation - mean) / sd
        return hits - 0.5 * (residual**2).sum(1) - (hit * (torch.log(sd) + LOG_2PI / 2)).sum(1)

    def sample(self, z: Tensor, condition: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Hits and activations drawn given bits, each (n, n_voxels); without any hit, the likeliest voxel has one."""
        logit, mean, sd = self(z, condition)
        hit = torch.bernoulli(torch.sigmoid(logit), generator=rng)
        hit[torch.arange(len(hit)), logit.argmax(1)] += (hit.sum(1) == 0).to(hit.dtype)
        return hit, mean + sd * torch.randn(mean.shape, generator=rng)


class DiscreteVAE(nn.Module):
    """Encoder, decoder and prior.

    Args:
        n_voxels: of a shower.
        n_condition: numbers that describe the condition.
        n_visible, n_hidden: bits.
        width: of the two hidden layers of every network.
        n_chains, couplings: of the prior.
    """

    def __init__(
        self,
        n_voxels: int,
        n_condition: int,
        n_visible: int,
        n_hidden: int,
        *,
        width: int,
        n_chains: int,
        couplings: bool,
    ) -> None:
        super().__init__()
        self.encoder = Encoder(n_voxels, n_condition, n_visible, n_hidden, width=width)
        self.decoder = Decoder(n_voxels, n_condition, n_visible + n_hidden, width=width)
        self.prior = BoltzmannPrior(n_visible, n_hidden, n_chains=n_chains, couplings=couplings)

    def terms(
        self, hit: Tensor, activation: Tensor, condition: Tensor, *, tau: float, rng: torch.Generator
    ) -> tuple[Tensor, Posterior]:
        """ln p(x, u | z, c), shape (n,), of one draw z of the posterior, and that draw."""
        posterior = self.encoder(hit, activation, condition, tau=tau, rng=rng)
        return self.decoder.log_likelihood(posterior.z, hit, activation, condition), posterior


def relaxed_bits(logits: Tensor, *, tau: float, rng: torch.Generator) -> Tensor:
    """Gumbel-sigmoid bits in 0..1 of the same shape; hard bits at tau = 0."""
    rho = torch.rand(logits.shape, generator=rng).clamp(1e-6, 1 - 1e-6)
    shifted = logits + torch.logit(rho)
    return (shifted > 0).to(logits.dtype) if tau == 0 else torch.sigmoid(shifted / tau)
