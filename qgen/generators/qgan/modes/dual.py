"""Dual mode: one circuit gives a bit string, which picks the image; the other shapes it (dual-PQC, 2103.15470).

    circuit 1, a qubits:  -H-[ ansatz(c) ]-- measured: b
    circuit 2, n qubits:     [ ansatz(c, b) ]-- p_i = |<i|psi(b)>|^2

Each bit, as -1 or 1, is a feature of the second circuit's angles, beside the condition.
"""

import torch
from torch import Tensor

from qgen.files import InputError
from qgen.generators.qgan.model import N_PHI, Angles, phi_of
from qgen.generators.qgan.modes._mode import Images, Mode, Recipe, measured
from qgen.transforms.bits import bits_of


class Dual(Mode):
    """2^a states for every condition, chosen by another circuit."""

    n_noise = 1

    def __init__(self, recipe: Recipe, rng: torch.Generator) -> None:
        super().__init__(recipe, rng)
        if recipe.n_ancillas < 1:
            raise InputError(f"QGAN: mode 'dual' takes n_ancillas >= 1, found {recipe.n_ancillas}")
        self.n_bits = recipe.n_ancillas
        chooses = recipe.circuit(self.n_bits, mixed=self.n_bits)
        shapes = recipe.circuit(recipe.qubits_of_pixels("dual"))
        self.circuits = [chooses, shapes]
        self.angles = Angles(chooses, n_latent=0, n_phi=N_PHI, spread=recipe.spread, rng=rng)
        self.shape_angles = Angles(shapes, n_latent=0, n_phi=N_PHI + self.n_bits, spread=recipe.spread, rng=rng)

    def forward(self, condition: Tensor, noise: Tensor) -> Images:
        """Images of the second circuit for the bits that the first one gave, with their weights; see `Mode`."""
        phi, none = phi_of(condition), noise[:, :0]
        chooses, shapes = self.circuits
        outcome, weight = measured(chooses.probabilities(*self.angles(phi, none)), noise[:, 0])
        signs = 2 * torch.from_numpy(bits_of(outcome.numpy(), self.n_bits)).to(phi.dtype) - 1
        p = shapes.probabilities(*self.shape_angles(torch.cat([phi, signs], dim=1), none))
        return Images(p, weight)
