"""Probability mode: one set of angles, one image, as first published (the DESY-CMS QGAN).

    angles --> |psi>  --> p_i = |<i|psi>|^2

The angles do not depend on the shower: what is learnt is the mean image, scaled by every shower's total energy. That is
not event-level. Counting the shots of such a state does not help: N shots have the covariance (diag p - p p^T) / N,
never positive off the diagonal, whatever the circuit.
"""

from typing import ClassVar

import torch
from torch import Tensor

from qgen.generators.qgan.model import Angles
from qgen.generators.qgan.modes._mode import Images, Mode, Recipe


class Probability(Mode):
    """One state for all showers."""

    event_level: ClassVar[bool] = False
    n_noise = 0

    def __init__(self, recipe: Recipe, rng: torch.Generator) -> None:
        super().__init__(recipe, rng)
        circuit = recipe.circuit(recipe.qubits_of_pixels("probability"))
        self.circuits = [circuit]
        self.angles = Angles(circuit, n_latent=0, n_phi=0, spread=recipe.spread, rng=rng)

    def forward(self, condition: Tensor, noise: Tensor) -> Images:
        """One image, the same for every condition; `noise` has no columns; see `Mode`."""
        p = self.circuits[0].probabilities(*self.angles(condition[:1, :0], noise[:1]))
        return Images(p.expand(len(condition), -1), torch.ones_like(condition[:, 0]))
