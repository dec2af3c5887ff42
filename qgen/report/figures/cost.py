"""Quality against cost."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from qgen.report import Row, Scoreboard
from qgen.report.panels import BAND, counted, legend, look, marker, name, tiled
from qgen.report.rows import described, metric_label, ordered, primary, resource, value_of

PLACE = "Cost", 130
COSTS = {
    "n_parameters": "parameters",
    "two_qubit_gates": "two-qubit gates",
    "transpiled_two_qubit_gates": "two-qubit gates on the device",
    "shots": "shots per shower",
    "qpu_access_us_per_shower": "QPU access [µs/shower]",
}
"""What may be an axis. Times of classical machines are not among them: they are no times of a quantum device."""


def needs(scoreboard: Scoreboard) -> str:
    """Needs two rows with a score and the same kind of cost."""
    return "" if _axes(scoreboard)[0] else "two generators with a score and a cost"


def draw(scoreboard: Scoreboard) -> Figure:
    """The first primary metric minus its truth floor against every cost that at least two generators have.

    The line at 0 is the floor, its band the floor's standard deviation. Quantisation floors, which no generator
    reaches at that cost, are left out.
    """
    metric = primary(scoreboard)[0]
    floor = scoreboard["floor"][metric]
    costs, rows = _axes(scoreboard)
    figure, panels = tiled(len(costs), 2, (5.6, 4.6), (2.6, 0.6), sharey=True)
    for ax, key in zip(panels.ravel(), costs, strict=False):
        ax.axhspan(-floor["sd"], floor["sd"], color=BAND, lw=0)
        ax.axhline(0, color="k", lw=1.5)
        _points(scoreboard, ax, key, [row for row in rows if resource(row, key) is not None], metric)
        ax.set_xlabel(COSTS[key])
    for ax in panels[:, 0]:
        ax.set_ylabel(f"{metric_label(scoreboard, metric)} − floor")
    # One legend for the points of all panels, which need not be the same.
    legend(figure, max(panels.ravel(), key=lambda ax: len(ax.get_legend_handles_labels()[0])))
    return figure


def caption(scoreboard: Scoreboard) -> tuple[str, str]:
    """Which way is better, and what is no cost here."""
    costs, rows = _axes(scoreboard)
    metric = primary(scoreboard)[0]
    label = metric_label(scoreboard, metric)
    better = "higher" if described(scoreboard, metric).better == "higher" else "lower"
    return (
        f"{label} minus its truth floor against cost; {better} and further left is better, the line at 0 is the floor. "
        "Only what is counted is an axis; times of simulated circuits and anneals are not.",
        f"{label} minus its floor against {', '.join(COSTS[key] for key in costs)} for {counted(rows)}.",
    )


def _axes(scoreboard: Scoreboard) -> tuple[list[str], list[Row]]:
    """The costs that at least two generators with a score have, and these generators."""
    rows = [row for row in ordered(scoreboard) if "(" not in row["generator"]]
    scored = [row for row in rows for metric in primary(scoreboard)[:1] if value_of(row, metric) is not None]
    return [key for key in COSTS if sum(resource(row, key) is not None for row in scored) > 1], scored


def _points(scoreboard: Scoreboard, ax: Axes, key: str, rows: Sequence[Row], metric: str) -> None:
    costs = [float(resource(row, key) or 0) for row in rows]
    if min(costs) > 0:
        ax.set_xscale("log")
        low, high = np.floor(np.log10(min(costs) / 1.5)), np.ceil(np.log10(1.5 * max(costs)))
        ax.set_xlim(10**low, 10**high)
        ax.xaxis.set_minor_formatter(NullFormatter())
    else:
        ax.set_xscale("symlog", linthresh=1)
        ax.set_xlim(-0.5, 3 * max(*costs, 1))
    for row, x in zip(rows, costs, strict=True):
        score = row["metrics"][metric]
        drawn = {**look(scoreboard, row), "ls": "", "marker": marker(scoreboard, row), "capsize": 2, "ms": 9}
        ax.errorbar(x, score["value"] - score["floor"], score["error"], label=name(row), **drawn)
