"""Step lines over bins, or points, in an upper panel, and their ratios to GEANT4 in a lower one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qgen.report import Row, Scoreboard
from qgen.report.panels import BAND, Floats, dodge, legend, look, mark_outside, name, ratio_axis

Binned = tuple[Floats, Floats]
"""Values of bins and their errors, each of shape (n,)."""


@dataclass(frozen=True)
class Binning:
    """Edges of n bins, shape (n + 1,); GEANT4's values and errors in them, and those of every generator."""

    edges: Floats
    truth: Binned
    rows: list[Binned]


def ratio_figure(
    scoreboard: Scoreboard,
    rows: list[Row],
    whole: Binning,
    ratios: Binning,
    *,
    labels: tuple[str, str],
    log: bool,
    span: float,
) -> Figure:
    """GEANT4 with its band, every row as a step line, and below the ratios with their errors.

    A triangle at the edge of a panel stands where a value lies outside of it; in the lower panel it points up too
    where GEANT4 has none.

    Args:
        scoreboard: see `qgen.report`.
        rows: what is drawn.
        whole: what the upper panel shows.
        ratios: what the lower panel compares; its bins may be wider.
        labels: of the bins, and of the values.
        log: of the values' axis.
        span: the lower panel reaches from 1 - span to 1 + span.
    """
    figure = Figure(figsize=(10.5, 6.6))
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(5, 2))
    _band(upper, lower, whole, ratios)
    _scale(upper, whole, log=log)
    ratio_axis(lower, labels[0], span)
    for i, row in enumerate(rows):
        drawn, (values, _) = look(scoreboard, row), whole.rows[i]
        upper.stairs(values, whole.edges, label=name(row), baseline=None, lw=1.8, **drawn)
        mark_outside(upper, dodge(whole.edges[:-1], whole.edges[1:], i, len(rows)), values, drawn["color"])
        _ratio(lower, ratios, i, drawn, span)
    upper.set_xlim(whole.edges[0], whole.edges[-1])
    upper.set_ylabel(labels[1])
    legend(figure, upper)
    return figure


def ratio_points(
    scoreboard: Scoreboard,
    panels: tuple[Axes, Axes],
    x: Floats,
    truth: Binned,
    rows: Sequence[tuple[Row, Floats, Binned]],
) -> None:
    """GEANT4's points and those of every row in the upper panel, and their ratios in the lower one.

    Controls that must fail do not widen a panel; triangles stand where they lie outside of it.

    Args:
        scoreboard: see `qgen.report`.
        panels: the upper and the lower one, whose limits are set.
        x: where GEANT4's points stand.
        truth: their values and errors.
        rows: each with where its points stand, and their values and errors.
    """
    (upper, lower), (true, sd) = panels, truth
    upper.errorbar(x, true, sd, fmt="ko", label="GEANT4", zorder=5)
    with np.errstate(divide="ignore", invalid="ignore"):
        lower.fill_between(x, 1 - sd / true, 1 + sd / true, color=BAND, lw=0)
        for row, beside, (value, error) in rows:
            drawn, limits = look(scoreboard, row), upper.get_ylim()
            upper.errorbar(beside, value, error, label=name(row), elinewidth=1.2, **drawn)
            lower.errorbar(beside, value / true, error / true, elinewidth=1.2, **drawn)
            mark_outside(lower, beside, value / true, drawn["color"])
            if row.get("control"):
                upper.set_ylim(limits)
                mark_outside(upper, beside, value, drawn["color"])


def _band(upper: Axes, lower: Axes, whole: Binning, ratios: Binning) -> None:
    truth, error = whole.truth
    upper.stairs(truth + error, whole.edges, baseline=truth - error, fill=True, color=BAND)
    upper.stairs(truth, whole.edges, color="k", lw=2.4, label="GEANT4", zorder=5, baseline=None)
    truth, error = ratios.truth
    relative = np.divide(error, truth, out=np.zeros_like(error), where=truth > 0)
    lower.stairs(1 + relative, ratios.edges, baseline=1 - relative, fill=True, color=BAND)


def _ratio(ax: Axes, ratios: Binning, i: int, drawn: dict[str, Any], span: float) -> None:
    """Ratio of the i-th row to GEANT4: a step line, and error bars beside those of the others."""
    edges, (values, errors) = ratios.edges, ratios.rows[i]
    truth = ratios.truth[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = values / truth
    error = np.divide(errors, truth, out=np.zeros_like(errors), where=truth > 0)
    x = dodge(edges[:-1], edges[1:], i, len(ratios.rows))
    ax.stairs(np.where(np.isfinite(ratio), ratio, np.nan), edges, baseline=None, lw=1.3, **drawn)
    seen = np.abs(ratio - 1) - error < span
    ax.errorbar(x[seen], ratio[seen], error[seen], fmt="none", color=drawn["color"], elinewidth=1)
    mark_outside(ax, x, ratio, drawn["color"])


def _scale(ax: Axes, whole: Binning, *, log: bool) -> None:
    """Limits that fit GEANT4 and leave room for what is somewhat above; what is far off gets a mark."""
    truth, error = whole.truth
    top = float((truth + error).max())
    highest = max([top, *(float(values.max()) for values, _ in whole.rows)])
    if not log:
        ax.set_ylim(0, min(1.08 * highest, 1.7 * top) or 1)
        return
    ax.set_yscale("log")
    lowest = float(truth[truth > 0].min(initial=top))
    ax.set_ylim(max(lowest * 0.3, top * 1e-6) or 0.1, min(2 * highest, 10 * top) or 1)
