"""Captions say what is seen."""

from qgen.report.figures import (
    correlation,
    energy_bins,
    events,
    histogram,
    layer_fractions,
    mean_images,
    response,
    scores,
    seeds,
    times,
    training,
)
from qgen.report.rows import select


def test_every_figure_has_words_of_its_own(drawn):
    assert all(plot.alternative.endswith(".") and len(plot.caption) > 20 for plot in drawn)
    assert len({plot.caption for plot in drawn} | {plot.alternative for plot in drawn}) == 2 * len(drawn)


def test_captions_name_the_closest_and_the_farthest(full):
    closest = "qvae (0.600 ± 0.012) is closest to GEANT4 and worst one (0.900 ± 0.012) farthest"
    assert closest in scores.caption(full)[0]
    # Separation of (0, 0, 5, 95, 0) and (24, 26, 40, 9, 1) per cent: (24 + 26 + 35^2/45 + 86^2/104 + 1) / 200.
    words, _ = histogram.caption(full, "row_width")
    assert "Closest to GEANT4: qvae" in words
    assert "farthest: worst one (0.7467)" in words
    assert "farthest: worst one (0.6%)" in mean_images.caption(full)[0]


def test_neither_a_floor_nor_a_control_is_called_closest(full):
    best = {**full["rows"][2], "distributions": full["reference"]}
    floor, control = {"generator": "qvae (floor)", "floor_of": ["qvae"]}, {"generator": "mean", "control": True}
    full["rows"] += [{**best, **floor}, {**best, **control}]
    assert "qvae (0.600 ± 0.012) is closest to GEANT4 and worst one" in scores.caption(full)[0]
    for words in (histogram.caption(full, "row_width")[0], mean_images.caption(full)[0], correlation.caption(full)[0]):
        assert "Closest to GEANT4: qvae (" in words
        assert "(floor)" not in words


def test_captions_say_what_is_drawn(full):
    assert "Constant (grey) somewhere: worst one." in correlation.caption(full)[0]
    assert "One GEANT4 shower of 30 GeV" in events.caption(full)[0]
    assert "One GEANT4 shower of 10 GeV" in events.caption(full, energy_bin=0)[0]
    assert "Shares of layer 0, layer 1 in" in layer_fractions.caption(full)[1]
    assert "access time of a processor for 1." in times.caption(full)[1]
    assert "GEANT4" not in times.caption(full)[0]
    assert "GEANT4" not in times.caption({**full, "dataset": "calogan/pi+"})[0]
    assert (
        "about 1 s, Calo4pQVAE's authors, arXiv 2410.22870" in times.caption({**full, "dataset": "calochallenge/2"})[0]
    )
    assert "band spans 2 training seeds" in training.caption(full)[0]
    assert "2 bins of the incident energy from 1 to 50 GeV" in energy_bins.caption(full)[0]
    assert "of 3 generators" in seeds.caption(full)[1]


def test_captions_tell_how_many_rows_are_drawn(full):
    assert "rows are drawn" not in response.caption(full)[0]
    full["rows"] = [{**full["rows"][2], "generator": f"qgan:depth={i}"} for i in range(12)]
    assert "8 of 12 rows are drawn" in response.caption(full)[0]
    assert "rows are drawn" not in response.caption(select(full, ["qgan*"]))[0]
