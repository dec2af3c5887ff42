"""Wasserstein distance of the positions along random lines, averaged (sliced: Bonneel et al. 2015, 1804.01947).

    D(q, t) = 1/L sum_l W_1(q on line l, t on line l),    W_1 = integral |F_q - F_t| du

On every line the states are sorted once; W_1 is the sum over neighbours of |F_q - F_t| times the step between them,
exact for weights on discrete positions and differentiable in q. Unlike a kernel it has slopes at any distance.
"""

import torch
from torch import Tensor

from qgen.generators.qcbm.objectives._objective import Objective, Recipe
from qgen.training import Batch, generator

LINES = 64
"""Random lines over which the distance is averaged."""


class SlicedWasserstein(Objective):
    """Mean Wasserstein distance to the data along LINES random lines, in the units of the positions."""

    order: Tensor
    steps: Tensor

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        order, steps = sorted_along(recipe.positions, lines(LINES, recipe.positions.shape[1], recipe.seed))
        self.register_buffer("order", order, persistent=False)
        self.register_buffer("steps", steps, persistent=False)

    def distance(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """L; exact for its lines, `rng` is not used."""
        target, p = self.target(batch), self.model(self.nodes)
        difference = target.smeared(p) - target.histogram(p.shape[1])
        return target.average(wasserstein(difference, self.order, self.steps).mean(dim=1))


def lines(n: int, dimension: int, seed: int) -> Tensor:
    """Random unit vectors, shape (n, dimension), float64."""
    drawn = torch.randn(n, dimension, generator=generator(seed, 6), dtype=torch.float64)
    return drawn / drawn.norm(dim=1, keepdim=True)


def sorted_along(positions: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
    """Order of states along every line, shape (n_lines, n_states), and steps between neighbours, one fewer.

    Args:
        positions: shape (n_states, d).
        directions: unit vectors, shape (n_lines, d).
    """
    along, order = (directions @ positions.to(directions.dtype).T).sort(dim=1)
    return order, along.diff(dim=1).to(positions.dtype)


def wasserstein(difference: Tensor, order: Tensor, steps: Tensor) -> Tensor:
    """W_1 on every line, shape (n, n_lines), of differences q - t (n, n_states); the rest is of `sorted_along`."""
    cumulative = difference[:, order[:, :-1]].cumsum(dim=2)
    return (cumulative.abs() * steps).sum(dim=2)
