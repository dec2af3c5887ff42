"""Values and last line of the speed of IQP training."""

import json

import pytest

from qgen.files import InputError


def test_speed_of_iqp(find, capsys):
    """The last line is JSON; peers estimate the same correlators, within the noise of their samples."""
    find("speed/iqp")(qubits=[6], operators=40, samples=4000, repetitions=1)
    *_, last = capsys.readouterr().out.splitlines()
    for case in json.loads(last)["cases"]:
        assert case["case"] == "6 qubits, 21 gates, 40 operators"
        assert case["largest_z"] < 5
        assert case["max_abs_difference"] < 0.1
        assert case["ratio"] == pytest.approx(case["peer_s"] / case["ours_s"])
    assert case["peer"].startswith("torch")


def test_speed_of_iqp_needs_a_size(find):
    for options in ({"repetitions": 0}, {"samples": 3}, {"qubits": [0]}):
        with pytest.raises(InputError, match="expected at least 1"):
            find("speed/iqp")(**options)
