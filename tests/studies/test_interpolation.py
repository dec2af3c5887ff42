"""Trained with and without an interval of energy."""

import json

import pytest

from qgen.files import InputError


@pytest.mark.slow
def test_interpolation(find, tmp_path, capsys):
    """Showers replayed from GEANT4 at the nearest energies: near the truth where they were learnt, worse where not."""
    study = find("interpolation")
    study(["classical/bootstrap", "classical/mean_image"], (20.0, 40.0), budget="quick", out=tmp_path)
    content = json.loads((tmp_path / "interpolation.json").read_text())
    table = (tmp_path / "interpolation.md").read_text()
    assert table in capsys.readouterr().out
    bootstrap, image = content["scores"]
    for metric in ("fpd", "separation"):
        assert bootstrap[metric]["all"][0] < bootstrap[metric]["without"][0]
        assert bootstrap[metric]["all"][0] < image[metric]["all"][0]
    value, low, high = image["fpd"]["ratio"]
    assert value == pytest.approx(
        (image["fpd"]["without"][0] - image["fpd"]["floor"]) / (image["fpd"]["all"][0] - image["fpd"]["floor"])
    )
    assert low <= value <= high
    with pytest.raises(InputError, match="at least 100 test showers"):
        study(["classical/bootstrap"], (20.0, 20.5), budget="quick", out=tmp_path)
