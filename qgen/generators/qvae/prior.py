"""Which distribution of the latents is learnt? The prior of a CaloQVAE, by its option `prior`.

"boltzmann" is a `BoltzmannMachine`, drawn by any sampler. Two priors need none: "quantum", the same machine in a
transverse field, small enough to be exact (`QuantumMachine`; in an autoencoder 1802.05779), and "normal", independent
standard normal latents, the classical control. They have the energy E(z) = |z|^2 / 2, so that the same bound trains
all: < E >_q + ln Z - H[q] is the KL divergence.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from qgen.boltzmann.machine import BoltzmannMachine
from qgen.boltzmann.quantum_training import QuantumMachine
from qgen.graphs import build


class NormalPrior(nn.Module):
    """Independent standard normal variables: E(z) = |z|^2 / 2, Z = (2 pi)^(k/2).

    Args:
        levels: latents of every level.
    """

    n_condition = 0

    def __init__(self, levels: Sequence[int]) -> None:
        super().__init__()
        self.levels = list(levels)

    def sizes(self) -> dict[str, float]:
        """Number of latents, as `resources` reports it."""
        return {"n_latents": float(sum(self.levels))}

    def energy(self, z: Tensor) -> Tensor:
        """|z|^2 / 2, shape (n,)."""
        return z.square().sum(1) / 2

    def negative(self, held: Tensor) -> Tensor:
        """Zero: Z has no parameters."""
        return torch.zeros(())

    def mean_log_p(self, z: Tensor) -> Tensor:
        """Mean of ln p over latents (n, n_latents)."""
        return -self.energy(z).mean() - sum(self.levels) * math.log(2 * math.pi) / 2

    def draw(self, held: Tensor, rng: np.random.Generator) -> tuple[Tensor, dict[str, Any]]:
        """Latents, float32, shape (n, n_latents), as many as rows of `held` (n, 0); nothing to say of how."""
        return torch.from_numpy(rng.standard_normal((len(held), sum(self.levels)), dtype=np.float32)), {}


ExactPrior = NormalPrior | QuantumMachine
Prior = BoltzmannMachine | ExactPrior


def prior_of(options: Mapping[str, Any], state: Mapping[str, Tensor] | None = None) -> Prior:
    """The prior that the options of a `CaloQVAE` name: untrained, or, with the entries of a model, ready to load them.

    Raises:
        InputError: a graph that cannot be.
    """
    kind, conditioned = options["prior"], options["conditioned"]
    if kind == "normal":
        return NormalPrior(list(options["partitions"])[conditioned:])
    if state is not None:
        prefix = "prior." if kind == "boltzmann" else "prior.machine."
        machine = BoltzmannMachine.of_state(state, prefix, conditioned=conditioned)
    else:
        graph = build(options["graph"], options["partitions"], options["graph_options"])
        n_chains = options["n_chains"] if kind == "boltzmann" else 1
        machine = BoltzmannMachine(graph, conditioned=conditioned, n_chains=n_chains)
    return machine if kind == "boltzmann" else QuantumMachine(machine, options["transverse_field"])
