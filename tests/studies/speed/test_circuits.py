"""Values, memory and last line of the speed of circuits."""

import json

import numpy as np
import pytest

from qgen.files import InputError


def test_speed_of_circuits(find, capsys, monkeypatch, tmp_path):
    """The last line is JSON; values and gradients are those of the peers. Memory takes processes and is left out.

    Of given times, ours first: the ratio is the median of those of the turns, 3, 4 and 2, and not that of the medians,
    4 / 2, when the machine slows down in between."""
    study = find("speed/circuits")
    monkeypatch.setitem(study.__globals__, "peak", lambda *_: 1.5)
    monkeypatch.setitem(study.__globals__, "interleaved", lambda *_: np.array([[[1, 3], [5, 20], [2, 4]]] * 2))
    study(sizes=[3], repetitions=3)
    *_, last = capsys.readouterr().out.splitlines()
    cases = json.loads(last)["cases"]
    assert [case["case"].removeprefix("3 qubits") for case in cases] == ["", ", float32", ", own weights", ", <Z>"]
    assert [case["peer"].split()[1] for case in cases] == ["default.qubit"] * 3 + ["lightning.qubit"]
    for case in cases:
        assert (case["ratio"], case["ours_s"], case["peer_s"]) == (3, 2, 4)
        assert case["max_abs_difference"] < (1e-5 if "float32" in case["case"] else 1e-12)
        assert case["peer_mb"] == 1.5
    globals_ = study.__globals__
    globals_["write"](globals_["scaling"]([2, 3], 1, 0), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"scaling.json", "scaling.pdf", "scaling.png"}
    assert {size["n_qubits"] for size in json.loads((tmp_path / "scaling.json").read_text())} == {2, 3}


def test_speed_of_circuits_needs_a_size(find):
    for options in ({"repetitions": 0}, {"sizes": []}, {"sizes": [1]}):
        with pytest.raises(InputError, match="expected"):
            find("speed/circuits")(**options)


@pytest.mark.slow
def test_memory_of_circuits_is_that_of_their_states(find):
    """64 samples of 2^10 amplitudes in float64 are 1 MB; backpropagation keeps hundreds of them."""
    peak = find("speed/circuits").__globals__["peak"]
    assert 1 < peak("statevector", 10) < 40 < peak("default.qubit", 10)
