"""A model of given probabilities and data to compare it with."""

import numpy as np
import torch
from torch import Tensor, nn

from qgen.generators.qcbm.objectives import Recipe

POSITIONS = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [2.0, 2.0]]).double()
NODES = torch.tensor([-1.0, 0.0, 1.0]).double()


class Fixed(nn.Module):
    """Probabilities at the nodes, which are its parameters."""

    def __init__(self, p: Tensor) -> None:
        super().__init__()
        self.p = nn.Parameter(p)

    def forward(self, conditions: Tensor) -> Tensor:
        return self.p


def recipe(p: Tensor, **options: object) -> Recipe:
    given = {"bandwidths": (0.5, 2.0), **options}
    return Recipe(Fixed(p), POSITIONS, NODES, 0.05, **given)


def drawn(n: int = 12, seed: int = 0) -> tuple[dict[str, Tensor], Tensor]:
    """Events between the nodes, and probabilities at the nodes."""
    rng = np.random.default_rng(seed)
    batch = {"x": torch.tensor(rng.uniform(-1, 1, n)), "state": torch.tensor(rng.integers(0, 4, n))}
    return batch, torch.tensor(rng.dirichlet(np.ones(4), size=3))


def between(batch: dict[str, Tensor], p: Tensor) -> np.ndarray:
    """p at the events, interpolated one by one, shape (n, 4)."""
    x, rows = batch["x"].numpy(), p.numpy()
    return np.stack([np.interp(x, NODES.numpy(), rows[:, s]) for s in range(4)], axis=1)


def hat_weights(batch: dict[str, Tensor]) -> np.ndarray:
    """Weights at the nodes, shape (n, 3)."""
    return np.stack([np.interp(batch["x"].numpy(), NODES.numpy(), row) for row in np.eye(3)], axis=1)
