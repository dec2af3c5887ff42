"""Seeds of torch."""

import torch

from qgen.training.seeds import generator, seeded


def test_seeded_leaves_the_global_state() -> None:
    before = torch.get_rng_state()
    with seeded(1, 2):
        first = torch.rand(3)
    with seeded(1, 2):
        assert torch.equal(torch.rand(3), first)
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.equal(torch.rand(3, generator=generator(1, 2)), torch.rand(3, generator=generator(2, 1)))
