from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qgen.circuits.line import line
from qgen.files import InputError
from qgen.generators.base import BaseGenerator, require_energies
from qgen.generators.classical.bootstrap import Bootstrap
from qgen.generators.classical.mean_image import MeanImage
from qgen.generators.qcbm import QCBM
from qgen.generators.saved import load_generator, read_config
from qgen.geometry import Geometry, Layer
from qgen.plugins import archive, generators, options_of, plugins, resolve
from qgen.showers import Showers
from qgen.testing import check_generator

GEOMETRY = Geometry("pair", (Layer(((0, 1, 2), (0, 1)), (0, 1)),), representation="pair")
OUTSIDE = '''
from qgen.generators.classical.bootstrap import Bootstrap

class Mine(Bootstrap):
    """An outside author's generator."""

def circuit(inputs, weights, wires):
    """An outside author's circuit."""
'''


@pytest.fixture
def train() -> Showers:
    rng = np.random.default_rng(0)
    return Showers(rng.uniform(size=(40, 2)), rng.uniform(1e3, 1e5, 40), GEOMETRY, particle="gamma")


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "outside.py"
    path.write_text(OUTSIDE)
    return path


def test_resolve_by_file_name() -> None:
    assert resolve("circuits/line") is line
    assert resolve("classical/bootstrap") is Bootstrap
    assert resolve("qcbm") is QCBM
    assert resolve(line) is line


def test_resolve_by_module_and_by_path(outside: Path) -> None:
    assert resolve("qgen.circuits.line:line") is line
    assert resolve(f"{outside}:circuit").__doc__ == "An outside author's circuit."
    assert resolve(f"{outside}:circuit") is resolve(f"{outside}:circuit")


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (
            "circuits/lime",
            r"circuits/lime: no such plug-in in qgen \(did you mean 'circuits/line'\?\); there are .*ring",
        ),
        ("nothing", "nothing: no such plug-in in qgen"),
        ("classical", "classical: expected a file with one plug-in, found"),
        ("no/such/file.py:f", "no/such/file.py: no such file"),
        ("no_such_module:f", "no_such_module: cannot be imported"),
        ("qgen.circuits.line:lime", r"qgen.circuits.line: no 'lime' in it \(did you mean 'line'\?\)"),
        ("Not A Name", "expected 'folder/name', 'module:name', 'path/to/file.py:name' or 'file.qasm'"),
    ],
)
def test_resolve_says_what_is_wrong(reference: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        resolve(reference)


def test_resolve_of_a_file_with_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("def f(:\n")
    with pytest.raises(InputError, match=r"broken.py: cannot be imported: .*invalid syntax"):
        resolve(f"{path}:f")


def test_plugins_of_a_folder() -> None:
    assert {"circuits/line", "circuits/product", "circuits/ring"} <= set(plugins("circuits"))
    assert not [name for folder in ("metrics", "samplers") for name in plugins(folder) if "/_" in name]


def test_archive(outside: Path, tmp_path: Path) -> None:
    """qgen's own keep their names; the source of others is copied."""
    folder = tmp_path / "run"
    folder.mkdir()
    assert archive("circuits/line", folder) == "circuits/line"
    assert archive(line, folder) == "circuits/line"
    assert archive(f"{outside}:circuit", folder) == "outside.py:circuit"
    assert (folder / "outside.py").read_text() == OUTSIDE
    assert archive(f"{folder / 'outside.py'}:circuit", folder) == "outside.py:circuit"


def test_options_that_are_no_plain_values_are_not_saved(train: Showers, tmp_path: Path) -> None:
    model = MeanImage(representation="pair").fit(train, seed=0)
    model.n_knots = np.int64(3)  # type: ignore[assignment]
    with pytest.raises(InputError, match=r"MeanImage: expected options of plain values, to be saved, found np\.int64"):
        model.save(tmp_path / "run")
    assert not list((tmp_path / "run").iterdir())


def test_archive_of_another_name_for_a_function(tmp_path: Path) -> None:
    """One that has no name of its own is found by the reference; one from elsewhere by its own name."""
    path = tmp_path / "names.py"
    path.write_text("from qgen.circuits.line import line as other\nnameless = lambda inputs, weights, wires: None\n")
    folder = tmp_path / "run"
    folder.mkdir()
    assert archive(f"{path}:nameless", folder) == "names.py:nameless"
    assert archive(f"{path}:other", folder) == "circuits/line"


def test_archive_without_a_source(tmp_path: Path) -> None:
    space: dict[str, Any] = {"__name__": "typed_in"}
    exec("def typed(): pass", space)
    with pytest.raises(InputError, match="typed: expected a plug-in defined in a file"):
        archive(space["typed"], tmp_path)


def test_save_and_load(train: Showers, tmp_path: Path) -> None:
    model = MeanImage(representation="pair", n_knots=3).fit(train, seed=0)
    model.save(tmp_path)
    loaded = load_generator(tmp_path)
    assert isinstance(loaded, MeanImage)
    assert loaded.get_params() == model.get_params()
    found, expected = (m.sample(train.incident_energy, seed=2) for m in (loaded, model))
    np.testing.assert_array_equal(found.voxels, expected.voxels)
    assert (found.geometry, found.particle) == (GEOMETRY, "gamma")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.yaml", "model.safetensors"]


def test_load_of_what_is_no_model(train: Showers, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected the folder of a saved generator, found no config.yaml"):
        load_generator(tmp_path)
    (tmp_path / "config.yaml").write_text("- 1\n")
    with pytest.raises(InputError, match="expected the entries 'generator' and 'options'"):
        read_config(tmp_path)
    Bootstrap(representation="pair").fit(train, seed=0).save(tmp_path)
    whole = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"model.safetensors: expected a saved Bootstrap"):
        load_generator(tmp_path)


def test_load_of_another_class(train: Showers, tmp_path: Path) -> None:
    Bootstrap(representation="pair").fit(train, seed=0).save(tmp_path)
    with pytest.raises(InputError, match="expected a saved MeanImage"):
        MeanImage.load(tmp_path)


@pytest.mark.parametrize(
    ("energy", "message"),
    [
        ([1e4, 0.0], "finite energies > 0 MeV, found 0.0 at row 1"),
        ([-5.0], "found -5.0 at row 0"),
        ([1e4, 2e4, np.nan], "found nan at row 2"),
        ([np.inf], "found inf at row 0"),
        (1e4, r"a vector of energies in MeV, found shape \(\)"),
    ],
)
def test_bad_energies(energy: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        require_energies(energy, (1e3, 1e5))


def test_energies_outside_the_range_warn() -> None:
    with pytest.warns(UserWarning, match=r"1 of 2 lie outside the training range 1000..100000 MeV .*first is 200000"):
        require_energies([5e4, 2e5], (1e3, 1e5))


def test_fit_says_what_is_wrong(train: Showers) -> None:
    with pytest.raises(InputError, match="at least 20 showers to learn from, found 1"):
        Bootstrap(representation="pair").fit(train.select([0]), seed=0)
    with pytest.raises(InputError, match="expected 0 <= validation < 1, found 1"):
        Bootstrap(representation="pair").fit(train, seed=0, validation=1.0)
    with pytest.raises(InputError, match="Bootstrap: expected a fitted generator"):
        Bootstrap().sample([1e4], seed=0)
    with pytest.raises(InputError, match="Bootstrap: expected a fitted generator"):
        Bootstrap().save("anywhere")


class SameSeedless(Bootstrap):
    """Breaks the contract: forgets the seed."""

    def _sample(self, incident_energy: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return super()._sample(incident_energy, np.random.default_rng(0))


class Shuffled(Bootstrap):
    """Breaks the contract: gives showers in the order of their energies."""

    def sample(self, incident_energy: Any, *, seed: int) -> Showers:
        return super().sample(np.sort(incident_energy), seed=seed)


class Global(Bootstrap):
    """Breaks the contract: touches the global random state."""

    def _fit(self, showers: Showers, run: Any) -> None:
        np.random.seed(0)  # noqa: NPY002
        super()._fit(showers, run)


class Forgetful(Bootstrap):
    """Breaks the contract: a loaded copy differs."""

    def _restore(self, state: Any) -> None:
        super()._restore(state)
        self.voxels_ = 2 * self.voxels_


@pytest.mark.parametrize(
    ("cls", "message"),
    [
        (SameSeedless, "other showers of another seed"),
        (Shuffled, "in their order"),
        (Global, "global random state of numpy"),
        (Forgetful, "saved and loaded: expected the same samples"),
    ],
)
def test_the_contract_catches_what_breaks_it(cls: type, message: str, train: Showers) -> None:
    check_generator(Bootstrap(representation="pair"), train)
    with pytest.raises(AssertionError, match=message):
        check_generator(cls(representation="pair"), train)


@pytest.mark.parametrize("name", generators())
def test_every_generator_has_the_settings_of_the_harness(name: str) -> None:
    """A fit of a small budget is shorter wherever something is trained by epochs, and its time is told."""
    cls = resolve(name)
    told = next(vars(base)["typical_fit_s"] for base in cls.__mro__ if "typical_fit_s" in vars(base))
    assert set(told) == {"quick", "standard"}
    assert told is not BaseGenerator.typical_fit_s, "its own, or that of its family"
    assert set(cls.quick) <= set(options_of(cls))
    if "epochs" in options_of(cls):
        assert cls.quick["epochs"] < cls().epochs
        assert cls.typical_fit_s["quick"] < cls.typical_fit_s["standard"]


def test_what_is_not_trained_by_epochs_has_no_history(train: Showers) -> None:
    assert Bootstrap(representation="pair").fit(train, seed=0).history_ == []
