"""What figures share: how a row is drawn, panels by metric, legends, marks at a panel's edge, and words."""

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from qgen.report import Row, Scoreboard
from qgen.report.rows import (
    all_rows,
    chosen,
    contender,
    finite,
    literal,
    metric_label,
    primary,
    short,
    spans_decades,
    value_of,
)

Floats = NDArray[np.float64]

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
LINES = (
    "GEANT4 is black with a grey band (68 %), quantum generators are solid lines, classical references dashed, "
    "controls that must fail dotted."
)
RATIOS = "Below, the ratio to GEANT4; a triangle at an edge stands for a value outside of the panel."
"""Sentences that many captions share."""


def look(scoreboard: Scoreboard, row: Row) -> dict[str, Any]:
    """A colour by the row's place among the generators, the same in every figure; a line style by what it is."""
    style = ":" if row.get("control") else "-" if row["family"] in QUANTUM else "--"
    return {"color": COLOURS[_place(scoreboard, row) % len(COLOURS)], "ls": style}


def marker(scoreboard: Scoreboard, row: Row) -> str:
    """A marker by the row's place in the scoreboard, for figures of points."""
    return MARKERS[_place(scoreboard, row) % len(MARKERS)]


def plain_look(i: int) -> dict[str, Any]:
    """Colour and marker of the i-th of some points that are no rows of a scoreboard."""
    return {"color": COLOURS[i % len(COLOURS)], "marker": MARKERS[i % len(MARKERS)], "capsize": 2}


def _place(scoreboard: Scoreboard, row: Row) -> int:
    """Generators that compete come first, so that no two of them share a colour as long as there are enough."""
    rows = sorted(all_rows(scoreboard), key=lambda other: not contender(other))
    return [other["generator"] for other in rows].index(row["generator"])


def name(row: Row, width: int = WRAP) -> str:
    """A generator's name in lines short enough for a legend or a title; a control that must fail is called one."""
    label = literal(short(row["generator"]))
    return textwrap.fill(label + ", control" * bool(row.get("control")), width)


def legend(figure: Figure, ax: Axes) -> None:
    """The legend of one panel, right of all panels."""
    spaces: dict[str, Any] = {"handlelength": 1.4, "labelspacing": 0.7, "borderaxespad": 0, "borderpad": 0.6}
    figure.legend(*ax.get_legend_handles_labels(), loc="outside right upper", **spaces)


def of_metrics(scoreboard: Scoreboard, rows: Sequence[Row]) -> tuple[Figure, dict[str, Axes]]:
    """A figure with a panel for every primary metric, by metric; see `of_floors`."""
    metrics = primary(scoreboard)
    figure, panels = of_floors([scoreboard["floor"][metric] for metric in metrics], rows)
    for metric, ax in zip(metrics, panels, strict=True):
        ax.set_xlabel(metric_label(scoreboard, metric))
    return figure, dict(zip(metrics, panels, strict=True))


def of_floors(floors: Sequence[Mapping[str, float] | None], rows: Sequence[Row]) -> tuple[Figure, list[Axes]]:
    """A figure with a panel for every truth floor ("value" and "sd"; None where there is none), and room for every row.

    What is drawn in the panels has the row's number as y, from below. A line parts the controls, the first rows, from
    the others.
    """
    labels = [name(row, 30) for row in rows]
    height = max([0.62, *(0.27 * (label.count("\n") + 1) for label in labels)])
    figure = Figure(figsize=(4.2 * len(floors) + 3.6, height * len(rows) + 2.0))
    panels = list(figure.subplots(1, len(floors), sharey=True, squeeze=False)[0])
    for ax, floor in zip(panels, floors, strict=True):
        if floor is not None:
            ax.axvspan(floor["value"] - floor["sd"], floor["value"] + floor["sd"], color=BAND, lw=0)
            ax.axvline(floor["value"], color="k", lw=1.5, label="GEANT4 floor")
        ax.grid(axis="y", alpha=0.3)
        ax.tick_params(axis="y", which="minor", length=0)
        ax.set_ylim(-0.7, len(rows) - 0.3)
        if 0 < (n_controls := sum(bool(row.get("control")) for row in rows)) < len(rows):
            ax.axhline(n_controls - 0.5, color="0.3", lw=1)
    panels[0].set_yticks(range(len(rows)), labels)
    first = next((ax for ax, floor in zip(panels, floors, strict=True) if floor is not None), panels[0])
    figure.legend(*first.get_legend_handles_labels(), loc="outside upper right")
    return figure, panels


def points(
    ax: Axes, scoreboard: Scoreboard, metric: str, rows: Sequence[Row], absent: Mapping[str, str] | None = None
) -> None:
    """Values of a metric with their errors (68 %), the row's number as y; open for a control, a word for no value.

    Args:
        ax: panel.
        scoreboard: says how the metric is scaled, and the colours.
        metric: its name.
        rows: in this order from below.
        absent: by generator, the word for one that was not scored at all.
    """
    if spans_decades(scoreboard, metric):
        _set_scale(ax, metric, rows, scoreboard["floor"][metric]["value"])
    for y, row in enumerate(rows):
        score, colour = row["metrics"].get(metric), look(scoreboard, row)["color"]
        if (value := value_of(row, metric)) is None:
            word = (absent or {}).get(row["generator"], "n/a") if score is None else "n/a"
            ax.text(0.94, y, word, ha="right", va="center", color="0.3", transform=ax.get_yaxis_transform())
        else:
            error = finite((score or {}).get("error")) or 0.0
            face = "white" if row.get("control") else colour
            ax.errorbar(value, y, xerr=error, fmt="o", capsize=3, color=colour, mfc=face)


def _set_scale(ax: Axes, metric: str, rows: Sequence[Row], floor: float) -> None:
    """A logarithmic scale, linear around 0 where a value is not positive."""
    values = [value_of(row, metric) for row in rows]
    if min([floor, *(value for value in values if value is not None)]) > 0:
        ax.set_xscale("log")
    else:
        ax.set_xscale("symlog", linthresh=10.0 ** math.ceil(math.log10(abs(floor))) if floor else 1e-3)


def tiled(
    n: int, n_columns: int, size: tuple[float, float], beside: tuple[float, float], **options: Any
) -> tuple[Figure, NDArray[Any]]:
    """A figure with n panels in rows of at most `n_columns`, shape (rows, columns); places without one are empty.

    Args:
        n: number of panels.
        n_columns: most panels in a row.
        size: width and height for a panel [inch].
        beside: width and height for what stands beside all panels [inch].
        options: of `Figure.subplots`.
    """
    n_columns = min(n, n_columns)
    n_rows = -(-n // n_columns)
    figure = Figure(figsize=(size[0] * n_columns + beside[0], size[1] * n_rows + beside[1]))
    panels = figure.subplots(n_rows, n_columns, squeeze=False, **options)
    for ax in panels.ravel()[n:]:
        ax.set_axis_off()
    return figure, panels


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


def counted(rows: Sequence[Row]) -> str:
    """How many generators, in words."""
    return f"{len(rows)} generator{'s' * (len(rows) != 1)}"


def extremes(rows: Sequence[Row], measure: Callable[[Row], float], words: str, form: str) -> str:
    """A sentence on which row is closest to GEANT4 and which farthest, by a distance with a name and format.

    Floors of generators and controls that must fail are left out.
    """
    judged = filter(contender, rows)
    measured = sorted(((measure(row), short(row["generator"])) for row in judged), key=lambda pair: pair[0])
    if len(measured) < 2:
        return ""
    (low, best), (high, worst) = measured[0], measured[-1]
    return f"Closest to GEANT4: {best} ({words}: {low:{form}}); farthest: {worst} ({high:{form}})."


def left_out(scoreboard: Scoreboard, rows: Sequence[Row] | None = None) -> str:
    """A sentence on how many of the rows a figure draws, where that is not all; by default those of `chosen`."""
    n_all, n_drawn = len(scoreboard["rows"]), len(chosen(scoreboard) if rows is None else rows)
    return f"{n_drawn} of {n_all} rows are drawn; the tables have all." if n_drawn < n_all else ""
