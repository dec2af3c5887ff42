"""The studies that have results of their own."""

import json
from pathlib import Path

import pytest

from qgen.experiment import compare
from qgen.files import InputError
from qgen.plugins import resolve

BOTTLENECK = f"{Path(__file__).parents[1] / 'studies' / 'bottleneck.py'}:bottleneck"
GIBBS = f"{Path(__file__).parents[1] / 'studies' / 'speed' / 'gibbs.py'}:gibbs"
INTERPOLATION = f"{Path(__file__).parents[1] / 'studies' / 'interpolation.py'}:interpolation"
METRICS = f"{Path(__file__).parents[1] / 'studies' / 'speed' / 'metrics.py'}:metrics"
PARTICLES = f"{Path(__file__).parents[1] / 'studies' / 'particles.py'}:particles"


@pytest.mark.slow
def test_particles(tmp_path, capsys):
    """The bootstrap replays GEANT4 showers: what is learnt from them, and tested on them, is as with GEANT4; only those
    that it repeats are recognised. A second run trains nothing."""
    study = resolve(PARTICLES)
    study(["classical/bootstrap"], "quick", out=tmp_path)
    content = json.loads((tmp_path / "particles.json").read_text())
    table = (tmp_path / "particles.md").read_text()
    assert table in capsys.readouterr().out
    assert content["n_reference"] == {"e+": 1350, "gamma": 1350, "pi+": 1650}
    for row in content["scores"]:
        truth, error = row["accuracy"]["reference_to_reference"], row["error"]["reference_to_reference"]
        *others, repeated = list(row["accuracy"].values())[1:]
        assert all(abs(accuracy - truth) < 4 * error for accuracy in others)
        assert repeated > truth
        assert f"| {row['pair']} | classical/bootstrap | {100 * truth:.1f} ± {100 * error:.1f} |" in table
    assert "| e+ vs gamma | *CaloGAN* (published) | *66.1* | *70.6* | *54.3* | *100.0* |" in table
    before = (tmp_path / "pi+" / "classical-bootstrap" / "seed0" / "model.safetensors").stat().st_mtime_ns
    study(["classical/bootstrap"], "quick", out=tmp_path)
    assert (tmp_path / "pi+" / "classical-bootstrap" / "seed0" / "model.safetensors").stat().st_mtime_ns == before
    assert (tmp_path / "particles.md").read_text() == table


def test_particles_needs_a_seed(tmp_path):
    with pytest.raises(InputError, match="seeds >= 1, found 0"):
        resolve(PARTICLES)(seeds=0, out=tmp_path)


def test_speed_of_metrics(capsys):
    """The last line is JSON; the fast metrics have the values of the slow ones."""
    resolve(METRICS)(scale=0.02, repetitions=1)
    *_, last = capsys.readouterr().out.splitlines()
    exact, kernel, cheap = json.loads(last)["cases"]
    assert exact["case"] == "FPD, 1000 x 7"
    assert exact["max_abs_difference"] < 1e-9
    assert kernel["case"] == "KPD, 1000 x 7"
    assert kernel["max_abs_difference"] < 1e-12
    assert cheap["max_abs_difference"] < cheap["floor_sd"]
    for case in (exact, kernel, cheap):
        assert case["ratio"] == pytest.approx(case["peer_s"] / case["ours_s"])


def test_speed_of_metrics_needs_a_size():
    for options in ({"scale": 2.0}, {"repetitions": 0}):
        with pytest.raises(InputError, match="expected"):
            resolve(METRICS)(**options)


def test_speed_of_gibbs(capsys):
    """The last line is JSON; the peers draw from the same law, and two threads the same spins as one."""
    resolve(GIBBS)(scale=0.1, sweeps=2, repetitions=1)
    *_, last = capsys.readouterr().out.splitlines()
    pinned, *vendor, threads = json.loads(last)["cases"]
    assert pinned["peer"] == "torch CSR"
    for case in (pinned, *vendor):
        assert 0 < case["max_abs_difference"] < 1
        assert case["largest_z"] < 5
        assert abs(case["energy_z"]) < 5
    for case in (pinned, *vendor, threads):
        assert case["ratio"] == pytest.approx(case["peer_s"] / case["ours_s"])
        assert case["ours_rate"] / case["peer_rate"] == pytest.approx(case["ratio"])
    assert threads["max_abs_difference"] == 0


def test_speed_of_gibbs_needs_a_size():
    for options in ({"scale": 2.0}, {"sweeps": 0}, {"repetitions": 0}):
        with pytest.raises(InputError, match="expected"):
            resolve(GIBBS)(**options)


@pytest.mark.slow
def test_bottleneck(tmp_path):
    """The ratio is that of the scoreboard's values over their floor; showers that GEANT4 made twice have no shift."""
    generators = ["qvae:epochs=2 as QVAE", "classical/bootstrap"]
    board = compare("clic/e-", generators, tmp_path, seeds=2)
    resolve(BOTTLENECK)(tmp_path)
    rows = {row["generator"]: row for row in json.loads((tmp_path / "bottleneck.json").read_text())}
    fpd = {row["generator"]: row["metrics"]["fpd"] for row in board["rows"]}
    ratio, low, high = rows["QVAE"]["ratio"]
    sampled, reconstructed = (fpd[name]["value"] - fpd[name]["floor"] for name in ("QVAE", "QVAE (reconstruction)"))
    assert ratio == pytest.approx(sampled / reconstructed)
    assert low < ratio < high
    assert rows["classical/bootstrap"]["ratio"] is None
    for row in (rows["classical/bootstrap"], rows["GEANT4, training showers"]):
        for one in row["bins"]:
            assert all(abs(one[key][0]) < 4 * one[key][1] for key in ("response", "resolution", "core"))
    with pytest.raises(InputError, match="expected a finished folder of qgen compare"):
        resolve(BOTTLENECK)(tmp_path / "figures")


@pytest.mark.slow
def test_interpolation(tmp_path, capsys):
    """Showers replayed from GEANT4 at the nearest energies: near the truth where they were learnt, worse where not."""
    study = resolve(INTERPOLATION)
    study(["classical/bootstrap", "classical/mean_image"], (20.0, 40.0), budget="quick", out=tmp_path)
    content = json.loads((tmp_path / "interpolation.json").read_text())
    table = (tmp_path / "interpolation.md").read_text()
    assert table in capsys.readouterr().out
    bootstrap, image = content["scores"]
    for metric in ("fpd", "separation"):
        assert bootstrap[metric]["all"][0] < bootstrap[metric]["without"][0]
        assert bootstrap[metric]["all"][0] < image[metric]["all"][0]
    value, low, high = image["fpd"]["ratio"]
    assert value == pytest.approx(
        (image["fpd"]["without"][0] - image["fpd"]["floor"]) / (image["fpd"]["all"][0] - image["fpd"]["floor"])
    )
    assert low <= value <= high
    with pytest.raises(InputError, match="at least 100 test showers"):
        study(["classical/bootstrap"], (20.0, 20.5), budget="quick", out=tmp_path)
