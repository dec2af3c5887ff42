"""The command line: exit status, one-line errors, files in public layouts, resumption."""

import json
import subprocess
import sys

import h5py
import numpy as np
import pytest

import qgen
from qgen.cli import main

# A small training sample ends short of the energies of some test showers.
pytestmark = pytest.mark.filterwarnings("ignore:incident_energy")

QUICK = ["classical/mean_image", "classical/independent_pixels"]


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> str:
    """A file with 400 GEANT4 images, so that comparing takes seconds."""
    path = tmp_path_factory.mktemp("data") / "small.hdf5"
    qgen.save(qgen.represent(qgen.load("clic/e-", stop=400), "image8x8"), path)
    return str(path)


def status_and_line(capsys, *arguments: str) -> tuple[int, str]:
    status = main(arguments)
    return status, capsys.readouterr().err


def test_version(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out.split()[-1] == qgen.__version__


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["data", "describe", "nowhere.hdf5"], ["nowhere.hdf5"]),
        (["fit", "qvea"], ["qvea"]),
        (["fit", "classical/gaussian_copla"], ["did you mean 'classical/gaussian_copula'"]),
        (["fit", "classical/mean_image:depth=3"], ["unknown option 'depth'"]),
        (["fit", "classical/mean_image", "--seed", "x"], ["seed"]),
        (["compare", "--budget", "huge"], ["budget"]),
        (["compare", "--dataset", "clic/e-", "--generators", "nobody"], ["nobody"]),
        (["evaluate", "calogan/e+", "clic/e-"], ["expected one geometry"]),
        (["report", "nowhere"], ["nowhere: expected the folder of a comparison", "found nothing"]),
        (["compare", "--seeds", "0"], ["seeds >= 1"]),
        (["compare", "--out", "/proc/nowhere"], ["/proc/nowhere"]),
        (["compare", "--generators", "qgan:ansatz=circuits/lin"], ["did you mean 'circuits/line'"]),
        (["fit", "qgn"], ["did you mean 'qgan'"]),
        (["circuits", "show", "nowhere.py:circuit"], ["nowhere.py"]),
        (["sample", "nowhere"], ["config.yaml"]),
        (["no-such-verb"], ["no-such-verb"]),
    ],
)
def test_bad_input_is_one_line_and_status_2(capsys, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    status, text = status_and_line(capsys, *arguments)
    lines = [line for line in text.splitlines() if line.startswith("qgen: ")]
    assert status == 2
    assert len(lines) == 1
    assert all(word in lines[0] for word in words)
    assert not list(tmp_path.rglob("*.json")), "nothing half-written"


def test_convert_and_describe(capsys, tmp_path):
    target = tmp_path / "image.hdf5"
    assert main(["data", "convert", "clic/e-", str(target), "--representation", "image8x8", "--stop", "50"]) == 0
    expected = qgen.represent(qgen.load("clic/e-", stop=50), "image8x8")
    with h5py.File(target) as file:
        np.testing.assert_array_equal(file["showers"][:], expected.voxels)
    assert main(["data", "describe", str(target), "--plot", str(tmp_path / "figures")]) == 0
    assert {path.name for path in (tmp_path / "figures").iterdir()} >= {"mean_shower.pdf", "energies.png"}
    assert main(["data", "list"]) == 0
    assert "calochallenge/2" in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore::qgen.evaluation.SpectraWarning")
def test_fit_sample_evaluate(small, tmp_path, capsys):
    run, samples = str(tmp_path / "run"), str(tmp_path / "samples.hdf5")
    assert main(["fit", "classical/mean_image", "--dataset", small, "--out", run]) == 0
    assert main(["sample", run, "--out", samples]) == 0
    generated = qgen.load(samples)
    test = qgen.load(small).split(0.7, seed=0)[1]
    np.testing.assert_allclose(generated.incident_energy, test.incident_energy)
    assert main(["sample", run, "--energy", "50", "--n", "220", "--out", samples, "--force"]) == 0
    assert np.all(qgen.load(samples).incident_energy == 50e3)
    asked = ["evaluate", small, samples, "--out", str(tmp_path / "evaluation.json")]
    assert main(asked) == 2, "all are of one energy"
    assert main([*asked, "--allow_different_energies", "true"]) == 0
    assert json.loads((tmp_path / "evaluation.json").read_text())["scores"]["auc"]["value"] > 0.9
    assert "classifier AUC" in capsys.readouterr().out
    status, text = status_and_line(capsys, "fit", "classical/independent_pixels", "--dataset", small, "--out", run)
    assert status == 2
    assert "choose another folder" in text


def test_fit_to_a_stream_learns_from_the_whole_file(small, tmp_path, capsys):
    run, samples = str(tmp_path / "run"), str(tmp_path / "samples.hdf5")
    generator = "qvae:width=16,n_chains=20,epochs=1"
    assert main(["fit", generator, "--dataset", small, "--stream", "--out", run]) == 0
    assert (
        f"fitted to {len(qgen.load(small))} showers; next: qgen sample {run} --energies FILE" in capsys.readouterr().out
    )
    status, text = status_and_line(capsys, "sample", run, "--out", samples, "--force")
    assert status == 2
    assert "learnt from all showers" in text
    assert main(["sample", run, "--energies", small, "--out", samples, "--force"]) == 0
    assert len(qgen.load(samples)) == len(qgen.load(small))
    other = ("--stream", "--out", str(tmp_path / "other"))
    status, text = status_and_line(capsys, "fit", "classical/mean_image", "--dataset", small, *other)
    assert status == 2
    assert f"MeanImage learns from showers in memory, found a stream of {small}" in text


@pytest.mark.slow
def test_compare_writes_everything_and_resumes(small, tmp_path, capsys):
    out = tmp_path / "compare"
    arguments = ["compare", "--dataset", small, "--generators", *QUICK, "--seeds", "2", "--out", str(out)]
    arguments += ["--controls", "false"]
    assert main(arguments) == 0
    scoreboard = json.loads((out / "scoreboard.json").read_text())
    assert [row["generator"] for row in scoreboard["rows"]] == QUICK
    assert all(row["seeds"] == [0, 1] for row in scoreboard["rows"])
    for name in ("scoreboard.md", "scoreboard.tex", "report.html", "figures/scores.pdf", "figures/scores.png"):
        assert (out / name).stat().st_size > 0
    files = {"config.yaml", "model.safetensors", "samples.hdf5", "evaluation.json", "environment.json"}
    assert files <= {path.name for path in (out / "classical-mean_image/seed1").iterdir()}
    weights = out / "classical-mean_image/seed0/model.safetensors"
    before = weights.stat().st_mtime_ns
    (out / "classical-independent_pixels/seed1/evaluation.json").unlink()
    assert main(arguments) == 0
    assert weights.stat().st_mtime_ns == before, "a finished generator is not trained again"
    again = json.loads((out / "scoreboard.json").read_text())
    assert [row["metrics"] for row in again["rows"]] == [row["metrics"] for row in scoreboard["rows"]]
    status, text = status_and_line(capsys, *arguments[:2], "calogan/e+", *arguments[3:])
    assert status == 2
    assert "truth floor" in text


@pytest.mark.slow
def test_report_needs_the_scoreboard_only(small, tmp_path):
    out = tmp_path / "compare"
    assert (
        main(["compare", "--dataset", small, "--generators", QUICK[0], "--controls", "false", "--out", str(out)]) == 0
    )
    made = {name: (out / name).read_text() for name in ("scoreboard.md", "scoreboard.tex")}
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "scoreboard.json").write_text((out / "scoreboard.json").read_text())
    assert main(["report", str(alone)]) == 0
    assert {name: (alone / name).read_text() for name in made} == made
    assert (alone / "report.html").exists()


def test_no_traceback_from_the_real_command(tmp_path):
    broken = tmp_path / "broken.hdf5"
    broken.write_bytes(b"not HDF5")
    command = [sys.executable, "-c", "import sys; from qgen.cli import main; sys.exit(main())"]
    done = subprocess.run([*command, "data", "describe", str(broken)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert str(broken) in done.stderr


def test_a_circuit_too_large_for_samples_is_exported_next(small, tmp_path, capsys):
    run = tmp_path / "run"
    spec = "iqp:body=1,epochs=0"
    assert main(["fit", spec, "--dataset", small, "--out", str(run)]) == 0
    assert f"next: qgen circuits export {run} ENERGY\n" in capsys.readouterr().out
    assert main(["circuits", "export", str(run), "50", "--out", str(tmp_path / "circuit.qasm")]) == 0
    assert "n_qubits 64" in capsys.readouterr().out
    assert main(["fit", f"{spec},mode=bit_flip", "--dataset", small, "--out", str(tmp_path / "flips")]) == 0
    assert f"next: qgen sample {tmp_path / 'flips'}\n" in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore::qgen.evaluation.SpectraWarning")
def test_files_of_different_energies_are_refused_in_one_line(tmp_path, capsys):
    showers = qgen.load("calogan/e+", stop=400)
    by_energy = showers.select(np.argsort(showers.incident_energy))
    for name, part in (("low", slice(200)), ("high", slice(200, 400))):
        qgen.save(by_energy.select(part), tmp_path / f"{name}.hdf5")
    files = [str(tmp_path / f"{name}.hdf5") for name in ("low", "high")]
    assert main(["evaluate", *files, "--metrics", "fpd"]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert "Kolmogorov-Smirnov distance 1.000" in lines[-1]
    assert "allow_different_energies" in lines[-1]
    assert main(["evaluate", *files, "--metrics", "fpd", "--allow_different_energies", "true"]) == 0
    assert "warning: incident energies of reference and generated showers differ" in capsys.readouterr().out


def test_a_file_that_is_there_is_overwritten_only_by_force(small, tmp_path, capsys):
    out = tmp_path / "out.hdf5"
    out.write_text("mine")
    for words in (["data", "convert", small, str(out)], ["sample", "nowhere", "--energy", "50", "--out", str(out)]):
        status, text = status_and_line(capsys, *words)
        assert status == 2
        assert "out.hdf5: is there already; say --force to overwrite it" in text
    assert out.read_text() == "mine"
    words = ["--representation", "image8x8", "--stop", "3", "--force"]
    assert main(["data", "convert", small, str(out), *words]) == 0
    assert len(qgen.load(out)) == 3
    status, text = status_and_line(capsys, "data", "convert", small, str(tmp_path / "out.txt"))
    assert (status, "expected the name of a file that ends in .hdf5 or .h5" in text) == (2, True)


@pytest.mark.slow
def test_training_seeds_may_be_named(small, tmp_path):
    words = ["compare", "--dataset", small, "--generators", QUICK[0], "--controls", "false", "--metrics", "fpd"]
    assert main([*words, "--seeds", "3,7", "--out", str(tmp_path / "out")]) == 0
    board = json.loads((tmp_path / "out" / "scoreboard.json").read_text())
    assert [row["seeds"] for row in board["rows"]] == [[3, 7]]
