"""Variances of gradients against qubits."""

import json

import pytest

from qgen.files import InputError


def test_gradients(find, tmp_path, capsys, monkeypatch):
    """Every objective at every size and start; the files are there, and the table holds the numbers."""
    study = find("gradients")
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
