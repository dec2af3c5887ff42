"""Which showers on a cylinder are as likely as a given one? Its turns and mirror images, at random.

With A angles there are 2A of them, k -> (s k + t) mod A with s = +-1 and t in 0..A-1, the same at every layer and
radius. Shown in training, they stand for many times as many showers.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from qgen.networks.cylinder import Shape
from qgen.training.rows import Batch


def random_turns(n: int, n_angles: int, rng: torch.Generator) -> Tensor:
    """Where each angle of n turned showers comes from, shape (n, n_angles): one of the 2 n_angles permutations each."""
    turn = torch.randint(n_angles, (n, 1), generator=rng)
    sign = 2 * torch.randint(2, (n, 1), generator=rng) - 1
    return (sign * torch.arange(n_angles) + turn) % n_angles


def turned(values: Tensor, shape: Shape, turns: Tensor) -> Tensor:
    """Voxels (n, n_voxels) of a cylinder of that shape, each shower turned by its row of `turns`; same shape."""
    index = turns[:, None, :, None].expand(-1, shape[0], -1, shape[2])
    return torch.gather(values.unflatten(1, shape), 2, index).flatten(1)


@dataclass(frozen=True)
class RandomTurns:
    """A random turn for each shower of a batch, every time that it is shown.

    Attributes:
        shape: layers, angles and radii.
    """

    shape: Shape

    def __call__(self, batch: Batch, rng: torch.Generator) -> Batch:
        """The batch with "hit" and "activation" turned; numbers before those of the voxels stay as they are."""
        turns = random_turns(len(batch["hit"]), self.shape[1], rng)
        n_voxels = batch["hit"].shape[1]
        other, activation = batch["activation"].tensor_split([batch["activation"].shape[1] - n_voxels], dim=1)
        activation = torch.cat([other, turned(activation, self.shape, turns)], dim=1)
        return {**batch, "hit": turned(batch["hit"], self.shape, turns), "activation": activation}
