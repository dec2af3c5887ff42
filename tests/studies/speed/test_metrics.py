"""Values and last line of the speed of metrics."""

import json

import pytest

from qgen.files import InputError


def test_speed_of_metrics(find, capsys):
    """The last line is JSON; the fast metrics have the values of the slow ones."""
    find("speed/metrics")(scale=0.02, repetitions=1)
    *_, last = capsys.readouterr().out.splitlines()
    exact, kernel, cheap = json.loads(last)["cases"]
    assert exact["case"] == "FPD, 1000 x 7"
    assert exact["max_abs_difference"] < 1e-9
    assert kernel["case"] == "KPD, 1000 x 7"
    assert kernel["max_abs_difference"] < 1e-12
    assert cheap["max_abs_difference"] < cheap["floor_sd"]
    for case in (exact, kernel, cheap):
        assert case["ratio"] == pytest.approx(case["peer_s"] / case["ours_s"])


def test_speed_of_metrics_needs_a_size(find):
    for options in ({"scale": 2.0}, {"repetitions": 0}):
        with pytest.raises(InputError, match="expected"):
            find("speed/metrics")(**options)
