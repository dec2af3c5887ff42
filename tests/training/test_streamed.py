"""Rows of a file, shuffled by blocks: each once, in the order of the index, the same after an interruption."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from training import training_job

import qgen
from qgen.datasets import stream
from qgen.files import InputError
from qgen.geometry import Geometry, Layer
from qgen.showers import Showers
from qgen.training import Run, generator, train
from qgen.training.rows import Batch, InMemory
from qgen.training.streamed import Streamed, Survey, streamed

N, BLOCK = 230, 10
ROW = 3 * 4
"""Bytes of a row of `code`."""


def code(showers: Showers) -> Batch:
    x = torch.from_numpy(showers.voxels.copy())
    return {"x": x, "y": x[:, 0] - x[:, 1]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Showers of two voxels; the first holds the number of the row."""
    voxels = np.stack([np.arange(N), np.random.default_rng(0).random(N)], axis=1)
    geometry = Geometry("two", (Layer(((0.0, 1.0, 2.0), (0.0, 1.0)), (0.0, 1.0)),))
    Showers(voxels, np.linspace(1e3, 2e3, N), geometry).save(tmp_path / "two.hdf5")
    return tmp_path / "two.hdf5"


def rows_of(path: Path, n_blocks: int = 6) -> Streamed:
    return Streamed(stream(path, batch_size=BLOCK), code, n_blocks * BLOCK * ROW)


def test_rows_are_taken_in_the_order_of_the_index(path: Path) -> None:
    index = torch.randperm(N, generator=generator(1))[:70]
    found, whole = rows_of(path).take(index), code(qgen.load(path))
    assert all(torch.equal(found[name], whole[name][index]) for name in whole)
    assert len(rows_of(path).take(index[:0])["x"]) == 0


def test_an_epoch_has_each_row_once_from_groups_of_random_blocks(path: Path) -> None:
    rows = rows_of(path)
    index = torch.arange(N)[torch.arange(N) % 7 != 0]
    batches = [batch["x"][:, 0].long() for batch in rows.batches(index, 16, generator(2))]
    assert torch.equal(torch.cat(batches).sort().values, index)
    assert 8 <= min(map(len, batches)) <= max(map(len, batches)) <= 16
    seen: list[set[int]] = []  # 23 blocks, 6 of which fit in memory, are 4 groups
    for batch in batches:
        blocks = set((batch // BLOCK).tolist())
        if seen and blocks & seen[-1]:
            seen[-1] |= blocks
        else:
            seen.append(blocks)
    assert sorted(map(len, seen)) == [5, 6, 6, 6]
    assert sorted(set.union(*seen)) == list(range(23))
    assert all(sorted(group) != list(range(min(group), min(group) + len(group))) for group in seen)


def test_the_order_follows_from_the_generator_alone(path: Path) -> None:
    first, same, other = (
        torch.cat([batch["x"][:, 0] for batch in rows_of(path).batches(torch.arange(N), 16, generator(seed))])
        for seed in (2, 2, 3)
    )
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_a_file_that_fits_in_memory_is_shuffled_as_a_whole(path: Path) -> None:
    rows = streamed(stream(path, batch_size=BLOCK), code, memory=N * ROW)
    assert isinstance(rows, InMemory)
    assert all(torch.equal(rows.data[name], values) for name, values in code(qgen.load(path)).items())
    assert isinstance(streamed(stream(path, batch_size=BLOCK), code, memory=N * ROW - 1), Streamed)


def test_validation_is_a_quarter_of_the_memory_at_most(path: Path) -> None:
    sizes = []

    class Watching(training_job.Noisy):
        def score(self, data: Batch, rng: torch.Generator) -> float:
            sizes.append(len(data["x"]))
            return super().score(data, rng)

    train(Watching(), rows_of(path), Run(0, validation=0.5), epochs=2, batch_size=16)
    assert sizes == [15, 15]


class Blocks:
    """A stream of showers that are alike within a block: the worst order there is."""

    batch_size = 10
    geometry = Geometry("one", (Layer(((0.0, 1.0), (0.0, 1.0)), (0.0, 1.0)),))

    def __init__(self, n_blocks: int) -> None:
        self.values = np.random.default_rng(0).permutation(n_blocks) / n_blocks

    def __len__(self) -> int:
        return len(self.values) * self.batch_size

    def blocks(self, numbers: Iterable[int]) -> Iterator[Showers]:
        for number in numbers:
            yield Showers(np.full((10, 1), self.values[number]), np.full(10, 1e3), self.geometry)


def test_batches_of_a_sorted_file_vary_as_documented() -> None:
    blocks, m, s = Blocks(1000), 20, 50
    rows = Streamed(blocks, lambda part: {"x": torch.from_numpy(part.voxels.copy())}, m * 10 * 4)  # type: ignore[arg-type]
    means = torch.stack(
        [batch["x"].mean() for k in range(10) for batch in rows.batches(torch.arange(10_000), s, generator(k))]
    )
    assert len(means) == 10 * 10_000 / s
    expected = blocks.values.var() * (1 / s + 1 / m)
    # rows without replacement from 200, blocks from 1000: 1/s is really (1/s)(1 - s/200), 1/m is (1/m)(1 - m/1000)
    exact = blocks.values.var() * ((1 - s / (10 * m)) / s + (1 - m / 1000) / m)
    assert float(means.var()) == pytest.approx(exact, rel=0.12)  # 500 groups: 6 % of standard deviation
    assert float(means.var()) < expected


def weights(objective: torch.nn.Module) -> torch.Tensor:
    return torch.cat([value.ravel() for value in objective.state_dict().values()])


class Interrupted(Exception):
    pass


def stop_at(epoch: int, row: dict[str, float]) -> None:
    if epoch == 3:
        raise Interrupted


def test_an_interrupted_training_ends_with_the_same_weights(path: Path, tmp_path: Path) -> None:
    def fit(folder: Path | None, *callbacks: object, n_blocks: int = 6) -> torch.nn.Module:
        objective, run = training_job.Noisy(), Run(0, checkpoint=folder, callbacks=callbacks)  # type: ignore[arg-type]
        train(objective, rows_of(path, n_blocks), run, epochs=8, batch_size=16, checkpoint_every_s=0.0)
        return objective

    with pytest.raises(Interrupted):
        fit(tmp_path, stop_at)
    with pytest.raises(InputError, match="made with blocks_per_group=6, expected blocks_per_group=7"):
        fit(tmp_path, n_blocks=7)
    assert torch.equal(weights(fit(tmp_path)), weights(fit(None)))


def test_a_survey_chooses_showers_of_the_whole_file(path: Path) -> None:
    whole = qgen.load(path)
    survey = Survey.of(stream(path, batch_size=BLOCK), "native", most_voxels=2 * 100, seed=0)
    chosen = survey.some.voxels[:, 0].astype(int)
    assert len(survey.some) == 100
    assert (np.diff(chosen) > 0).all()
    np.testing.assert_array_equal(survey.some.voxels, whole.voxels[chosen])
    assert survey.energy_range == (1e3, 2e3)
    everything = Survey.of(stream(path, batch_size=BLOCK), "native", most_voxels=2 * N, seed=0).some
    np.testing.assert_array_equal(everything.voxels, whole.voxels)
