"""A metric on several datasets side by side."""

import textwrap
from collections.abc import Sequence

from matplotlib.figure import Figure

from qgen.report import Scoreboard
from qgen.report.panels import counted, of_floors, points
from qgen.report.rows import literal, metric_label
from qgen.report.side_by_side import headings, union

PLACE = "Datasets side by side", 170
WIDTH = 26
"""Characters in a line above a panel."""


def draw(scoreboards: Sequence[Scoreboard], metric: str) -> Figure:
    """A panel for every dataset: a metric with its errors (68 %), beside the truth floor of the dataset and its band.

    Args:
        scoreboards: of different datasets.
        metric: that at least one of them has.
    """
    whole = union(scoreboards)
    rows = whole["rows"][::-1]
    figure, panels = of_floors([board["floor"].get(metric) for board in scoreboards], rows)
    for ax, heading, board in zip(panels, headings(scoreboards), scoreboards, strict=True):
        ax.set_title(textwrap.fill(literal(heading), WIDTH))
        ax.set_xlabel(metric_label(whole, metric))
        scored = {row["generator"]: row["metrics"] for row in board["rows"]}
        here = [{**row, "metrics": scored.get(row["generator"], {})} for row in rows]
        absent = {row["generator"]: "not scored" if row["generator"] in scored else "not run" for row in rows}
        points(ax, {**whole, "floor": {**whole["floor"], **board["floor"]}}, metric, here, absent)
    return figure


def caption(scoreboards: Sequence[Scoreboard], metric: str) -> tuple[str, str]:
    """How it is to be read."""
    whole = union(scoreboards)
    label = metric_label(whole, metric)
    controls = any(row.get("control") for row in whole["rows"])
    return (
        f"{label} with its 68 % errors on {len(scoreboards)} datasets; the line is the truth floor of each, the band "
        "its standard deviation. Every panel has an axis of its own: what stands in different panels is not compared."
        + (" Controls that must fail are open marks below the line." if controls else ""),
        f"{label} of {counted(whole['rows'])} on {', '.join(headings(scoreboards))}.",
    )
