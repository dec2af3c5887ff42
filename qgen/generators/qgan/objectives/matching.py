"""Matching objective: no discriminator, but a distance between generated and training showers (2307.05253).

    L = MMD^2 + lambda < (C_ij - C~_ij)^2 >

MMD^2 is the unbiased estimate of the squared maximum mean discrepancy with the sum of Gaussian kernels of several
bandwidths, each of which sees correlations of its own range (2305.02881), on the `View` joined with the condition; C
and C~ are the Pearson correlations of the pixels' logarithms over a batch of training and of generated showers.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from qgen.generators.qgan.modes import Images
from qgen.generators.qgan.objectives._objective import ImageObjective, Ingredients
from qgen.training import Batch, Loss

BANDWIDTHS = (0.25, 0.5, 1.0, 2.0)
"""Of the kernels, in units of the root mean square distance of independent standard normal features."""
CONDITION_SCALE = 2.0
"""Of the condition beside the features."""
TINY = 1e-6


class Matching(ImageObjective):
    """Distance of the circuit's showers to training showers: discrepancy and correlations of pixels.

    Args:
        made_of: circuit and view of the showers.
        correlation: lambda >= 0.
    """

    def __init__(self, made_of: Ingredients, *, correlation: float) -> None:
        super().__init__(made_of)
        self.correlation = correlation

    def losses(self) -> Mapping[str, Loss]:
        """L alone: no second network is trained."""
        return {"generator": self.loss}

    def loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """L (L_0 while warming up)."""
        images = self.images(self.generator, batch["condition"], rng)
        if self.warming_up:
            return self.cross_entropy(batch["energies"], images)
        return self.distance(batch, images)

    def distance(self, batch: Batch, images: Images) -> Tensor:
        """L of images for a batch."""
        n_pixels = batch["energies"].shape[1]
        theirs, ours = (
            self.view(energies) for energies in (batch["energies"], self.transform.inverse(images.p, batch["total"]))
        )
        condition = CONDITION_SCALE * batch["condition"]
        discrepancy = mmd(torch.cat([theirs, condition], dim=1), torch.cat([ours, condition], dim=1), images.weight)
        difference = correlations(theirs[:, :n_pixels]) - correlations(ours[:, :n_pixels], images.weight)
        return discrepancy + self.correlation * difference.square().mean()


def mmd(reference: Tensor, generated: Tensor, weight: Tensor) -> Tensor:
    """Unbiased MMD^2 of features (n, d) and (m, d), summed over `BANDWIDTHS`; `weight` (m,) of the generated.

    One row has no pairs: the mean over them is left out.
    """
    n, m, d = len(reference), len(generated), reference.shape[1]
    rows = torch.cat([reference, generated])
    lengths = rows.square().sum(1)
    squares = (lengths[:, None] + lengths - 2 * rows @ rows.T).clamp(min=0) / (2 * d)
    kernel = torch.stack([torch.exp(-squares / (2 * width**2)) for width in BANDWIDTHS]).sum(0)
    kernel = kernel * (1 - torch.eye(n + m, dtype=kernel.dtype))
    within = kernel[:n, :n].sum() / max(n * (n - 1), 1) + weight @ kernel[n:, n:] @ weight / max(m * (m - 1), 1)
    return within - 2 * (kernel[:n, n:] @ weight).sum() / (n * m)


def correlations(values: Tensor, weight: Tensor | None = None) -> Tensor:
    """Pearson matrix, shape (d, d), of columns of values (n, d), weights (n,); 0 for a column that does not vary."""
    w = torch.ones_like(values[:, :1]) if weight is None else weight[:, None]
    centred = values - (w * values).sum(0) / w.sum()
    unit = centred / ((w * centred.square()).sum(0) / w.sum() + TINY**2).sqrt()
    return (w * unit).T @ unit / w.sum()
