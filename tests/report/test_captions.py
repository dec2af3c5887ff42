"""Captions say what is seen."""

from qgen.report.captions import describe


def test_every_figure_has_words_of_its_own(full, drawn):
    described = [describe(full, name) for name in drawn]
    assert all(alternative.endswith(".") and len(words) > 20 for alternative, words in described)
    assert len(set(described)) == len(described)


def test_captions_name_the_closest_and_the_farthest(full):
    assert (
        "qvae (0.600 ± 0.012) is closest to GEANT4 and worst one (0.900 ± 0.012) farthest"
        in describe(full, "scores")[1]
    )
    # Separation of (0, 0, 5, 95, 0) and (24, 26, 40, 9, 1) per cent: (24 + 26 + 35^2/45 + 86^2/104 + 1) / 200.
    assert "Closest to GEANT4: qvae" in describe(full, "histogram_row_width")[1]
    assert "farthest: worst one (0.7467)" in describe(full, "histogram_row_width")[1]
    assert "farthest: worst one (0.6%)" in describe(full, "mean_images")[1]
    assert "Constant (grey) somewhere: worst one." in describe(full, "correlation")[1]
    assert "One GEANT4 shower of 30 GeV" in describe(full, "events")[1]
    assert "Shares of layer 0, layer 1 in" in describe(full, "layer_fractions")[0]
    assert "access time of a processor for 1." in describe(full, "times")[0]
    assert "GEANT4" not in describe(full, "times")[1]
    assert "about 1 s" in describe({**full, "dataset": "calogan/pi+"}, "times")[1]
    assert "band spans 2 training seeds" in describe(full, "training")[1]
    assert "2 bins of the incident energy from 1 to 50 GeV" in describe(full, "energy_bins")[1]


def test_captions_tell_how_many_rows_are_drawn(full):
    assert "rows are drawn" not in describe(full, "response")[1]
    full["rows"] = [{**full["rows"][2], "generator": f"qgan:depth={i}"} for i in range(12)]
    assert "8 of 12 rows are drawn" in describe(full, "response")[1]
