import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from torch import Tensor
from training import training_job

import qgen
from qgen.datasets import stream
from qgen.files import InputError
from qgen.generators.base import BaseGenerator
from qgen.generators.qvae import CaloQVAE
from qgen.generators.spec import create
from qgen.geometry import Geometry, Layer
from qgen.showers import Showers
from qgen.training import Run, generator, train
from qgen.training.rows import Batch, InMemory
from qgen.training.streamed import Streamed, Survey, streamed

N, BLOCK = 230, 10
ROW = 3 * 4
"""Bytes of a row of `code`."""
SHAPES = ((3, 96), (12, 12), (12, 6))
SMALL = {"partitions": (8, 8), "width": 16, "n_chains": 20, "batch_size": 32, "epochs": 4, "validate_every": 2}


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


def weights(objective: torch.nn.Module) -> Tensor:
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


@pytest.fixture
def clic(tmp_path: Path) -> tuple[Path, Showers]:
    """A file of native showers, and their images."""
    showers = qgen.load("clic/e-", stop=300)
    qgen.save(showers, tmp_path / "clic.hdf5")
    return tmp_path / "clic.hdf5", qgen.represent(showers, "image8x8")


def state(model: CaloQVAE) -> dict[str, Tensor]:
    return {name: torch.as_tensor(value) for name, value in model._state().items()}


@pytest.mark.parametrize("conditioned", [False, True])
def test_caloqvae_learns_the_same_from_a_stream_as_from_memory(clic: tuple[Path, Showers], conditioned: bool) -> None:
    path, images = clic
    options = {**SMALL, "partitions": (4, 8, 8), "conditioned": True} if conditioned else SMALL
    ours = CaloQVAE(**options).fit(stream(path, batch_size=70), seed=1)
    theirs = CaloQVAE(**options).fit(images, seed=1)
    assert ours.history_ == theirs.history_
    assert ours.energy_range_ == theirs.energy_range_
    assert all(torch.equal(value, state(theirs)[name]) for name, value in state(ours).items())


def test_caloqvae_learns_from_a_stream_that_does_not_fit(
    clic: tuple[Path, Showers], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, images = clic
    monkeypatch.setattr("qgen.generators.qvae.generator.MEMORY", 100 * 600)  # about 100 images of 300
    monkeypatch.setattr("qgen.generators.qvae.generator.MOST_VOXELS", 150 * 64)
    whole = CaloQVAE(**SMALL).fit(stream(path, batch_size=20), seed=1)
    assert len(whole.history_) == 4
    assert whole.history_[-1]["validation"] < whole.history_[1]["validation"]
    energy = images.incident_energy
    assert whole.energy_range_ == (energy.min(), energy.max())
    assert whole.sample(energy, seed=0).geometry == images.geometry


@pytest.mark.parametrize(
    "name",
    ["qgan", "qcbm", *(f"classical/{kind}" for kind in ("bootstrap", "mean_image", "gaussian_copula"))],
)
def test_generators_that_need_showers_in_memory_say_so(clic: tuple[Path, Showers], name: str) -> None:
    model = create(name, quick=True)
    assert isinstance(model, BaseGenerator)
    with pytest.raises(InputError, match=rf"{type(model).__name__} learns from showers in memory, .* qgen.load\('.*"):
        model.fit(stream(clic[0], batch_size=50), seed=0)


def test_a_value_that_is_not_allowed_is_told_with_its_row(clic: tuple[Path, Showers]) -> None:
    with h5py.File(clic[0], "r+") as file:
        file["ECAL"][163, 3, 4, 5] = -1
    with pytest.raises(InputError, match=r"clic.hdf5: field 'ECAL': expected .* in row 163"):
        CaloQVAE(**SMALL).fit(stream(clic[0], batch_size=50), seed=0)


def test_a_file_that_is_damaged_while_it_is_read_is_told(
    clic: tuple[Path, Showers], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qgen.generators.qvae.generator.MEMORY", 100 * 600)

    def damage(epoch: int, row: dict[str, float]) -> None:
        with h5py.File(clic[0], "r+") as file:
            where = file["ECAL"].id.get_chunk_info(file["ECAL"].id.get_num_chunks() // 2)
        with clic[0].open("r+b") as raw:
            raw.seek(where.byte_offset)
            raw.write(b"\xff" * where.size)

    with pytest.raises(InputError, match=r"clic.hdf5: field 'ECAL' cannot be read, is it truncated or damaged"):
        CaloQVAE(**SMALL).fit(stream(clic[0], batch_size=20), seed=0, callbacks=(damage,))


JOB = """
import resource, sys
import qgen.generators.qvae.generator as module
from qgen.datasets import stream
module.MEMORY, module.MOST_VOXELS = 16 * 2**20, 2**20
def fit(stop):
    model = module.CaloQVAE(representation="native", partitions=(8, 8), width=8, n_chains=20, epochs=2)
    model.fit(stream(sys.argv[1], batch_size=500, stop=stop), seed=0)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
print(fit(5_000), fit(None))
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    showers = qgen.load("calogan/e+")
    rng = np.random.default_rng(0)
    with h5py.File(tmp_path / "big.hdf5", "w") as file:
        n = 100_000
        layers = {f"layer_{i}": file.create_dataset(f"layer_{i}", (n, *shape), "f4") for i, shape in enumerate(SHAPES)}
        energy = file.create_dataset("energy", (n, 1), "f4")
        for start in range(0, n, 1000):
            part = showers.select(rng.integers(len(showers), size=1000))
            for i, dataset in enumerate(layers.values()):
                dataset[start : start + 1000] = part.layer(i)
            energy[start : start + 1000] = part.incident_energy[:, None] / 1e3
    assert (tmp_path / "big.hdf5").stat().st_size > 200e6
    found = subprocess.run([sys.executable, "-c", JOB, str(tmp_path / "big.hdf5")], capture_output=True, text=True)
    assert not found.returncode, found.stderr
    small, big = map(float, found.stdout.split())
    assert big - small < 64  # MiB; the rows, as the networks see them, are 385
