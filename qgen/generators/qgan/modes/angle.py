"""Angle mode: one qubit for one pixel, read out by its <Z> (quantum angle generator, 2307.05253).

    z, c --> angles --> |psi>  --> e_i = (1 - <Z_i>) / 2,    p_i = e_i / sum_j e_j

Any number of pixels that can be simulated: 8 pixels, or the 3 depth bins (full quantum GAN, 2305.07284). Unlike basis
states, whose probabilities sum to 1, every pixel can be read out to a precision of its own, in all shots at once.
"""

from typing import ClassVar

import torch
from torch import Tensor

from qgen.files import InputError
from qgen.generators.qgan.model import N_PHI, Angles, phi_of
from qgen.generators.qgan.modes._mode import Images, Mode, Recipe
from qgen.simulation import Quantity

MOST_PIXELS = 16
TINY = 1e-6
"""Least excitation of a qubit, so that an image has a sum."""


class Angle(Mode):
    """One qubit for every pixel."""

    quantity: ClassVar[Quantity] = "expectations"

    def __init__(self, recipe: Recipe, rng: torch.Generator) -> None:
        super().__init__(recipe, rng)
        if not 1 <= recipe.n_pixels <= MOST_PIXELS:
            raise InputError(f"QGAN: mode 'angle' draws 1 to {MOST_PIXELS} pixels, found {recipe.n_pixels}")
        circuit = recipe.circuit(recipe.n_pixels)
        self.circuits, self.n_noise = [circuit], recipe.n_latent
        self.angles = Angles(circuit, n_latent=recipe.n_latent, n_phi=N_PHI, spread=recipe.spread, rng=rng)
        self.operators = [(wire,) for wire in range(recipe.n_pixels)]

    def forward(self, condition: Tensor, noise: Tensor) -> Images:
        """Images from the excitations (1 - <Z_i>) / 2 of the qubits; see `Mode`."""
        inputs, weights = self.angles(phi_of(condition), noise)
        z = self.circuits[0].expectations(inputs, weights, self.operators)
        excited = (1 - z) / 2 + TINY
        return Images(excited / excited.sum(1, keepdim=True), torch.ones_like(z[:, 0]))
