"""Prior or autoencoder, and the energy response."""

import json

import pytest

from qgen.comparison.compare import compare
from qgen.files import InputError


@pytest.mark.slow
def test_bottleneck(find, tmp_path):
    """The ratio is that of the scoreboard's values over their floor; showers that GEANT4 made twice have no shift."""
    generators = ["qvae:epochs=2 as QVAE", "classical/bootstrap"]
    board = compare("clic/e-", generators, tmp_path, seeds=2, controls=False)
    find("bottleneck")(tmp_path)
    rows = {row["generator"]: row for row in json.loads((tmp_path / "bottleneck.json").read_text())}
    fpd = {row["generator"]: row["metrics"]["fpd"] for row in board["rows"]}
    ratio, low, high = rows["QVAE"]["ratio"]
    sampled, reconstructed = (fpd[name]["value"] - fpd[name]["floor"] for name in ("QVAE", "QVAE (reconstruction)"))
    assert ratio == pytest.approx(sampled / reconstructed)
    assert low < ratio < high
    assert rows["classical/bootstrap"]["ratio"] is None
    for row in (rows["classical/bootstrap"], rows["GEANT4, training showers"]):
        for one in row["bins"]:
            assert all(abs(one[key][0]) < 4 * one[key][1] for key in ("response", "resolution", "core"))
    with pytest.raises(
        InputError, match=r"expected a run directory or a folder of qgen compare, found no evaluation\.json"
    ):
        find("bottleneck")(tmp_path / "figures")
