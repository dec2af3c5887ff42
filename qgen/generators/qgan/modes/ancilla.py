"""Ancilla mode: what is measured on the ancillas picks the image.

    ancillas  -H-[        ]-- measured: b
                 [ ansatz ]
    pixels    ---[        ]-- p(x | b) = p(b, x) / p(b)

The angles depend on the condition alone; chance is the quantum measurement's. Of a ancillas there are 2^a images for
every condition. On hardware the shots of one image are those in which the ancillas gave b.
"""

import torch
from torch import Tensor

from qgen.files import InputError
from qgen.generators.qgan.model import N_PHI, Angles, phi_of
from qgen.generators.qgan.modes._mode import Images, Mode, Recipe, measured

TINY = 1e-12


class Ancilla(Mode):
    """2^a states for every condition, chosen by a measurement."""

    n_noise = 1

    def __init__(self, recipe: Recipe, rng: torch.Generator) -> None:
        super().__init__(recipe, rng)
        if recipe.n_ancillas < 1:
            raise InputError(f"QGAN: mode 'ancilla' takes n_ancillas >= 1, found {recipe.n_ancillas}")
        self.n_ancillas = recipe.n_ancillas
        circuit = recipe.circuit(recipe.n_ancillas + recipe.qubits_of_pixels("ancilla"), mixed=recipe.n_ancillas)
        self.circuits = [circuit]
        self.angles = Angles(circuit, n_latent=0, n_phi=N_PHI, spread=recipe.spread, rng=rng)

    def forward(self, condition: Tensor, noise: Tensor) -> Images:
        """Images for the measured ancillas, with the weights of what was measured; see `Mode`."""
        joint = self.circuits[0].probabilities(*self.angles(phi_of(condition), noise[:, :0]))
        joint = joint.unflatten(1, (2**self.n_ancillas, -1))
        outcome, weight = measured(joint.sum(2), noise[:, 0])
        p = joint[torch.arange(len(joint)), outcome] + TINY
        return Images(p / p.sum(1, keepdim=True), weight)
