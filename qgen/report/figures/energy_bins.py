"""Primary metrics in bins of the incident energy."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from qgen.report import Row, Scoreboard
from qgen.report.panels import BAND, Floats, dodge, left_out, legend, look, marker, name, numbers
from qgen.report.rows import chosen, metric_label, spans_decades

PLACE = "By incident energy", 110


def needs(scoreboard: Scoreboard) -> str:
    """Needs bins in the reference, and `in_energy_bins` in a row."""
    binned = any(row.get("in_energy_bins") for row in chosen(scoreboard))
    return "" if binned and "energy_edges" in scoreboard["reference"] else "metrics in bins of the incident energy"


def draw(scoreboard: Scoreboard) -> Figure:
    """Metrics in bins of the incident energy, beside the truth floor (line) and its band (68 %).

    Points of one bin are drawn beside one another. Distances are on a logarithmic scale.
    """
    edges = numbers(scoreboard["reference"]["energy_edges"]) / 1e3
    rows = [row for row in chosen(scoreboard) if row.get("in_energy_bins")]
    metrics = [m for m in scoreboard["floor"] if any(m in row["in_energy_bins"] for row in rows)]
    figure = Figure(figsize=(5.4 * len(metrics) + 2.4, 5.6))
    panels = figure.subplots(1, len(metrics), squeeze=False)[0]
    for ax, metric in zip(panels, metrics, strict=True):
        floor, sd = _floor(rows, metric)
        lowest = np.maximum(floor - sd, floor / 10) if spans_decades(scoreboard, metric) else floor - sd
        ax.stairs(floor + sd, edges, baseline=lowest, fill=True, color=BAND)
        ax.stairs(floor, edges, baseline=None, color="k", label="GEANT4 floor")
        for i, row in enumerate(rows):
            if (scores := row["in_energy_bins"].get(metric)) is None:
                continue
            x, drawn = dodge(edges[:-1], edges[1:], i, len(rows)), look(scoreboard, row)
            value, error = numbers(scores["value"]), numbers(scores["error"])
            points = {**drawn, "ls": "", "marker": marker(scoreboard, row), "capsize": 2, "elinewidth": 1.2}
            ax.errorbar(x, value, error, label=name(row), **points)
        if spans_decades(scoreboard, metric):
            ax.set_yscale("log")
        for edge in edges[1:-1]:
            ax.axvline(edge, color="0.7", lw=0.8, ls=":", zorder=0)
        ax.set_xlim(edges[0], edges[-1])
        ax.set_xlabel("incident energy [GeV]")
        ax.set_ylabel(metric_label(scoreboard, metric))
    legend(figure, panels[0])
    return figure


def caption(scoreboard: Scoreboard) -> tuple[str, str]:
    """Number and range of the bins."""
    edges = numbers(scoreboard["reference"]["energy_edges"]) / 1e3
    return (
        f"Primary metrics in {len(edges) - 1} bins of the incident energy from {edges[0]:.3g} to {edges[-1]:.3g} GeV, "
        "beside the truth floor of each bin (line) and its band. Points of one bin stand beside one another. "
        f"{left_out(scoreboard)}",
        f"Primary metrics in {len(edges) - 1} bins of the incident energy.",
    )


def _floor(rows: Sequence[Row], metric: str) -> tuple[Floats, Floats]:
    """The truth floor of every bin, which all rows share, and its standard deviation."""
    scores = next(row["in_energy_bins"][metric] for row in rows if metric in row["in_energy_bins"])
    return numbers(scores["floor"]), numbers(scores["floor_sd"])
