"""Values and last line of the speed of block Gibbs."""

import json

import pytest

from qgen.files import InputError


def test_speed_of_gibbs(find, capsys):
    """The last line is JSON; the peers draw from the same law, and two threads the same spins as one."""
    find("speed/gibbs")(scale=0.1, sweeps=2, repetitions=1)
    *_, last = capsys.readouterr().out.splitlines()
    pinned, *vendor, threads = json.loads(last)["cases"]
    assert pinned["peer"] == "torch CSR"
    for case in (pinned, *vendor):
        assert 0 < case["max_abs_difference"] < 1
        assert case["largest_z"] < 5
        assert abs(case["energy_z"]) < 5
    for case in (pinned, *vendor, threads):
        assert case["ratio"] == pytest.approx(case["peer_s"] / case["ours_s"])
        assert case["ours_rate"] / case["peer_rate"] == pytest.approx(case["ratio"])
    assert threads["max_abs_difference"] == 0


def test_speed_of_gibbs_needs_a_size(find):
    for options in ({"scale": 2.0}, {"sweeps": 0}, {"repetitions": 0}):
        with pytest.raises(InputError, match="expected"):
            find("speed/gibbs")(**options)
