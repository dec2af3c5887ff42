"""Temperatures that are known are found."""

import json

import numpy as np
import pytest

import qgen
from qgen.annealer.schedule import AnnealingSchedule
from qgen.files import InputError


@pytest.mark.slow
def test_temperature(find, tmp_path, capsys):
    """Both estimators find the stand-in's temperature; a fast map overshoots, a slow one approaches from one side."""
    find("temperature")(nodes=25, noise=0.0, repeats=1, quick=True, reads=400, steps=4, out=tmp_path)
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


def test_temperature_needs_reads_for_every_condition(find, tmp_path):
    with pytest.raises(InputError, match="at least 2 reads per condition, found 4, 6, 5 and 7 reads"):
        find("temperature")(reads=7, out=tmp_path)
    model = qgen.CaloQVAE(partitions=(4, 6, 6), width=8, epochs=1, n_chains=20)
    model.fit(qgen.load("clic/e-", stop=60), seed=0).save(tmp_path)
    with pytest.raises(InputError, match="expected a CaloQVAE with a conditioned prior on the graph of a processor"):
        find("temperature")(tmp_path)


def test_temperature_of_a_trained_model(find, tmp_path):
    settings = {"graph": "zephyr", "graph_options": {"m": 3}, "width": 8, "epochs": 1, "n_chains": 20}
    model = qgen.CaloQVAE(partitions=(4, 6, 6, 6), **settings).fit(qgen.load("clic/e-", stop=60), seed=0)
    model.save(tmp_path)
    prior = model.model_.prior
    ising, patterns, chip = find("temperature", "problem")(tmp_path, 0, 0, 3, 0)
    np.testing.assert_array_equal(ising.couplings, prior.ising().couplings)
    assert (patterns.shape, chip) == ((3, 22), "zephyr(3, 4)")
    assert np.all((patterns != 0) == (prior.graph.colours == 0))
