"""Patch mode: every patch of the image has a circuit of its own, another shares the energy out (after 2010.06201).

    z, c --> angles_k --> p_k(i) = |<i|psi_k>|^2   (K circuits)
    z, c --> angles   --> s(k)   = |<k|psi>|^2     (one circuit of log2 K qubits)
    p(k, i) = s(k) p_k(i)

The patches are bands of neighbouring rows of the image. K small circuits stand for one large one: that is what finer
images can afford on few qubits; correlations between patches come from the common latents and from s alone.
"""

import torch
from torch import Tensor, nn

from qgen.files import InputError
from qgen.generators.qgan.model import N_PHI, Angles, phi_of
from qgen.generators.qgan.modes._mode import Images, Mode, Recipe


class Patch(Mode):
    """One circuit for every patch."""

    def __init__(self, recipe: Recipe, rng: torch.Generator) -> None:
        super().__init__(recipe, rng)
        n, k = recipe.n_pixels, recipe.n_patches
        if k < 2 or n % k or k.bit_count() != 1:
            raise InputError(f"QGAN: expected n_patches of 2, 4, 8, ... that divide {n} pixels, found {k}")
        patch = recipe.circuit(recipe.qubits_of_pixels("patch", n // k))
        shares = recipe.circuit(recipe.qubits_of_pixels("patch", k))
        self.circuits, self.n_noise = [*[patch] * k, shares], recipe.n_latent
        self.angles = nn.ModuleList(
            Angles(circuit, n_latent=recipe.n_latent, n_phi=N_PHI, spread=recipe.spread, rng=rng)
            for circuit in self.circuits
        )

    def forward(self, condition: Tensor, noise: Tensor) -> Images:
        """Images of all patches, each times its share of the energy; see `Mode`."""
        phi = phi_of(condition)
        *patches, shares = (
            circuit.probabilities(*angles(phi, noise))
            for circuit, angles in zip(self.circuits, self.angles, strict=True)
        )
        p = (torch.stack(patches, dim=1) * shares[:, :, None]).flatten(1)
        return Images(p, torch.ones_like(p[:, 0]))
