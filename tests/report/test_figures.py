"""Figures show the numbers of the scoreboard; what leaves a panel is marked, what is missing is left out."""

import copy

import numpy as np
import pytest

from qgen.files import InputError
from qgen.report.figures import (
    correlation,
    cost,
    energy_bins,
    events,
    histogram,
    layer_fractions,
    mean_images,
    profile,
    response,
    scan,
    score_table,
    scores,
    seeds,
    summary,
    times,
    training,
)
from qgen.report.figures.histogram import merged
from qgen.report.panels import look
from qgen.report.rows import MAX_LINES, chosen, select


def stairs(ax) -> dict[str, np.ndarray]:
    """Values of the step lines of a panel, by label."""
    return {patch.get_label(): patch.get_data().values for patch in ax.patches if hasattr(patch, "get_data")}


def triangles(ax, shape: str) -> list[tuple[str, float]]:
    """(colour, x) of the marks at a panel's edge."""
    found = [line for line in ax.lines if line.get_marker() == shape]
    return sorted((line.get_color(), float(x)) for line in found for x in line.get_xdata())


def points(ax) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Positions of the points with error bars, by label."""
    bars = [bar for bar in ax.containers if hasattr(bar, "has_yerr")]
    return {bar.get_label(): bar.lines[0].get_data() for bar in bars}


def test_histogram_and_ratio(full):
    upper, lower = histogram.draw(full, "row_width").axes
    drawn = stairs(upper)
    np.testing.assert_allclose(drawn["GEANT4"], [0.24, 0.26, 0.40, 0.09, 0.01])
    np.testing.assert_allclose(drawn["qvae"], np.array([25, 25, 40, 8, 2]) / 102 * 1.02)
    ratios = [patch.get_data() for patch in lower.patches if hasattr(patch, "get_data")][1:]
    # GEANT4 has 24, 26, 40, 9, 1: bins are merged to 50 and 50.
    assert [r.edges.tolist() for r in ratios] == [[0.0, 2.0, 5.0]] * 3
    np.testing.assert_allclose(ratios[0].values, [50 / 50, 50 / 50])
    np.testing.assert_allclose(ratios[2].values, [0.0, 100 / 50])
    assert lower.get_ylim() == (0.5, 1.5)


def test_what_leaves_a_panel_has_a_triangle(full):
    upper, lower = histogram.draw(full, "row_width").axes
    colour = look(full, full["rows"][0])["color"]
    # The third of three lines: its marks stand at three quarters of a bin.
    assert triangles(upper, "^") == [(colour, 3.75)]
    assert triangles(lower, "^") == [(colour, 2 + 3 * 0.75)]
    assert triangles(lower, "v") == [(colour, 2 * 0.75)]


def test_a_ratio_to_nothing_points_up(full):
    full["reference"]["histograms"]["row_width"]["counts"] = [100, 0, 0, 0, 0]
    full["rows"] = full["rows"][2:]
    full["reference"]["profiles"]["depth"]["mean"] = [4.0, 0.0, 40.0]
    _, lower = profile.draw(full, "depth").axes
    assert [x for _, x in triangles(lower, "^")] == [1.5]


@pytest.mark.parametrize(
    ("counts", "starts"),
    [
        ([25, 25, 25], [0, 1, 2]),
        ([10, 20, 30, 5], [0, 2]),
        ([0, 0, 0], [0]),
        ([30, 1, 1], [0]),
        ([1, 30, 2, 30], [0, 2]),
    ],
)
def test_sparse_bins_are_merged(counts, starts):
    assert merged(np.array(counts, dtype=float)).tolist() == starts


def test_profile(full):
    upper, _ = profile.draw(full, "depth").axes
    np.testing.assert_array_equal(stairs(upper)["GEANT4"], [4, 12, 40])
    np.testing.assert_array_equal(stairs(upper)["qgan line"], [4.01, 12, 40])
    assert upper.get_yscale() == "log"


def test_response_and_resolution(full):
    mean, resolution, lower, right = response.draw(full).axes
    np.testing.assert_allclose(points(mean)["qvae"][1], [0.9, 0.95])
    np.testing.assert_allclose(points(resolution)["GEANT4"], [[10, 30], [0.1, 0.05]])
    colour = look(full, full["rows"][0])["color"]
    assert [c for c, _ in triangles(lower, "^")] == [colour]
    assert [c for c, _ in triangles(right, "^")] == [colour]


def test_mean_images(full):
    axes = mean_images.draw(full).axes
    assert [ax.get_title() for ax in axes[:4]] == ["GEANT4", "qvae", "qgan line", "worst one"]
    np.testing.assert_allclose(axes[2].collections[0].get_array(), [[1.01, 10], [3, 2]])
    np.testing.assert_allclose(axes[2].collections[0].get_coordinates()[0, :, 0], [-0.5, 0.5, 1.5])
    for content in (full["reference"], *(row["distributions"] for row in full["rows"])):
        content["mean_image"]["edges"] = [[-5, 0, 5], [0, 10, 30]]
    figure = mean_images.draw(full)
    np.testing.assert_allclose(figure.axes[2].collections[0].get_coordinates()[0, :, 0], [0, 10, 30])
    assert figure.get_supxlabel().endswith(" [mm]")


def test_events(full):
    figure = events.draw(full)
    panels = [ax for ax in figure.axes if ax.collections][:8]
    assert [ax.get_title() for ax in panels[:4]] == ["GEANT4", "qvae", "qgan line", "worst one"]
    assert figure.get_suptitle() == "30 GeV"
    cells = panels[2].collections[0].get_array()
    np.testing.assert_allclose(cells.filled(-1), [[2.01], [-1]])
    np.testing.assert_array_equal(panels[0].collections[0].get_coordinates()[:, 0, 1], [-10, 0, 10])
    norm = panels[0].collections[0].norm
    assert (norm.vmin, norm.vmax) == (0.2, 2.0)  # from GEANT4's cells of 0.5 and 2, but a decade at least
    assert [ax.get_ylabel() for ax in (panels[0], panels[4])] == ["layer 0\nphi [mm]", "layer 1\nphi [mm]"]


def test_events_of_other_bins_and_energies(full):
    full["rows"][2]["distributions"]["events"]["showers"][0]["energy"] = 11e3
    figure = events.draw(select(full, ["qvae"]), energy_bin=0)
    assert [ax.get_title() for ax in figure.axes[:2]] == ["GEANT4\n10 GeV", "qvae\n11 GeV"]
    with pytest.raises(InputError, match="energy_bin: expected 0 to 3, found 4"):
        events.draw(full, energy_bin=4)


def test_mean_images_are_no_events(full):
    full["rows"][2]["event_level"] = False
    titles = [ax.get_title() for ax in events.draw(full).axes]
    assert "qvae" not in titles
    assert "qgan line" in titles


def test_layer_fractions(full):
    first, second, lower, _ = layer_fractions.draw(full).axes
    np.testing.assert_allclose(points(first)["GEANT4"], [[2, 10, 40], [0.5, 0.4, np.nan]])
    np.testing.assert_allclose(points(second)["qgan line"][1], [0.49, 0.6, np.nan])
    ratios = [bar.lines[0].get_ydata() for bar in lower.containers]
    np.testing.assert_allclose(ratios, [[1, 1, np.nan], [1.02, 1, np.nan], [1.4, 1, np.nan]])
    assert first.get_title() == "layer 0"
    assert lower.get_ylim() == (0.5, 1.5)


def test_times(full):
    """Wall times and a processor's have their own marks; GEANT4's stands where it is published for the layout."""
    (ax,) = times.draw(full).axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["worst one", "qgan line", "qvae"]
    marks = {shape: [line for line in ax.lines if line.get_marker() == shape] for shape in "oD|d"}
    wall = next(line for line in marks["o"] if len(line.get_ydata()) and round(line.get_ydata()[0]) == 2)
    assert list(wall.get_xdata()) == [0.5, 2.0, 50.0]
    assert wall.get_markerfacecolor() == "white"
    access = [[x for line in marks[shape] for x in line.get_xdata()] for shape in "D|d"]
    np.testing.assert_allclose(access, [[33.757], [0.1205], [0.19]])
    assert not ax.texts
    full["dataset"] = "calogan/e+"
    assert not times.draw(full).axes[0].texts
    full["dataset"] = "calochallenge/2"
    (ax,) = times.draw(full).axes
    assert [line.get_xdata()[0] for line in ax.lines if line.get_color() == "k"] == [1000]
    assert "GEANT4, published" in ax.texts[0].get_text()


def test_correlation_marks_what_is_constant(full):
    axes = {ax.get_title(): ax for ax in correlation.draw(full).axes if ax.images}
    assert list(axes)[:3] == ["GEANT4", "qvae", "qgan line"]
    np.testing.assert_array_equal(axes["worst one"].images[0].get_array().mask, [[True, True], [True, False]])
    assert axes["worst one"].images[0].get_cmap().get_bad().tolist()[:3] == [0.45] * 3
    panels = correlation.draw(select(full, ["qgan:ansatz=circuits/line"])).axes
    difference = next(ax for ax in panels if ax.get_title() == "minus GEANT4")
    np.testing.assert_allclose(difference.images[0].get_array(), [[0, 0.01], [0.01, 0]], atol=1e-12)


def test_energy_bins(full):
    panel, *_ = energy_bins.draw(full).axes
    x, value = points(panel)["qvae"]
    np.testing.assert_allclose(x, [1 + 19 / 4, 20 + 30 / 4])
    np.testing.assert_allclose(value, [0.6, np.nan])
    floor = next(patch for patch in panel.patches if patch.get_label() == "GEANT4 floor")
    np.testing.assert_allclose(floor.get_data().values, [0.5, 0.5])


def test_summary_has_gaps_where_values_are_missing(full):
    (ax,) = summary.draw(full).axes
    lines = {line.get_label(): line.get_ydata() for line in ax.lines}
    assert ax.get_yscale() == "symlog"
    np.testing.assert_allclose(lines["qvae"], 10.0)
    np.testing.assert_allclose(lines["worst one"][:3], [40, np.nan, 40])


def test_cost_has_a_panel_for_what_two_generators_have(full):
    panels = cost.draw(full).axes
    assert [ax.get_xlabel() for ax in panels] == ["parameters", "two-qubit gates"]
    x, y = points(panels[1])["qgan line"]
    np.testing.assert_allclose([x[0], y[0]], [0, 0.11])
    assert panels[1].get_xscale() == "symlog"
    low, high = panels[1].get_xlim()
    assert low < 0 < 30 < high
    assert not any("[s]" in ax.get_xlabel() for ax in panels)


def test_every_seed_has_a_mark(full):
    full["rows"][2]["metrics"]["auc"]["per_seed"] = [0.55, None, 0.65, 0.61]
    full["rows"][1]["metrics"]["mmd"]["per_seed"] = [-0.1, 0.2]
    auc, mmd, _ = seeds.draw(full).axes
    assert [text.get_text() for text in auc.get_yticklabels()] == ["worst one", "qgan line", "qvae"]
    marks = {line.get_marker(): line for line in auc.lines if set(line.get_ydata()) == {2}}
    np.testing.assert_array_equal(marks["o"].get_xdata(), [0.55, 0.65, 0.61])
    np.testing.assert_array_equal(marks["|"].get_xdata(), [0.61])
    assert mmd.get_xscale() == "linear"  # a value is not positive
    assert not [line for line in mmd.lines if set(line.get_ydata()) == {0}]  # the worst has none


def test_scan_has_values_errors_and_seeds(full):
    auc, *_ = scan.draw(full, {"both": [("qvae", 1), ("qgan:ansatz=circuits/line", 4)]}, "blocks").axes
    x, y = points(auc)["both"]
    np.testing.assert_array_equal([x, y], [[1, 4], [0.6, 0.61]])
    seeds = [line.get_data() for line in auc.lines if line.get_marker() == "."]
    np.testing.assert_array_equal(seeds, [[[1, 1], [0.6, 0.6]], [[4, 4], [0.61, 0.61]]])
    assert auc.get_xlabel() == "blocks"
    with pytest.raises(KeyError):
        scan.draw(full, {"both": [("nobody", 1)]}, "blocks")


def test_training_curves_skip_what_is_missing(full):
    panels = training.draw(full).axes
    assert [ax.get_title() for ax in panels] == ["qvae", "qgan line"]
    np.testing.assert_array_equal(panels[0].lines[0].get_data(), [[0, 2], [3, 1]])
    band = panels[0].collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (0.8, 3.5)


def test_scores(full):
    auc, mmd, _ = scores.draw(full).axes
    assert [label.get_text() for label in auc.get_yticklabels()] == ["worst one", "qgan line", "qvae"]
    places = sorted(float(bar.lines[0].get_xdata()[0]) for bar in auc.containers)
    assert places == [0.6, 0.61, 0.9]
    assert [text.get_text() for text in mmd.texts] == ["n/a"]


def test_score_table(full):
    (ax,) = score_table.draw(full).axes
    cells = {place: cell.get_text().get_text() for place, cell in ax.tables[0].get_celld().items()}
    assert cells[1, 0] == "GEANT4 (truth floor)"
    assert cells[2, 1] == "0.600 ± 0.012 (+10.0)"
    assert cells[4, 3] == "n/a†"
    assert any("singular" in text.get_text() for text in ax.texts)


def test_figures_are_limited_to_eight_lines(full):
    assert len(chosen(full)) == 3
    families = ("qvae", "qgan", "qcbm", "classical/a", "classical/b")
    names = [f"{name}{option}" for name in families for option in ("", ":ablation")] + ["qcbm (quantisation floor)"]
    full["rows"] = [{**copy.deepcopy(full["rows"][0]), "generator": name} for name in names]
    assert [r["generator"] for r in chosen(full)] == list(families)
    full["rows"] = [{**copy.deepcopy(full["rows"][0]), "generator": f"qgan:depth={i}"} for i in range(12)]
    assert len(chosen(full)) == MAX_LINES
    full["rows"] = [{**copy.deepcopy(full["rows"][0]), "generator": f"g{i}"} for i in range(12)]
    assert len(chosen(full)) == MAX_LINES
