import torch

from qgen.networks.turns import RandomTurns, random_turns, turned


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_all_turns_and_mirror_images_are_equally_likely() -> None:
    """The 2A elements of the dihedral group, each with probability 1/(2A)."""
    turns = random_turns(12000, 5, rng())
    group = {tuple((s * k + t) % 5 for k in range(5)) for s in (1, -1) for t in range(5)}
    found, counts = torch.unique(turns, dim=0, return_counts=True)
    assert {tuple(row) for row in found.tolist()} == group
    assert (counts - 1200).abs().max() < 5 * 1200**0.5


def test_each_shower_turns_by_its_own() -> None:
    shape = (3, 4, 2)
    x = torch.randn(2, *shape, generator=rng())
    turns = torch.tensor([[1, 2, 3, 0], [0, 3, 2, 1]])
    y = turned(x.flatten(1), shape, turns).view(2, *shape)
    torch.testing.assert_close(y[0], x[0].roll(-1, 1))
    torch.testing.assert_close(y[1], x[1].flip(1).roll(1, 1))


def test_a_batch_turns_as_one() -> None:
    """Hits and activations alike, what belongs to layers not at all, and every shower by its own turn."""
    shape = (3, 4, 2)
    x = torch.randn(50, 24, generator=rng())
    batch = {"hit": x, "activation": torch.cat([torch.ones(50, 3), 2 * x], dim=1), "condition": torch.zeros(50, 2)}
    found = RandomTurns(shape)(batch, rng())
    expected = turned(x, shape, random_turns(50, 4, rng()))
    torch.testing.assert_close(found["hit"], expected)
    torch.testing.assert_close(found["activation"], torch.cat([torch.ones(50, 3), 2 * expected], dim=1))
    assert found["condition"] is batch["condition"]
