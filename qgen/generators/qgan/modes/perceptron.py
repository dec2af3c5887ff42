"""Perceptron mode: the classical control, a network of about as many trainable parameters as the style circuit.

Where the pixels are no power of two, as the 3 depth bins, it is the angle circuit that it is as large as.

    z, c --> perceptron with one hidden layer --> softmax --> p_i

Everything else, latents, condition, losses and discriminator, is that of the quantum modes: what differs in the scores
is what the circuit is worth.
"""

import torch
from torch import Tensor

from qgen.generators.qgan.model import N_PHI, phi_of
from qgen.generators.qgan.modes._mode import Images, Mode, Recipe
from qgen.generators.qgan.modes.angle import MOST_PIXELS
from qgen.networks.mlp import mlp
from qgen.training import seeded


class Perceptron(Mode):
    """One softmax for every shower."""

    def __init__(self, recipe: Recipe, rng: torch.Generator) -> None:
        super().__init__(recipe, rng)
        n, powers = recipe.n_pixels, recipe.n_pixels.bit_count() == 1
        circuit = recipe.circuit(n if not powers and n <= MOST_PIXELS else recipe.qubits_of_pixels("perceptron"))
        wanted = (2 * recipe.n_latent + N_PHI + 1) * (circuit.n_inputs + circuit.n_weights)
        n_seen = recipe.n_latent + N_PHI
        width = max(1, round((wanted - recipe.n_pixels) / (n_seen + 1 + recipe.n_pixels)))
        self.circuits, self.n_noise = [], recipe.n_latent
        with seeded(rng.initial_seed()):
            self.net = mlp([n_seen, width, recipe.n_pixels])

    def forward(self, condition: Tensor, noise: Tensor) -> Images:
        """Images from the softmax of the network; see `Mode`."""
        p = torch.softmax(self.net(torch.cat([phi_of(condition), noise], dim=1)), dim=1)
        return Images(p, torch.ones_like(p[:, 0]))
