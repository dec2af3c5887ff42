"""Training curves with the spread of the training seeds."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qgen.report import Row, Scoreboard
from qgen.report.panels import COLOURS, counted, name, numbers, tiled
from qgen.report.rows import ordered, trainings

PLACE = "Training", 140
N_COLUMNS = 3
LOG_PRIOR = "log_prior"
"""Of a Boltzmann machine, in nats like its generator's objective, but on a scale of its own: see `likelihood`."""


def needs(scoreboard: Scoreboard) -> str:
    """Needs `history` in a row."""
    return "" if trained(scoreboard) else "a generator that was trained in epochs (`history`)"


def draw(scoreboard: Scoreboard) -> Figure:
    """Training curves, one panel per generator: the mean over training seeds, and a band over their range."""
    rows = trained(scoreboard)
    names = sorted({curve for row in rows for curve in row["history"]["curves"]} - {LOG_PRIOR})
    colours = {curve: COLOURS[i % len(COLOURS)] for i, curve in enumerate(names)}
    figure, panels = tiled(len(rows), N_COLUMNS, (4.9, 4.2), (0, 0))
    for ax, row in zip(panels.ravel(), rows, strict=False):
        _curves(ax, row, colours)
    figure.supxlabel("epoch", fontsize="large")
    figure.supylabel("objective", fontsize="large")
    return figure


def caption(scoreboard: Scoreboard) -> tuple[str, str]:
    """What the bands are."""
    rows = trained(scoreboard)
    n = max(len(row["seeds"]) for row in rows)
    band = f"the band spans {trainings(scoreboard, n)}" if n > 1 else "there is one training, so no band"
    return (
        f"Objectives against the epoch; {band}. Objectives of different families cannot be compared with one another.",
        f"Training curves of {counted(rows)}.",
    )


def trained(scoreboard: Scoreboard) -> list[Row]:
    """The rows that have training curves."""
    return [row for row in ordered(scoreboard) if row.get("history")]


def _curves(ax: Axes, row: Row, colours: dict[str, str]) -> None:
    epoch = numbers(row["history"]["epoch"])
    for curve, values in row["history"]["curves"].items():
        if curve == LOG_PRIOR:
            continue
        mean, low, high = (numbers(values[key]) for key in ("mean", "low", "high"))
        recorded = np.isfinite(mean)
        if recorded.any():
            ax.fill_between(epoch[recorded], low[recorded], high[recorded], color=colours[curve], alpha=0.25, lw=0)
            ax.plot(epoch[recorded], mean[recorded], color=colours[curve], label=curve)
    ax.set_title(name(row, 30))
    ax.legend(loc="best")
