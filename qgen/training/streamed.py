"""How are rows of a file larger than memory shuffled? By blocks.

An HDF5 file is fast where it is read in one go: a row alone costs as much as the chunk that it is packed in. So a
`Stream` is read in its own batches, the blocks of b consecutive showers. For every epoch all rows are permuted, the
blocks are dealt at random into groups that fit in memory, and the rows of one group after the other are used in the
order of that permutation: each row once, and every batch from m random places of the file.

Is that random enough? For showers in random order, as simulations write them, it is as good as a permutation of all.
At worst a file is sorted, so that showers of one block are alike; then the mean of a quantity over a batch of s
showers has the variance

    sigma^2 (1/s + 1/m)    in place of    sigma^2 / s,

while a whole epoch still is every shower once. Blocks that are small beside the memory, m >> s, make up for that.
A file whose rows fit in memory all at once, as the networks see them, is read once and shuffled as a whole.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from qgen.datasets import Stream, chosen_rows
from qgen.representations import represent
from qgen.showers import Showers, concatenate
from qgen.training.rows import Batch, InMemory, Rows, length

MEMORY = 512 * 2**20
"""Bytes of rows, as the networks see them, that lie in memory at a time."""
HELD = 4
"""The validation rows take at most one part in so many of that."""

Code = Callable[[Showers], Batch]


@dataclass(frozen=True)
class Survey:
    """What one pass through a stream finds out.

    Attributes:
        some: showers chosen at random, in their order.
        energy_range: lowest and highest incident energy of all showers [MeV].
    """

    some: Showers
    energy_range: tuple[float, float]

    @classmethod
    def of(cls, stream: Stream, representation: str, *, most_voxels: int, seed: int) -> "Survey":
        """Go through a stream once.

        Args:
            stream: of a file.
            representation: to project every batch to.
            most_voxels: voxels in all of the showers that are kept; all are kept where they have no more.
            seed: of the choice.
        """
        low, high, start = math.inf, 0.0, 0
        parts: list[Showers] = []
        for batch in stream:
            projected = represent(batch, representation)
            if not parts:
                most = max(most_voxels // projected.geometry.n_voxels, 2)
                keep = chosen_rows(len(stream), most, seed)
            energy = projected.incident_energy
            low, high = min(low, float(energy.min())), max(high, float(energy.max()))
            parts.append(projected.select(keep[start : start + len(batch)]))
            start += len(batch)
        return cls(concatenate(parts), (low, high))


def streamed(stream: Stream, code: Code, *, memory: int) -> Rows:
    """The rows of a stream: in memory where they fit, else read anew in every epoch.

    Args:
        stream: of a file; its batches are the blocks.
        code: showers to what the networks see of them, row by row.
        memory: bytes of rows that may lie in memory at a time.
    """
    rows = Streamed(stream, code, memory)
    if len(rows) <= rows.capacity:
        return InMemory(rows.take(torch.arange(len(rows))))
    return rows


@dataclass(frozen=True)
class Streamed:
    """Rows that are read from a file, group by group of blocks.

    Attributes:
        stream: of the file; its batches are the blocks.
        code: showers to what the networks see of them, row by row.
        memory: bytes of rows that may lie in memory at a time; one block lies there in any case.
    """

    stream: Stream
    code: Code
    memory: int

    @property
    def capacity(self) -> int:
        """Rows that fit in memory."""
        example = self._example
        return self.memory // max(sum(values.nbytes for values in example.values()) // length(example), 1)

    @property
    def most_held(self) -> int:
        """A quarter of what fits in memory."""
        return max(self.capacity // HELD, 1)

    @property
    def settings(self) -> Mapping[str, Any]:
        """Rows per block and blocks per group."""
        return {"rows_per_block": self.stream.batch_size, "blocks_per_group": self._blocks_per_group}

    def __len__(self) -> int:
        return self._n

    def take(self, index: Tensor) -> Batch:
        """The rows of an index, in its order; every block that holds some is read once, in the order of the file.

        Raises:
            InputError: what is wrong with the file, if that is so.
        """
        order = torch.argsort(index, stable=True)
        row = index[order]
        numbers, counts = torch.unique_consecutive(row // self.stream.batch_size, return_counts=True)
        places = zip(numbers.tolist(), order.split(counts.tolist()), strict=True)
        out = {name: values.new_empty(len(index), *values.shape[1:]) for name, values in self._example.items()}
        for block, (number, place) in zip(self.stream.blocks(numbers.tolist()), places, strict=True):
            within = index[place] - number * self.stream.batch_size
            for name, values in self.code(block).items():
                out[name][place] = values[within]
        return out

    def batches(self, index: Tensor, size: int, rng: torch.Generator) -> Iterator[Batch]:
        """The rows of an index, each once, by groups of blocks; the batches of a group are equal up to one row."""
        for rows in self._groups(index, rng):
            data = self.take(rows)
            for part in torch.arange(len(rows)).tensor_split(math.ceil(len(rows) / size)):
                # a copy: it must not keep the group in memory while the next one is read
                yield {name: values[part] for name, values in data.items()}
            del data

    def _groups(self, index: Tensor, rng: torch.Generator) -> list[Tensor]:
        """The rows of every group of blocks, all in random order."""
        shuffled = index[torch.randperm(len(index), generator=rng)]
        n_blocks = math.ceil(len(self) / self.stream.batch_size)
        n_groups = math.ceil(n_blocks / self._blocks_per_group)
        deal = torch.randperm(n_blocks, generator=rng) * n_groups // n_blocks
        group = deal[shuffled // self.stream.batch_size]
        counts = torch.bincount(group)
        return [rows for rows in shuffled[torch.argsort(group, stable=True)].split(counts.tolist()) if len(rows)]

    @property
    def _blocks_per_group(self) -> int:
        return max(self.capacity // self.stream.batch_size, 1)

    @cached_property
    def _n(self) -> int:
        return len(self.stream)

    @cached_property
    def _example(self) -> Batch:
        """The first showers, coded."""
        first = next(self.stream.blocks([0]))
        return self.code(first.select(slice(0, 2)))
