"""One option at several values."""

import json

import pytest


@pytest.mark.slow
def test_scan_of_an_option(find, tmp_path):
    """A mark for every value, at its score."""
    study = find("scan")
    study("qcbm:epochs=0", "shape_bits", [2, 3], budget="quick", out=tmp_path / "scan")
    rows = json.loads((tmp_path / "scan" / "scoreboard.json").read_text())["rows"]
    names = [row["generator"] for row in rows if "(" not in row["generator"]]
    assert names == ["qcbm:epochs=0, 2", "qcbm:epochs=0, 3"]
    assert {path.name for path in tmp_path.glob("*.png")} == {"scan.png"}
