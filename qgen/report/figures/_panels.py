"""What the figures share: the canvas with its style, which rows are drawn and how, legends, marks at a panel's edge."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from qgen.files import InputError
from qgen.report import Row, Scoreboard
from qgen.report.rows import metric_label, ordered, primary, short
from qgen.report.style import style as settings_of

Floats = NDArray[np.float64]

MAX_LINES = 8
COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#7F3C8D",
    "#8C8C8C",
    "#7A8B99",
    "#5D4037",
    "#DC267F",
    "#B59A00",
    "#44AA99",
    "#332288",
)
MARKERS = "osD^vPX*"
QUANTUM = ("annealer", "gate")
BAND = "0.82"
WRAP = 16
"""Characters in a line of a legend."""


class Drawing(Figure):
    """A figure that is drawn with the settings it was made with: some, as the fonts of formulae, are read then."""

    def __init__(self, settings: dict[Any, Any], **options: Any) -> None:
        super().__init__(**options)
        self.settings = settings

    def draw(self, renderer: Any) -> None:
        """Draw, in the style."""
        with mpl.rc_context(self.settings):
            super().draw(renderer)

    def savefig(self, fname: Any, *, transparent: bool | None = None, **options: Any) -> None:
        """Write to a file, in the style."""
        with mpl.rc_context(self.settings):
            super().savefig(fname, transparent=transparent, **options)


@contextmanager
def drawing(style: str, width: float, height: float) -> Iterator[Drawing]:
    """A new figure of a size [inch], with the style's settings in force."""
    settings = settings_of(style)
    with mpl.rc_context(settings):
        yield Drawing(settings, figsize=(width, height))


def chosen(scoreboard: Scoreboard, generators: Sequence[str] | None = None) -> list[Row]:
    """The rows that a figure with lines shows, at most `MAX_LINES` of them unless they are named.

    Of many rows, the first of every name before the colon: ablations and quantisation floors are left out; where that
    leaves less than half of the places in use, the best of the others fill them.

    Raises:
        InputError: `generators` names one that the scoreboard has not.
    """
    rows = ordered(scoreboard)
    if generators is not None:
        known = [row["generator"] for row in rows]
        if unknown := [name for name in generators if name not in known]:
            raise InputError(f"generators: expected some of {', '.join(known)}, found {unknown[0]!r}")
        return [row for row in rows if row["generator"] in generators]
    if len(rows) <= MAX_LINES:
        return rows
    first = {row["generator"].split(":")[0]: row["generator"] for row in reversed(scoreboard["rows"])}
    kept = [row for row in rows if row["generator"] in first.values() and "(" not in row["generator"]][:MAX_LINES]
    if len(kept) < MAX_LINES // 2:
        names = [row["generator"] for row in (*kept, *(row for row in rows if row not in kept))][:MAX_LINES]
        kept = [row for row in rows if row["generator"] in names]
    return kept


def look(scoreboard: Scoreboard, row: Row) -> dict[str, Any]:
    """A colour by the row's place in the scoreboard, the same in every figure; a line style by its family."""
    return {"color": COLOURS[_place(scoreboard, row) % len(COLOURS)], "ls": "-" if row["family"] in QUANTUM else "--"}


def marker(scoreboard: Scoreboard, row: Row) -> str:
    """A marker by the row's place in the scoreboard, for figures of points."""
    return MARKERS[_place(scoreboard, row) % len(MARKERS)]


def _place(scoreboard: Scoreboard, row: Row) -> int:
    return [other["generator"] for other in scoreboard["rows"]].index(row["generator"])


def name(row: Row, width: int = WRAP) -> str:
    """A generator's name in lines short enough for a legend or a title."""
    return textwrap.fill(short(row["generator"]), width)


def legend(figure: Figure, ax: Axes) -> None:
    """The legend of one panel, right of all panels."""
    handles, labels = ax.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside right upper", handlelength=1.4, labelspacing=0.7, borderaxespad=0, borderpad=0.6
    )


@contextmanager
def of_metrics(scoreboard: Scoreboard, style: str, rows: Sequence[Row]) -> Iterator[tuple[Drawing, dict[str, Axes]]]:
    """A figure with one panel for every primary metric: a line for each of the rows, from below, and the truth floor.

    Yields the figure and the panels by metric; what is drawn in them has the row's number as y.
    """
    metrics = primary(scoreboard)
    with drawing(style, 4.2 * len(metrics) + 3.2, 0.62 * len(rows) + 2.0) as figure:
        panels = figure.subplots(1, len(metrics), sharey=True, squeeze=False)[0]
        for ax, metric in zip(panels, metrics, strict=True):
            floor = scoreboard["floor"][metric]
            ax.axvspan(floor["value"] - floor["sd"], floor["value"] + floor["sd"], color=BAND, lw=0)
            ax.axvline(floor["value"], color="k", lw=1.5, label="GEANT4 floor")
        yield figure, dict(zip(metrics, panels, strict=True))
        for ax, metric in zip(panels, metrics, strict=True):
            ax.set_xlabel(metric_label(metric))
            ax.grid(axis="y", alpha=0.3)
            ax.set_ylim(-0.7, len(rows) - 0.3)
        panels[0].set_yticks(range(len(rows)), [name(row, 22) for row in rows])
        panels[0].tick_params(axis="y", which="minor", length=0)
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper right")


def numbers(values: Sequence[float | None]) -> Floats:
    """An array with NaN for what is missing."""
    return np.array(values, dtype=np.float64)


def dodge(low: Floats, high: Floats, i: int, n: int) -> Floats:
    """Where the i-th of n points stands in every bin, so that they lie beside one another."""
    return low + (high - low) * (i + 1) / (n + 1)


def mark_outside(ax: Axes, x: Floats, values: Floats, colour: str) -> None:
    """Triangles at the upper and lower edge of a panel, where values lie outside of it."""
    low, high = ax.get_ylim()
    for outside, y, shape in ((values > high, 0.96, "^"), (values < low, 0.04, "v")):
        at = np.full(int(outside.sum()), y)
        ax.plot(x[outside], at, shape, color=colour, ms=6, mew=0, transform=ax.get_xaxis_transform())


def ratio_axis(ax: Axes, label: str, span: float) -> None:
    """Limits and labels of a panel of ratios to GEANT4."""
    ax.axhline(1, color="k", lw=1)
    ax.set_ylim(1 - span, 1 + span)
    ax.set_ylabel("ratio")
    ax.set_xlabel(label)
