"""Which figures a scoreboard has, and their files."""

from qgen.report import figures, plots


def test_every_figure_that_the_content_allows(drawn, bare):
    shapes = ["profile_depth", "histogram_row_width"]
    assert list(drawn) == [
        *("scores", "summary", "seeds", "energy_bins", "mean_images", "events", *shapes, "correlation"),
        *("response", "layer_fractions", "cost", "times", "training", "score_table"),
    ]
    assert list(plots.figures(bare)) == ["scores", "summary", "seeds", *shapes, "response", "score_table"]


def test_many_histograms_are_cut_to_those_of_whole_showers(full):
    histograms = full["reference"]["histograms"]
    one = histograms["row_width"]
    histograms |= {f"log_row/{i}": one for i in range(30)}
    assert plots.histograms(full) == ["row_width"]


def test_files(full, tmp_path):
    paths = plots.save({"scores": figures.scores(full)}, tmp_path)
    assert [path.name for path in paths] == ["scores.pdf", "scores.png"]
    assert paths[0].read_bytes().startswith(b"%PDF")
    assert paths[1].read_bytes().startswith(b"\x89PNG")
    again = plots.save({"scores": figures.scores(full)}, tmp_path / "again")
    assert again[0].read_bytes() == paths[0].read_bytes()
