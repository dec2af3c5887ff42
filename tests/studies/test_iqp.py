"""Correlators of bits, and which models may be compared by them."""

import json
import re

import pytest

import qgen
from qgen.files import InputError
from qgen.representations import represent


@pytest.mark.slow
def test_iqp(find, tmp_path, capsys):
    """Training brings second-order correlators nearer to the data; a second run trains nothing and tells the same."""
    study = find("iqp")
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


def test_iqp_needs_a_seed_and_its_models(find, tmp_path):
    with pytest.raises(InputError, match="seeds >= 1, found 0"):
        find("iqp")(seeds=0, out=tmp_path)
    with pytest.raises(InputError, match="expected a model of bits"):
        find("iqp")(["classical/bootstrap"], out=tmp_path)


def test_iqp_scores_models_of_one_code(find, tmp_path, monkeypatch):
    """Another code, or other options of it, is told before anything is trained; other bits after a fit."""
    study = find("iqp")
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
