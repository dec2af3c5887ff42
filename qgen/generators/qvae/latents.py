"""How is a posterior drawn, and what is its entropy? Bits or normal variables.

Bits (1805.07349), from one logit l each, relaxed in training at a temperature tau,

    zeta = sigmoid((l + ln rho - ln(1 - rho)) / tau),    rho ~ U(0, 1),

and at tau = 0 the step zeta = [l + ln rho - ln(1 - rho) > 0], exactly Bernoulli with q = sigmoid(l). Their entropy
is a SUM over bits. Normal variables, from a mean and ln sigma each, are those of the usual autoencoder (1312.6114),
here the classical control of the same size.
"""

import math
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

LOG_SD_RANGE = 6.0
"""ln sigma of a normal latent is held to +-6."""


class Latents(Protocol):
    """A kind of latent variables."""

    n_parameters: int
    """Numbers that the encoder gives for each."""

    def draw(self, parameters: Tensor, *, tau: float, rng: torch.Generator) -> Tensor:
        """Latents (n, k) of the parameters (n, n_parameters * k)."""

    def entropy(self, parameters: Tensor) -> Tensor:
        """Entropy of q, summed over the k latents [nats], shape (n,)."""

    def centred(self, z: Tensor) -> Tensor:
        """Latents as a network should see them, about 0."""


class Bits:
    """Bernoulli variables and their relaxations."""

    n_parameters = 1

    def draw(self, parameters: Tensor, *, tau: float, rng: torch.Generator) -> Tensor:
        """Gumbel-sigmoid bits in 0..1; hard bits at tau = 0."""
        rho = torch.rand(parameters.shape, generator=rng).clamp(1e-6, 1 - 1e-6)
        shifted = parameters + torch.logit(rho)
        return (shifted > 0).to(parameters.dtype) if tau == 0 else torch.sigmoid(shifted / tau)

    def entropy(self, parameters: Tensor) -> Tensor:
        """Sum over bits of -q ln q - (1 - q) ln(1 - q)."""
        q = torch.sigmoid(parameters)
        return (functional.softplus(parameters) - q * parameters).sum(1)

    def centred(self, z: Tensor) -> Tensor:
        """z - 1/2."""
        return z - 0.5


class Normal:
    """Normal variables; the temperature of relaxed bits means nothing to them."""

    n_parameters = 2

    def draw(self, parameters: Tensor, *, tau: float, rng: torch.Generator) -> Tensor:
        """mu + sigma eps."""
        mean, log_sd = self._split(parameters)
        return mean + torch.exp(log_sd) * torch.randn(mean.shape, generator=rng)

    def entropy(self, parameters: Tensor) -> Tensor:
        """Sum over variables of ln sigma + ln(2 pi e)/2."""
        _, log_sd = self._split(parameters)
        return log_sd.sum(1) + log_sd.shape[1] * math.log(2 * math.pi * math.e) / 2

    def centred(self, z: Tensor) -> Tensor:
        """As they are."""
        return z

    def _split(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        mean, raw = parameters.chunk(2, dim=1)
        return mean, LOG_SD_RANGE * torch.tanh(raw / LOG_SD_RANGE)
