"""Quality against cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from qgen.report import Row, Scoreboard
from qgen.report.figures._panels import BAND, chosen, drawing, legend, look, marker, name
from qgen.report.rows import finite, metric_label, ordered, primary

COSTS = {
    "n_parameters": "parameters",
    "two_qubit_gates": "two-qubit gates",
    "transpiled_two_qubit_gates": "two-qubit gates on the device",
    "shots": "shots per shower",
    "qpu_access_us_per_shower": "QPU access [µs/shower]",
}
"""What may be an axis. Times of classical machines are not among them: they are no times of a quantum device."""


def cost(scoreboard: Scoreboard, style: str = "plain", generators: Sequence[str] | None = None) -> Figure:
    """The first primary metric minus its truth floor against every cost that at least two generators have.

    The line at 0 is the floor, its band the floor's standard deviation. Quantisation floors, which no generator
    reaches at that cost, are left out.

    Args:
        scoreboard: see `qgen.report`.
        style: see `qgen.report.style`.
        generators: which to show; by default all.
    """
    metric = primary(scoreboard)[0]
    floor = scoreboard["floor"][metric]
    costs, rows = axes_of(scoreboard, generators)
    n_columns = min(len(costs), 2)
    n_rows = -(-len(costs) // n_columns)
    with drawing(style, 5.6 * n_columns + 2.6, 4.6 * n_rows + 0.6) as figure:
        panels = figure.subplots(n_rows, n_columns, squeeze=False, sharey=True)
        for ax in panels.ravel()[len(costs) :]:
            ax.set_axis_off()
        for ax, key in zip(panels.ravel(), costs, strict=False):
            ax.axhspan(-floor["sd"], floor["sd"], color=BAND, lw=0)
            ax.axhline(0, color="k", lw=1.5)
            _points(scoreboard, ax, key, [row for row in rows if _cost(row, key) is not None], metric)
            ax.set_xlabel(COSTS[key])
        for ax in panels[:, 0]:
            ax.set_ylabel(f"{metric_label(metric)} − floor")
        _all_in_one(figure, list(panels.ravel()[: len(costs)]))
    return figure


def axes_of(scoreboard: Scoreboard, generators: Sequence[str] | None = None) -> tuple[list[str], list[Row]]:
    """The costs that at least two generators with a score have, and these generators."""
    rows = ordered(scoreboard) if generators is None else chosen(scoreboard, generators)
    metric = primary(scoreboard)[0]
    scored = [row for row in rows if finite(row["metrics"].get(metric, {}).get("value")) is not None]
    scored = [row for row in scored if "(" not in row["generator"]]
    return [key for key in COSTS if sum(_cost(row, key) is not None for row in scored) > 1], scored


def _points(scoreboard: Scoreboard, ax: Axes, key: str, rows: Sequence[Row], metric: str) -> None:
    found = [float(_cost(row, key) or 0) for row in rows]
    if min(found) > 0:
        ax.set_xscale("log")
        low, high = np.floor(np.log10(min(found) / 1.5)), np.ceil(np.log10(1.5 * max(found)))
        ax.set_xlim(10**low, 10**high)
        ax.xaxis.set_minor_formatter(NullFormatter())
    else:
        ax.set_xscale("symlog", linthresh=1)
        ax.set_xlim(-0.5, 3 * max(*found, 1))
    for row, x in zip(rows, found, strict=True):
        score = row["metrics"][metric]
        drawn: dict[str, Any] = {
            **look(scoreboard, row),
            "ls": "",
            "marker": marker(scoreboard, row),
            "capsize": 2,
            "ms": 9,
        }
        ax.errorbar(x, score["value"] - score["floor"], score["error"], label=name(row), **drawn)


def _cost(row: Row, key: str) -> float | None:
    return finite((row.get("resources") or {}).get(key))


def _all_in_one(figure: Figure, panels: Sequence[Axes]) -> None:
    """One legend for the points of all panels, which need not be the same."""
    fullest = max(panels, key=lambda ax: len(ax.get_legend_handles_labels()[0]))
    legend(figure, fullest)
