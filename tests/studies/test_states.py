"""Born machines state by state; held out energies; shots."""

import json

import numpy as np
import pytest

import qgen
from qgen.comparison.compare import compare
from qgen.comparison.split import USUAL, load_split
from qgen.files import InputError
from qgen.transforms.bits import states_of


@pytest.mark.slow
def test_born_machines_state_by_state(find, tmp_path, monkeypatch):
    """Numbers of the tables are those of the files, and the exact rows those of the model; a second run trains
    nothing."""
    tiny = "depth=2,energy_bins=6"
    specs = [f"qcbm:code=features,code_options={{features: {{response: 2, column_centre: 2}}}},{tiny},epochs=60 as f"]
    specs += [f"qcbm:shape_bits=2,response_bits=1,{tiny},epochs=0 as untrained", "classical/mean_image"]
    compare("clic/e-", specs, tmp_path, budget="quick", controls=False)
    find("states")(tmp_path)
    rows = json.loads((tmp_path / "states.json").read_text())
    assert [(row["generator"], row["trained"]) for row in rows] == [("f", True), ("untrained", False)]
    assert rows[0]["fields"] == {"response": 2, "column_centre": 2}
    (run,) = (one for one in tmp_path.glob("qcbm-*/seed0") if "features" in str(one))
    model = qgen.load_generator(run)
    _, test = load_split("clic/e-", "image8x8", USUAL)
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
    find("held_out")(tmp_path, labels=["f"])
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
    shots = find("shots")
    monkeypatch.setitem(shots.__globals__, "SHOTS", (100, 10_000))
    shots(tmp_path, ["f"])
    scan = json.loads((tmp_path / "shots.json").read_text())
    assert [row["shots"] for row in scan] == [100, 10_000, None]
    distances = [row["to_exact"] for row in scan]
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] == 0
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("model.safetensors")}
    find("held_out")(tmp_path, labels=["f"])
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
