"""Adversarial objective: a discriminator that knows the energy, against the circuit (1406.2661, 1411.1784).

The discriminator sees the `View` v of a training shower, and v~ of a generated one with the same condition c = (x, r)
and the same total energy; the losses L_D and L_G are those of `qgen.networks.adversary`.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from qgen.files import InputError
from qgen.generators.qgan.modes import Images
from qgen.generators.qgan.objectives._objective import ImageObjective, Ingredients
from qgen.networks.adversary import Adversary
from qgen.training import Batch, Loss


class Adversarial(ImageObjective):
    """Circuit and discriminator trained in turn, each against the other.

    Args:
        made_of: circuit and view of the showers.
        adversary: D, with its losses and its optimiser.
    """

    def __init__(self, made_of: Ingredients, adversary: Adversary) -> None:
        super().__init__(made_of)
        self.adversary = adversary
        self._optimisers["discriminator"] = adversary.optimiser
        self.rates["discriminator"] = adversary.optimiser.param_groups[0]["lr"]
        self._images: Images | None = None
        self._generated: Tensor | None = None

    def losses(self) -> Mapping[str, Loss]:
        """The discriminator first; the generator is then judged on the same generated showers."""
        return {"discriminator": self.discriminator_loss, "generator": self.generator_loss}

    def discriminator_loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """L_D, on showers that are generated here and kept for `generator_loss`."""
        self._images = self.images(self.generator, batch["condition"], rng)
        self._generated = self.view(self.transform.inverse(self._images.p, batch["total"]))
        return self.adversary.against(self.view(batch["energies"]), self._generated, batch["condition"], rng)

    def generator_loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """L_G (L_0 while warming up), on the showers of `discriminator_loss`."""
        assert self._generated is not None
        assert self._images is not None
        (images, self._images), (generated, self._generated) = (self._images, None), (self._generated, None)
        if self.warming_up:
            return self.cross_entropy(batch["energies"], images)
        return self.adversary.judged(generated, batch["condition"], images.weight)


def penalty_of(loss: str, discriminator: str, given: float | None) -> float:
    """gamma of the discriminator: what is given, else 0.1 for "bce" and 10 for "wgan-gp".

    A quantum discriminator has none, since not every backend has second derivatives.

    Raises:
        InputError: one for a quantum discriminator, none for "wgan-gp", which is not bounded without.
    """
    quantum = discriminator == "quantum"
    usual = {"bce": 0.0 if quantum else 0.1, "wgan-gp": 10.0}[loss]
    penalty = usual if given is None else given
    if quantum and penalty:
        raise InputError(
            f"QGAN: expected loss 'bce' and no gradient_penalty with discriminator 'quantum', found {loss!r}, {penalty}"
        )
    if loss == "wgan-gp" and not penalty:
        raise InputError("QGAN: expected gradient_penalty > 0 with loss 'wgan-gp', whose critic is not bounded without")
    return penalty
