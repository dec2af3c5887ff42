"""The particle cross-test tells showers that are repeated from GEANT4's."""

import json

import pytest

from qgen.comparison.split import Split
from qgen.datasets import open_part
from qgen.files import InputError


@pytest.mark.slow
def test_particles(find, tmp_path, capsys):
    """The bootstrap replays GEANT4 showers: what is learnt from them, and tested on them, is as with GEANT4; only those
    that it repeats are recognised. A second run trains nothing."""
    study = find("particles")
    study(["classical/bootstrap"], "quick", out=tmp_path)
    content = json.loads((tmp_path / "particles.json").read_text())
    table = (tmp_path / "particles.md").read_text()
    assert table in capsys.readouterr().out
    assert content["n_reference"] == {"e+": 1147, "gamma": 1148, "pi+": 1409}
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
def test_particles_over_folds(find, tmp_path):
    """Every open shower is tested once, by models in folders of their folds."""
    find("particles")(["classical/bootstrap"], "quick", out=tmp_path, split=Split(folds=2))
    content = json.loads((tmp_path / "particles.json").read_text())
    assert content["n_reference"] == {name: len(open_part(f"calogan/{name}")) for name in ("e+", "gamma", "pi+")}
    assert {len(row["per_seed"]["reference_to_reference"]) for row in content["scores"]} == {2}
    assert len(list(tmp_path.glob("*/fold[01]/classical-bootstrap/seed0/config.yaml"))) == 6


def test_particles_needs_a_seed(find, tmp_path):
    with pytest.raises(InputError, match="seeds >= 1, found 0"):
        find("particles")(seeds=0, out=tmp_path)
