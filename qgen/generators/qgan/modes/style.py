"""Style mode: latent noise and energy in every angle, one circuit for one shower (2110.06933).

    z, c --> angles --> |psi>  --> p_i = |<i|psi>|^2,  i = 0 .. 2^n - 1

The pixels are the 2^n basis states, in row-major order: of 8 x 8 pixels wires 0-2 number the row (transverse) and wires
3-5 the column (depth).
"""

import torch
from torch import Tensor

from qgen.generators.qgan.model import N_PHI, Angles, phi_of
from qgen.generators.qgan.modes._mode import Images, Mode, Recipe


class Style(Mode):
    """One state for every shower."""

    def __init__(self, recipe: Recipe, rng: torch.Generator) -> None:
        super().__init__(recipe, rng)
        circuit = recipe.circuit(recipe.qubits_of_pixels("style"))
        self.circuits, self.n_noise = [circuit], recipe.n_latent
        self.angles = Angles(circuit, n_latent=recipe.n_latent, n_phi=N_PHI, spread=recipe.spread, rng=rng)

    def forward(self, condition: Tensor, noise: Tensor) -> Images:
        """Images from the probabilities of the basis states, one state for each row; see `Mode`."""
        p = self.circuits[0].probabilities(*self.angles(phi_of(condition), noise))
        return Images(p, torch.ones_like(p[:, 0]))
