"""Training curves with the spread of the training seeds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qgen.report import Row, Scoreboard
from qgen.report.figures._panels import COLOURS, chosen, drawing, name, numbers
from qgen.report.rows import ordered

N_COLUMNS = 3
LOG_PRIOR = "log_prior"
"""Of a Boltzmann machine, in nats like its generator's objective, but on a scale of its own: see `likelihood`."""


def training(scoreboard: Scoreboard, style: str = "plain", generators: Sequence[str] | None = None) -> Figure:
    """Training curves, one panel per generator: the mean over training seeds, and a band over their range.

    Args:
        scoreboard: see `qgen.report`; rows without `history` have no panel.
        style: see `qgen.report.style`.
        generators: which to show; by default all that were trained in epochs.
    """
    rows = trained(scoreboard, generators)
    names = sorted({curve for row in rows for curve in row["history"]["curves"]} - {LOG_PRIOR})
    colours = {curve: COLOURS[i % len(COLOURS)] for i, curve in enumerate(names)}
    n_columns = min(len(rows), N_COLUMNS)
    n_rows = -(-len(rows) // n_columns)
    with drawing(style, 4.9 * n_columns, 4.2 * n_rows) as figure:
        panels = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
        for ax in panels[len(rows) :]:
            ax.set_axis_off()
        for ax, row in zip(panels, rows, strict=False):
            _curves(ax, row, colours)
        figure.supxlabel("epoch", fontsize="large")
        figure.supylabel("objective", fontsize="large")
    return figure


def trained(scoreboard: Scoreboard, generators: Sequence[str] | None = None) -> list[Row]:
    """The rows that have training curves."""
    rows = ordered(scoreboard) if generators is None else chosen(scoreboard, generators)
    return [row for row in rows if row.get("history")]


def _curves(ax: Axes, row: Row, colours: dict[str, str]) -> None:
    epoch = numbers(row["history"]["epoch"])
    for curve, values in row["history"]["curves"].items():
        if curve == LOG_PRIOR:
            continue
        mean, low, high = (numbers(values[key]) for key in ("mean", "low", "high"))
        known = np.isfinite(mean)
        if known.any():
            ax.fill_between(epoch[known], low[known], high[known], color=colours[curve], alpha=0.25, lw=0)
            ax.plot(epoch[known], mean[known], color=colours[curve], label=curve)
    ax.set_title(name(row, 30))
    ax.legend(loc="best")
