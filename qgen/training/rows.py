"""What does a training go through? Rows, one per shower, in memory or read as they are needed.

All rows of an epoch come once, in an order that one random generator fixes; `Rows` is what the training loop asks
for. Tensors in memory are `InMemory`; `qgen.training.streamed` has the rows of a file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

Batch = Mapping[str, Tensor]
"""Named tensors with one row per shower."""


class Rows(Protocol):
    """Rows that can be had in random order, as often as wanted."""

    @property
    def most_held(self) -> int:
        """How many rows may be kept in memory beside the training, for the validation."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """What the order of the rows depends on, beside the random generator; a checkpoint must agree with it."""

    def __len__(self) -> int:
        """Number of rows."""

    def take(self, index: Tensor) -> Batch:
        """The rows of an index, int64, in its order."""

    def batches(self, index: Tensor, size: int, rng: torch.Generator) -> Iterator[Batch]:
        """The rows of an index, each once, in random order, at most `size` at a time."""


@dataclass(frozen=True)
class InMemory:
    """Rows of tensors; any order is as good as another, so every epoch is a new permutation of all."""

    data: Batch

    @property
    def most_held(self) -> int:
        """Rows that are in memory at once: all of them."""
        return len(self)

    @property
    def settings(self) -> Mapping[str, Any]:
        """What a checkpoint must agree in: nothing, rows in memory leave no trace in the training."""
        return {}

    def __len__(self) -> int:
        return length(self.data)

    def take(self, index: Tensor) -> Batch:
        """The rows of an index."""
        return {name: values[index] for name, values in self.data.items()}

    def batches(self, index: Tensor, size: int, rng: torch.Generator) -> Iterator[Batch]:
        """The rows of an index, permuted; the last batch may be smaller."""
        for part in index[torch.randperm(len(index), generator=rng)].split(size):
            yield self.take(part)


def length(batch: Batch) -> int:
    """Number of rows of a batch."""
    return len(next(iter(batch.values())))
