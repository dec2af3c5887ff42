"""What trains Boltzmann machines over bits: persistent contrastive divergence (PCD, Tieleman 2008).

The gradient of - ln p of data is that of <E>_data - <E>_p, a mean over data less one over the model. The latter is
taken over chains that Gibbs sweeps carry along from step to step, each at its own energy.

Of held-out showers, ln p needs ln Z; the score is the pseudo-likelihood - mean_i ln p(x_i | all other bits), which
does not.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from qgen.training import Batch, Loss
from qgen.training.rates import cool

CHAINS = 1024
SWEEPS_TRAINING, SWEEPS_SAMPLING = 2, 100


class Machine(Protocol):
    """A Boltzmann machine over bits, given the energy, with persistent chains."""

    def parameters(self) -> Any:
        """Of a `torch.nn.Module`."""

    def difference(self, x: Tensor, bits: Tensor, rng: np.random.Generator) -> Tensor:
        """<E>_data - <E>_chains with its gradient, at scaled energies x (n,) and bits (n, n_bits); chains go on."""

    def pseudo_likelihood(self, x: Tensor, bits: Tensor) -> Tensor:
        """Mean over rows and bits of ln p(x_i | all other bits)."""


class PersistentDivergence(nn.Module):
    """Trains a `Machine` by persistent contrastive divergence.

    Args:
        model: to be trained, its chains held at their energies.
        learning_rate: of Adam.
    """

    def __init__(self, model: Machine, *, learning_rate: float) -> None:
        super().__init__()
        self.model, self.learning_rate = model, learning_rate
        self.adam = torch.optim.Adam(model.parameters(), lr=learning_rate)

    def losses(self) -> Mapping[str, Loss]:
        """The difference of mean energies."""
        return {"divergence": self._difference}

    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        """Adam."""
        return {"divergence": self.adam}

    def begin_epoch(self, progress: float) -> None:
        """Lower the learning rate along half a cosine, to a hundredth."""
        cool(self.adam, self.learning_rate, progress)

    def score(self, data: Batch, rng: torch.Generator) -> float:
        """Minus the mean pseudo-likelihood of held-out showers, per bit."""
        with torch.no_grad():
            return -self.model.pseudo_likelihood(data["x"], data["bits"]).item()

    def _difference(self, batch: Batch, rng: torch.Generator) -> Tensor:
        numbers = np.random.default_rng(int(torch.randint(2**62, (), generator=rng)))
        return self.model.difference(batch["x"], batch["bits"], numbers)
