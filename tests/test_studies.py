"""The studies that have results of their own."""

import json
from pathlib import Path

import pytest

from qgen.files import InputError
from qgen.plugins import resolve

CIRCUITS = f"{Path(__file__).parents[1] / 'studies' / 'speed' / 'circuits.py'}:circuits"
GIBBS = f"{Path(__file__).parents[1] / 'studies' / 'speed' / 'gibbs.py'}:gibbs"
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


def test_speed_of_circuits(capsys, monkeypatch, tmp_path):
    """The last line is JSON; values and gradients are those of the peers. Memory takes processes and is left out."""
    study = resolve(CIRCUITS)
    monkeypatch.setitem(study.__globals__, "peak", lambda *_: 1.5)
    study(sizes=[3], repetitions=1)
    *_, last = capsys.readouterr().out.splitlines()
    cases = json.loads(last)["cases"]
    assert [case["case"].removeprefix("3 qubits") for case in cases] == ["", ", float32", ", own weights", ", <Z>"]
    assert [case["peer"].split()[1] for case in cases] == ["default.qubit"] * 3 + ["lightning.qubit"]
    for case in cases:
        assert case["ratio"] == pytest.approx(case["peer_s"] / case["ours_s"])
        assert case["max_abs_difference"] < (1e-5 if "float32" in case["case"] else 1e-12)
        assert case["peer_mb"] == 1.5
    globals_ = study.__globals__
    globals_["write"](globals_["scaling"]([2, 3], 1, 0), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"scaling.json", "scaling.pdf", "scaling.png"}
    assert {size["n_qubits"] for size in json.loads((tmp_path / "scaling.json").read_text())} == {2, 3}


def test_speed_of_circuits_needs_a_size():
    for options in ({"repetitions": 0}, {"sizes": []}, {"sizes": [1]}):
        with pytest.raises(InputError, match="expected"):
            resolve(CIRCUITS)(**options)


@pytest.mark.slow
def test_memory_of_circuits_is_that_of_their_states():
    """64 samples of 2^10 amplitudes in float64 are 1 MB; backpropagation keeps hundreds of them."""
    peak = resolve(CIRCUITS).__globals__["peak"]
    assert 1 < peak("statevector", 10) < 40 < peak("default.qubit", 10)
