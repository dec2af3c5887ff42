"""Circuits beside their cost on a device."""

import json

import pytest


@pytest.mark.slow
def test_circuits(find, tmp_path, capsys):
    """Gates on the device are those of `qgen circuits cost`; a ring costs SWAPs that a line does not need."""
    study = find("circuits")
    study(["circuits/line", "circuits/ring"], depth=2, depths=[1, 2], epochs=0, budget="quick", out=tmp_path)
    costs = json.loads((tmp_path / "circuits.json").read_text())
    assert costs["line"][0] == 10
    assert costs["ring"][0] > 12
    table = (tmp_path / "circuits.md").read_text()
    assert table in capsys.readouterr().out
    assert "| 12 | " + "{:g} ({:g}-{:g}) |".format(*costs["ring"]) in table
    assert {path.name for path in tmp_path.glob("*.png")} == {"circuits.png", "depth.png", "qubits.png"}
    assert len(json.loads((tmp_path / "qubits" / "scoreboard.json").read_text())["rows"]) == 4
