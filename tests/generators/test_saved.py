"""Saved runs outlive the code that made them: those of format 1 give the same showers, later ones are refused."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from safetensors.numpy import load_file

import qgen
from qgen import InputError
from qgen.generators.saved import FORMAT, read_config

FORMAT1 = Path(__file__).parents[1] / "data" / "format1"
RUNS = sorted(path.name for path in FORMAT1.iterdir() if path.is_dir())
EXPECTED = load_file(FORMAT1 / "showers.safetensors")
"""Voxels [MeV] that version 0.1.0 gave for `energy` with seed 1, by run."""


def test_there_is_a_run_of_every_generator() -> None:
    assert len(RUNS) == len(EXPECTED) - 1 == 15


@pytest.mark.filterwarnings("ignore:incident_energy")
@pytest.mark.parametrize("name", RUNS)
def test_a_run_of_format_1_gives_the_same_showers(name: str, tmp_path: Path) -> None:
    model = qgen.load_generator(shutil.copytree(FORMAT1 / name, tmp_path / name), trust=True)
    showers = model.sample(EXPECTED["energy"], seed=1)
    np.testing.assert_allclose(showers.voxels, EXPECTED[name], rtol=1e-4, atol=1e-4)


@pytest.mark.filterwarnings("ignore:incident_energy")
@pytest.mark.parametrize("name", RUNS)
def test_saved_again_it_names_the_generator_and_the_format(name: str, tmp_path: Path) -> None:
    model = qgen.load_generator(shutil.copytree(FORMAT1 / name, tmp_path / name), trust=True)
    model.save(tmp_path / "again")
    config = yaml.safe_load((tmp_path / "again" / "config.yaml").read_text())
    assert config["format"] == FORMAT
    assert ":" not in config["generator"]
    again = qgen.load_generator(tmp_path / "again").sample(EXPECTED["energy"], seed=1)
    np.testing.assert_array_equal(again.voxels, model.sample(EXPECTED["energy"], seed=1).voxels)


def test_modes_of_format_1_that_are_generators_now() -> None:
    """With the options that they still have; those that were null are left out."""
    config = read_config(FORMAT1 / "iqp-rbm")
    assert config["generator"] == "classical/rbm"
    assert config["options"] == {
        "representation": "image8x8",
        "code": "codebook",
        "code_options": {"shape_bits": 3, "response_bits": 2},
        "gates": "all",
        "body": 2,
        "degree": 2,
        "epochs": 3,
        "hidden": 4,
    }
    assert read_config(FORMAT1 / "iqp-boltzmann")["generator"] == "classical/boltzmann"
    bit_flip = read_config(FORMAT1 / "iqp-bit_flip")
    assert (bit_flip["generator"], bit_flip["options"]["mode"]) == ("iqp", "bit_flip")
    assert not {"hidden", "learning_rate", "bandwidths"} & bit_flip["options"].keys()


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(FORMAT1 / "mean_image", tmp_path / "run")
    config = yaml.safe_load((folder / "config.yaml").read_text()) | {"format": FORMAT + 1, "qgen": "9.9"}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(
        InputError, match=r"config\.yaml: entry 'format': expected at most \d, found \d: saved by qgen 9"
    ):
        read_config(folder)
