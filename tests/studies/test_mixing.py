"""What is measured of a prior, against enumeration."""

import json

import numpy as np
import pytest

import qgen
from qgen.boltzmann.partition import exact_log_partition
from qgen.files import InputError
from qgen.ising.conditions import folded


def test_mixing_of_a_classical_and_of_a_quantum_prior(find, tmp_path, capsys):
    """Both estimates of ln Z enclose the enumerated one; the quantum one says what the exact distribution says."""
    few, settings = qgen.load("clic/e-", stop=60), {"partitions": (3, 4, 4), "width": 8, "epochs": 1}
    classical = qgen.CaloQVAE(**settings, n_chains=20).fit(few, seed=0)
    classical.save(tmp_path / "classical")
    find("mixing")(tmp_path / "classical", conditions=2, chains=16, sweeps=100)
    rows = json.loads((tmp_path / "classical" / "mixing.json").read_text())
    assert (tmp_path / "classical" / "mixing.md").read_text() in capsys.readouterr().out
    assert len(rows) == 2
    assert rows[0]["share"] >= rows[1]["share"] > 0
    for row in rows:
        clamp = np.zeros(11, dtype=np.int8)
        clamp[:3] = [2 * int(bit) - 1 for bit in row["condition"]]
        ising, _ = folded(classical.model_.prior.ising(), clamp)
        exact = exact_log_partition(ising).value[0]
        assert row["ln Z from below"][0] == pytest.approx(exact, abs=0.02)
        assert row["ln Z from above"][0] == pytest.approx(exact, abs=0.02)
        assert row["tau of energy"][0] < 3
        floor, sd = row["of exact draws"]
        assert row["total variation of draws"] == pytest.approx(floor, abs=6 * sd)
    quantum = qgen.CaloQVAE(prior="quantum", transverse_field=0.5, **settings).fit(few, seed=0)
    quantum.save(tmp_path / "quantum")
    find("mixing")(tmp_path / "quantum", conditions=1)
    (row,) = json.loads((tmp_path / "quantum" / "mixing.json").read_text())
    assert row["transverse field"] == 0.5
    assert 0 < row["entropy [nats]"] <= 8 * np.log(2)
    assert 0.3 < row["looks like beta"] < 1
    assert row["total variation left"] < 0.01
    with pytest.raises(InputError, match="expected chains >= 2, found 1"):
        find("mixing")(tmp_path / "quantum", chains=1)
    qgen.CaloQVAE(prior="normal", **settings).fit(few, seed=0).save(tmp_path / "normal")
    with pytest.raises(InputError, match="expected a CaloQVAE with a Boltzmann machine as its prior"):
        find("mixing")(tmp_path / "normal")
