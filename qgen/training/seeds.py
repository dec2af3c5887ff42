"""How do parts of a training get random numbers of their own? Generators seeded by tuples of whole numbers."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def generator(*seeds: int) -> torch.Generator:
    """A `torch.Generator` seeded by a tuple of whole numbers."""
    state = np.random.SeedSequence(seeds).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> np.uint64(1)))


@contextmanager
def seeded(*seeds: int) -> Iterator[None]:
    """Initialise torch modules reproducibly, leaving the global random state as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(generator(*seeds).initial_seed())
        yield
