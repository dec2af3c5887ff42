"""One option at several values."""

import json
import subprocess
import sys
from pathlib import Path

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


def test_values_are_a_flag():
    """As the docstring writes it: the command gets as far as the name of the generator."""
    study = Path(__file__).parents[2] / "studies" / "scan.py"
    line = [sys.executable, study, "nobody", "depth", "--values", "2", "4", "--budget", "quick"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.startswith("qgen: nobody")) == (2, True), done.stderr
    done = subprocess.run(line[:4], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "qgen: scan: expected --values, one or more numbers, found none\n")
