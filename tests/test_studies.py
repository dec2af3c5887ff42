"""The studies that have results of their own."""

import json
import re
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest

import qgen
from qgen.annealer.schedule import AnnealingSchedule
from qgen.comparison.compare import compare
from qgen.comparison.task import Task, load_split
from qgen.files import InputError
from qgen.plugins import resolve
from qgen.representations import represent
from qgen.transforms.bits import states_of

ANSATZE = f"{Path(__file__).parents[1] / 'studies' / 'circuits.py'}:circuits"
CIRCUITS = f"{Path(__file__).parents[1] / 'studies' / 'speed' / 'circuits.py'}:circuits"
BOTTLENECK = f"{Path(__file__).parents[1] / 'studies' / 'bottleneck.py'}:bottleneck"
GIBBS = f"{Path(__file__).parents[1] / 'studies' / 'speed' / 'gibbs.py'}:gibbs"
INTERPOLATION = f"{Path(__file__).parents[1] / 'studies' / 'interpolation.py'}:interpolation"
CALOQVAE = f"{Path(__file__).parents[1] / 'studies' / 'speed' / 'caloqvae.py'}:caloqvae"
GRADIENTS = f"{Path(__file__).parents[1] / 'studies' / 'gradients.py'}:gradients"
TEMPERATURE = f"{Path(__file__).parents[1] / 'studies' / 'temperature.py'}:temperature"
IQP = f"{Path(__file__).parents[1] / 'studies' / 'iqp.py'}:iqp"
IQP_SPEED = f"{Path(__file__).parents[1] / 'studies' / 'speed' / 'iqp.py'}:iqp"
METRICS = f"{Path(__file__).parents[1] / 'studies' / 'speed' / 'metrics.py'}:metrics"
HELD_OUT = f"{Path(__file__).parents[1] / 'studies' / 'held_out.py'}:held_out"
QCBM = f"{Path(__file__).parents[1] / 'studies' / 'qcbm.py'}:qcbm"
SHOTS = f"{Path(__file__).parents[1] / 'studies' / 'shots.py'}:shots"
STATES = f"{Path(__file__).parents[1] / 'studies' / 'states.py'}:states"
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


@pytest.mark.slow
def test_circuits(tmp_path, capsys, monkeypatch):
    """Gates on the device are those of `qgen circuits cost`; a ring costs SWAPs that a line does not need."""
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "studies")
    study = resolve(ANSATZE)
    study(["circuits/line", "circuits/ring"], depth=2, depths=[1, 2], epochs=0, budget="quick", out=tmp_path)
    costs = json.loads((tmp_path / "circuits.json").read_text())
    assert costs["line"][0] == 10
    assert costs["ring"][0] > 12
    table = (tmp_path / "circuits.md").read_text()
    assert table in capsys.readouterr().out
    assert "| 12 | " + "{:g} ({:g}-{:g}) |".format(*costs["ring"]) in table
    assert {path.name for path in tmp_path.glob("*.png")} == {"circuits.png", "depth.png", "qubits.png"}
    assert len(json.loads((tmp_path / "qubits" / "scoreboard.json").read_text())["rows"]) == 4


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
    """The last line is JSON; values and gradients are those of the peers. Memory takes processes and is left out.

    Of a clock that is told what to show, ours first: the ratio is the median of those of the turns, 3, 4 and 2, and not
    that of the medians, 4 / 2, when the machine slows down in between."""
    study = resolve(CIRCUITS)
    shown = cycle([1, 3, 5, 20, 2, 4])
    monkeypatch.setitem(study.__globals__, "peak", lambda *_: 1.5)
    monkeypatch.setitem(study.__globals__, "timed", lambda *_: next(shown))
    study(sizes=[3], repetitions=3)
    *_, last = capsys.readouterr().out.splitlines()
    cases = json.loads(last)["cases"]
    assert [case["case"].removeprefix("3 qubits") for case in cases] == ["", ", float32", ", own weights", ", <Z>"]
    assert [case["peer"].split()[1] for case in cases] == ["default.qubit"] * 3 + ["lightning.qubit"]
    for case in cases:
        assert (case["ratio"], case["ours_s"], case["peer_s"]) == (3, 2, 4)
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


def test_speed_of_caloqvae(capsys, tmp_path):
    """The last line is JSON; the peers give the same, and a model that was trained elsewhere is taken as it is."""
    showers = qgen.load("calogan/e+", stop=60)
    model = qgen.CaloQVAE(representation="native", partitions=(4, 6, 6), width=8, epochs=1, n_chains=20)
    model.fit(showers, seed=0).save(tmp_path)
    resolve(CALOQVAE)(tmp_path, quick=True, repetitions=2)
    *_, last = capsys.readouterr().out.splitlines()
    content = json.loads(last)
    prior, decoder = content["cases"]
    assert (content["layout"], content["nodes"], content["held"], content["couplings"]) == ("calogan", 16, 4, 84)
    assert content["converged"]
    # Couplings of an untrained prior are small: one sweep from random spins leaves next to nothing.
    assert content["sweeps"] == 1
    assert prior["largest_z"] < 5
    assert decoder["max_abs_difference"] < 1e-4
    for case in (prior, decoder):
        assert case["ratio"] == pytest.approx(case["peer_s"] / case["ours_s"])
    assert list(content["ms_per_shower"]) == ["end_to_end", "prior", "decoder"]
    assert list(content["ms_per_shower"]["prior"]) == ["1", "100", "1000"]


def test_speed_of_caloqvae_needs_a_boltzmann_prior(tmp_path):
    qgen.CaloQVAE(representation="native", prior="normal", partitions=(4, 6), width=8, epochs=1).fit(
        qgen.load("calogan/e+", stop=60), seed=0
    ).save(tmp_path)
    with pytest.raises(InputError, match="expected a CaloQVAE with a conditioned Boltzmann prior"):
        resolve(CALOQVAE)(tmp_path)
    with pytest.raises(InputError, match="expected at least 1, found 0"):
        resolve(CALOQVAE)(repetitions=0)


def test_gradients(tmp_path, capsys, monkeypatch):
    """Every objective at every size and start; the files are there, and the table holds the numbers."""
    study = resolve(GRADIENTS)
    monkeypatch.setitem(study.__globals__["STARTS"], "quick", 4)
    monkeypatch.setitem(study.__globals__, "N_SHOWERS", 100)
    study([2, 3], depth=2, budget="quick", out=tmp_path)
    content = json.loads((tmp_path / "gradients.json").read_text())
    names = ["mmd 0.3", "mmd 1", "mmd 3", "mmd 10", "mmd mixture", "kl", "sliced_wasserstein"]
    found = [(row["n_qubits"], row["start"], row["objective"]) for row in content["rows"]]
    assert found == [(n, start, name) for n in (2, 3) for start in ("uniform", "small") for name in names]
    assert all(0 < row["variance"][0] < 10 for row in content["rows"])
    table = (tmp_path / "gradients.md").read_text()
    assert table in capsys.readouterr().out
    assert f"| kl | {content['rows'][5]['variance'][0]:.1e} ±" in table
    assert (tmp_path / "gradients.pdf").read_bytes().startswith(b"%PDF")
    with pytest.raises(InputError, match=r"numbers of qubits >= 2, found \[1\]"):
        study([1], out=tmp_path)


@pytest.mark.slow
def test_temperature(tmp_path, capsys):
    """Both estimators find the stand-in's temperature; a fast map overshoots, a slow one approaches from one side."""
    resolve(TEMPERATURE)(nodes=25, noise=0.0, repeats=1, quick=True, reads=400, steps=4, out=tmp_path)
    content = json.loads((tmp_path / "temperature.json").read_text())
    assert (content["nodes"], content["held"]) == (100, 25)
    found = {name: one for name, (one,) in content["estimators"].items()}
    assert list(found) == ["pseudo-likelihood", "map, delta = 0.5", "map, delta = 1", "map, delta = 2"]
    for name in ("pseudo-likelihood", "map, delta = 1"):
        assert abs(found[name]["beta"] - 3.3) < 5 * found[name]["error"]
        assert all(abs(beta - 3.3) < 5 * error for beta, error in found[name]["conditions"])
        assert len(found[name]["conditions"]) == 4
    slow, fast = (np.array(found[f"map, delta = {delta}"]["history"])[:, 0] for delta in ("0.5", "2"))
    assert (slow[1] > 3.4) & (fast[1] < 3.2)
    assert [one["reads"] for one in found.values()] == [400, 1600, 1600, 1600]
    told = content["anneals"]
    at_freeze_out = told["predicted"]["schedule at freeze-out"]
    assert at_freeze_out[1] == pytest.approx(AnnealingSchedule.approximate().report(30.0)["beta_freeze"])
    # Anneals fall out of equilibrium before they are stopped, the more so the faster they are.
    assert told["measured"]["10 sweeps to freeze-out"][1][0] < told["measured"]["100 sweeps to freeze-out"][1][0]
    table = (tmp_path / "temperature.md").read_text()
    assert table in capsys.readouterr().out
    assert f"| pseudo-likelihood | {found['pseudo-likelihood']['beta']:.3f} ±" in table
    assert (tmp_path / "temperature.pdf").read_bytes().startswith(b"%PDF")


def test_temperature_needs_reads_for_every_condition(tmp_path):
    with pytest.raises(InputError, match="at least 2 reads per condition, found 4, 6, 5 and 7 reads"):
        resolve(TEMPERATURE)(reads=7, out=tmp_path)
    model = qgen.CaloQVAE(partitions=(4, 6, 6), width=8, epochs=1, n_chains=20)
    model.fit(qgen.load("clic/e-", stop=60), seed=0).save(tmp_path)
    with pytest.raises(InputError, match="expected a CaloQVAE with a conditioned prior on the graph of a processor"):
        resolve(TEMPERATURE)(tmp_path)


def test_temperature_of_a_trained_model(tmp_path):
    settings = {"graph": "zephyr", "graph_options": {"m": 3}, "width": 8, "epochs": 1, "n_chains": 20}
    model = qgen.CaloQVAE(partitions=(4, 6, 6, 6), **settings).fit(qgen.load("clic/e-", stop=60), seed=0)
    model.save(tmp_path)
    prior = model.model_.prior
    ising, patterns, chip = resolve(TEMPERATURE.replace(":temperature", ":problem"))(tmp_path, 0, 0, 3, 0)
    np.testing.assert_array_equal(ising.couplings, prior.ising().couplings)
    assert (patterns.shape, chip) == ((3, 22), "zephyr(3, 4)")
    assert np.all((patterns != 0) == (prior.graph.colours == 0))


def test_speed_of_iqp(capsys):
    """The last line is JSON; peers estimate the same correlators, within the noise of their samples."""
    resolve(IQP_SPEED)(qubits=[6], operators=40, samples=4000, repetitions=1)
    *_, last = capsys.readouterr().out.splitlines()
    for case in json.loads(last)["cases"]:
        assert case["case"] == "6 qubits, 21 gates, 40 operators"
        assert case["largest_z"] < 5
        assert case["max_abs_difference"] < 0.1
        assert case["ratio"] == pytest.approx(case["peer_s"] / case["ours_s"])
    assert case["peer"].startswith("torch")


def test_speed_of_iqp_needs_a_size():
    for options in ({"repetitions": 0}, {"samples": 3}, {"qubits": [0]}):
        with pytest.raises(InputError, match="expected at least 1"):
            resolve(IQP_SPEED)(**options)


@pytest.mark.slow
def test_iqp(tmp_path, capsys):
    """Training brings second-order correlators nearer to the data; a second run trains nothing and tells the same."""
    study = resolve(IQP)
    models = ["iqp:epochs=60 as trained", "iqp:epochs=0 as untrained", "classical/boltzmann:epochs=20 as machine"]
    study(models, scoreboard=False, devices=["full"], out=tmp_path)
    content = json.loads((tmp_path / "correlators.json").read_text())
    floor, _, *rows = content["rows"]
    assert floor["model"] == "floor: training showers"
    excess = {row["model"]: row["per_seed"][0]["order 2"]["excess"] for row in content["rows"]}
    assert excess["trained"] < 0.6 * excess["untrained"]
    assert excess["all training showers"] < excess["floor: training showers"]
    assert [row["resources"]["n_parameters"] for row in rows[:2]] == [6240, 6240]
    sizes = json.loads((tmp_path / "circuit.json").read_text())
    assert sizes["as written"]["two_qubit_gates"] == 2016
    assert sizes["full"]["two_qubit_gates"][0] == 4032
    table = (tmp_path / "correlators.md").read_text()
    assert table in capsys.readouterr().out
    assert (tmp_path / "correlators.pdf").read_bytes().startswith(b"%PDF")
    study(models, scoreboard=False, out=tmp_path)
    assert (tmp_path / "correlators.md").read_text() == table


def test_iqp_needs_a_seed_and_its_models(tmp_path):
    with pytest.raises(InputError, match="seeds >= 1, found 0"):
        resolve(IQP)(seeds=0, out=tmp_path)
    with pytest.raises(InputError, match="expected a model of bits"):
        resolve(IQP)(["classical/bootstrap"], out=tmp_path)


def test_iqp_scores_models_of_one_code(tmp_path, monkeypatch):
    """Another code, or other options of it, is told before anything is trained; other bits after a fit."""
    study = resolve(IQP)
    small = "code=hits,code_options={pixels: [2, 4]},epochs=0"
    for other in ("iqp:code=codebook,epochs=0", "iqp:code=hits,code_options={pixels: [4, 2]},epochs=0"):
        with pytest.raises(InputError, match=rf"^iqp:code[^\n]*: expected the code of iqp:{re.escape(small)}, 'hits' "):
            study([f"iqp:{small}", other], scoreboard=False, out=tmp_path)
    assert not any(tmp_path.iterdir())
    parts = represent(qgen.load("clic/e-", stop=400), "image8x8").split(0.7, seed=0)
    monkeypatch.setitem(study.__globals__, "load_split", lambda *_: parts)
    tiny = "bit_flip,code=codebook,code_options={shape_bits: 4},epochs=0"
    with pytest.raises(InputError, match=r"seed 1: expected the bits of iqp:bit_flip,code=codebook.*, found others"):
        study([f"iqp:{tiny}"], seeds=2, scoreboard=False, out=tmp_path)


@pytest.mark.slow
def test_born_machines_state_by_state(tmp_path, monkeypatch):
    """Numbers of the tables are those of the files, and the exact rows those of the model; a second run trains
    nothing."""
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "studies")
    tiny = "depth=2,energy_bins=6"
    specs = [f"qcbm:code=features,code_options={{features: {{response: 2, column_centre: 2}}}},{tiny},epochs=60 as f"]
    specs += [f"qcbm:shape_bits=2,response_bits=1,{tiny},epochs=0 as untrained", "classical/mean_image"]
    compare("clic/e-", specs, tmp_path, budget="quick")
    resolve(STATES)(tmp_path)
    rows = json.loads((tmp_path / "states.json").read_text())
    assert [(row["generator"], row["trained"]) for row in rows] == [("f", True), ("untrained", False)]
    assert rows[0]["fields"] == {"response": 2, "column_centre": 2}
    (run,) = (one for one in tmp_path.glob("qcbm-*/seed0") if "features" in str(one))
    model = qgen.load_generator(run)
    _, test = load_split("clic/e-", "image8x8")
    energy = test.incident_energy
    inside = energy >= rows[0]["energy_edges"][3]
    p = model.probabilities(energy[inside]).mean(axis=0)
    truth = np.bincount(states_of(model.code_.encode(test.select(inside))), minlength=16) / inside.sum()
    found = rows[0]["seeds"][0]["bins"][3]
    assert found["model"] == pytest.approx(np.abs(p - truth).sum() / 2, abs=1e-6)
    assert found["own_draws"] < found["histogram"] < found["model"]
    sums = [sum(one[key] for one in rows[0]["seeds"][0]["bins"]) for key in ("model", "histogram")]
    value, error = rows[0]["ratios"]["model : histogram"]["sum"]
    assert value == pytest.approx(sums[0] / sums[1])
    assert 0.01 < error < 0.3
    assert rows[0]["ratios"]["eps : histogram"]["sum"][0] < value
    assert f"{found['model']:.3f}" in (tmp_path / "states.md").read_text()
    assert len(list((tmp_path / "figures").glob("conditional_*.png"))) == 1
    resolve(HELD_OUT)(tmp_path, labels=["f"])
    (blind,) = json.loads((tmp_path / "held_out_10_20_GeV.json").read_text())
    means = blind["means"]
    assert blind["n"] == ((energy >= 1e4) & (energy < 2e4)).sum()
    again = qgen.QCBM.load(tmp_path / "blind_10_20_GeV" / run.parent.name / "seed0")
    np.testing.assert_array_equal(again.code_.state()["bins.edges"], model.code_.state()["bins.edges"])
    for one in means.values():
        assert one["excess"] == pytest.approx(one["distance"] - one["own_draws"])
    assert means["untrained"]["excess"] > 5 * means["untrained"]["excess_error"]
    assert means["untrained"]["nats_lost"][0] > 5 * means["untrained"]["nats_lost"][1] > 0
    assert means["all"]["nats_lost"] == [0, 0]
    shots = resolve(SHOTS)
    monkeypatch.setitem(shots.__globals__, "SHOTS", (100, 10_000))
    shots(tmp_path, ["f"])
    scan = json.loads((tmp_path / "shots.json").read_text())
    assert [row["shots"] for row in scan] == [100, 10_000, None]
    distances = [row["to_exact"] for row in scan]
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] == 0
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("model.safetensors")}
    resolve(HELD_OUT)(tmp_path, labels=["f"])
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("model.safetensors")} == before
    kept = json.loads((run / "shots.json").read_text())
    for settings in (kept["settings"], {**kept["settings"], "conditions": 7}):
        rows = [{**row, "to_exact": 9.0} for row in kept["rows"]]
        (run / "shots.json").write_text(json.dumps({"settings": settings, "rows": rows}))
        shots(tmp_path, ["f"])
        found = [row["to_exact"] for row in json.loads((tmp_path / "shots.json").read_text())]
        assert found == ([9.0] * 3 if settings == kept["settings"] else distances)
    with pytest.raises(InputError, match="expected one of f, untrained, found 'g'"):
        shots(tmp_path, ["g"])


def test_smoothing_without_a_circuit(monkeypatch):
    """By hand: three showers, two states a distance of 1 apart, energies so far apart that each is alone."""
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "studies")
    study = resolve(f"{Path(__file__).parents[1] / 'studies' / 'smoothing.py'}:controls").__globals__
    states, x, positions = np.array([0, 0, 1]), np.array([-1.0, 0.0, 1.0]), np.array([[0.0], [1.0]])
    np.testing.assert_allclose(study["kernel"](states, x, x, positions, 0.1, 0.0), np.eye(2)[states], atol=1e-12)
    spread = np.exp(-1 / (2 * 0.5**2))
    near, far = 1 / (1 + spread), spread / (1 + spread)
    found = study["kernel"](states, x, x[[0, 2]], positions, 0.1, 0.5)
    np.testing.assert_allclose(found, [[near, far], [far, near]])
    wide = study["kernel"](states, x, x[:1], positions, 1e3, 0.0)
    np.testing.assert_allclose(wide, [[2 / 3, 1 / 3]], rtol=1e-5)
    nodes = study["at_nodes"](states, x, np.array([-1.0, 1.0, 0.5]), 2, 2)  # two hats from end to end
    np.testing.assert_allclose(nodes, [[1, 0], [1 / 3, 2 / 3], [0.5, 0.5]], atol=1e-6)


def test_what_held_out_says_of_known_excesses(monkeypatch):
    """Three times the excess, well measured, is more than 1.5 times; the same is at most 1.5 times; and where showers
    are too few nothing can be told."""
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "studies")
    study = resolve(HELD_OUT).__globals__
    for values, error, expected in (
        ((0.3, 0.1), 0.01, "more than 1.5 times"),
        ((0.1, 0.1), 0.01, "at most 1.5 times"),
        ((0.3, 0.1), 0.2, "cannot be told"),
    ):
        cov = error**2 * np.eye(2)
        assert study["_verdict"](np.array(values), cov).startswith(expected)
    assert study["_ratio"](np.array([0.3, 0.1]), 0.2**2 * np.eye(2)) == pytest.approx([3])
    assert study["_error"](np.array([[4.0, 1.0], [1.0, 2.0]]), 1.5) == pytest.approx((4 - 3 + 4.5) ** 0.5)
    value, low, high = study["_ratio"](np.array([0.3, 0.1]), 0.01**2 * np.eye(2))
    assert value == pytest.approx(3)
    assert low < 3 < high


def test_qcbm_study_is_wired_as_it_says(tmp_path, monkeypatch):
    """Which generators are compared in which folder, and what the other studies are asked; nothing is trained."""
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "studies")
    study = resolve(QCBM)
    asked = []
    for name in ("compare", "states", "held_out", "shots", "scanned"):
        monkeypatch.setitem(study.__globals__, name, lambda *args, name=name: asked.append((name, *args)))
    study(["clic/e-"], ["codebook"], ["circuits/line"], depth=3, epochs=7, budget="quick", seeds=2, out=tmp_path)
    (compared, *others), (depth, qubits) = asked[:-2], asked[-2:]
    folder = tmp_path / "clic-e-"
    name, *args = compared
    assert (name, args[0], args[1], args[3:]) == ("compare", folder, "clic/e-", ["image8x8", "quick", 2])
    assert args[2][:4] == [
        "qcbm:code=codebook,ansatz=circuits/line,depth=3,epochs=7 as codebook, line",
        "qcbm:code=codebook,ansatz=circuits/product,depth=3,epochs=7 as codebook, no entanglers",
        "qcbm:code=codebook,ansatz=circuits/line,depth=3,epochs=0 as codebook, untrained",
        "qcbm:code=profile,ansatz=circuits/line,depth=3,epochs=7 as profile",
    ]
    for spec in args[2]:
        Task(spec.partition(" as ")[0], "clic/e-", budget="quick").create()
    main = ["codebook, line"]
    assert others == [("states", folder), ("held_out", folder, (10.0, 20.0), main), ("shots", folder, main)]
    assert (depth[1], depth[3]["codebook"][0]) == (folder / "depth", (1, "qcbm:ansatz=circuits/line,epochs=7,depth=1"))
    most = (11, "qcbm:ansatz=circuits/line,depth=3,epochs=7,shape_bits=8")
    assert (qubits[1], qubits[3]["codebook"][-1]) == (folder / "qubits", most)
    asked.clear()
    study(["calogan/e+"], extras=False, scans=False, out=tmp_path)
    assert [one[0] for one in asked] == ["compare", "states"]
    assert [spec.partition(" as ")[2] for spec in asked[0][3][:3]] == [
        "codebook, controlled_line",
        "codebook, line",
        "codebook, ring",
    ]


@pytest.mark.slow
def test_scan_of_an_option(tmp_path):
    """A mark for every value, at its score."""
    study = resolve(f"{Path(__file__).parents[1] / 'studies' / 'scan.py'}:scan")
    study("qcbm:epochs=0", "shape_bits", [2, 3], budget="quick", out=tmp_path / "scan")
    rows = json.loads((tmp_path / "scan" / "scoreboard.json").read_text())["rows"]
    names = [row["generator"] for row in rows if "(" not in row["generator"]]
    assert names == ["qcbm:epochs=0, 2", "qcbm:epochs=0, 3"]
    assert {path.name for path in tmp_path.glob("*.png")} == {"scan.png"}
