"""Relative entropy of the data with respect to the model, as the cross-entropy of every training event.

    L = - 1/n sum_i ln[(1 - eps) p_theta(s_i | x_i) + eps / 2^n_qubits]

At eps = 0 this is the KL divergence of the conditional distributions up to the entropy of the data, which the model
does not change. eps keeps an event that the model holds impossible from an infinite loss and gradient. A model that
can be anything ends at p = (t - eps / 2^n) / (1 - eps) where that is positive: a large eps drops states that few
events have, which lowers the total variation where showers are few, at the price of rare states. p between nodes is
interpolated.
"""

import torch
from torch import Tensor

from qgen.generators.qcbm.objectives._objective import Objective
from qgen.training import Batch


class KL(Objective):
    """Relative entropy of the data with respect to the model, but for the entropy of the data [nat]."""

    def distance(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """L; exact, `rng` is not used."""
        return self.cross_entropy(batch)
