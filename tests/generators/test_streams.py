"""Generators that learn from a file larger than memory, and those that say that they cannot."""

import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from torch import Tensor

import qgen
from qgen.datasets import stream
from qgen.files import InputError
from qgen.generators.base import BaseGenerator
from qgen.generators.qvae import CaloQVAE
from qgen.generators.spec import create
from qgen.showers import Showers

SHAPES = ((3, 96), (12, 12), (12, 6))
SMALL = {"partitions": (8, 8), "width": 16, "n_chains": 20, "batch_size": 32, "epochs": 4, "validate_every": 2}


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
