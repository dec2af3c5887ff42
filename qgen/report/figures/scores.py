"""The primary metrics of all generators."""

from matplotlib.figure import Figure

from qgen.report import Scoreboard
from qgen.report.numbers import number
from qgen.report.panels import counted, of_metrics, points
from qgen.report.rows import contender, metric_label, ordered, primary, short, value_of
from qgen.report.sheets import UNRANKED, unranked

PLACE = "Primary metrics", 10


def needs(scoreboard: Scoreboard) -> str:
    """Needs a primary metric."""
    return "" if primary(scoreboard) else "a primary metric"


def draw(scoreboard: Scoreboard) -> Figure:
    """The primary metrics with their errors (68 %) beside the truth floor and its band."""
    rows = ordered(scoreboard)[::-1]
    figure, panels = of_metrics(scoreboard, rows)
    for metric, ax in panels.items():
        points(ax, scoreboard, metric, rows)
    return figure


def caption(scoreboard: Scoreboard) -> tuple[str, str]:
    """Which generator is closest to GEANT4 by the first metric, and which farthest."""
    metric = primary(scoreboard)[0]
    rows = [row for row in ordered(scoreboard) if value_of(row, metric) is not None]
    scored = list(filter(contender, rows))
    extremes = ""
    if len(scored) > 1:
        scores = [(short(row["generator"]), row["metrics"][metric]) for row in (scored[0], scored[-1])]
        best, worst = (f"{label} ({number(score['value'], score['error'])})" for label, score in scores)
        extremes = f" By {metric_label(scoreboard, metric)}, {best} is closest to GEANT4 and {worst} farthest."
    return (
        "Primary metrics with their 68 % errors; the line is the truth floor, the band its standard deviation."
        + (" Controls that must fail are open marks below the line." if len(rows) > len(scored) else "")
        + extremes
        + (f" {UNRANKED}" if any(map(unranked, scored)) else ""),
        f"Primary metrics of {counted(scored)} beside the truth floor.",
    )
