"""All metrics of all generators at a glance: parallel coordinates of z."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from qgen.report import Scoreboard
from qgen.report.figures._panels import BAND, chosen, drawing, legend, look, marker, name, numbers
from qgen.report.rows import metric_label, others, primary

LINEAR = 3.0
"""|z| up to which the scale is linear."""


def summary(scoreboard: Scoreboard, style: str = "plain", generators: Sequence[str] | None = None) -> Figure:
    """z of every metric, one line per generator, linear up to |z| = 3 and logarithmic beyond.

    The band is |z| <= 1, what GEANT4 itself scores against GEANT4. A gap is a metric without a value.

    Args:
        scoreboard: see `qgen.report`.
        style: see `qgen.report.style`.
        generators: which to show; by default up to eight, without ablations.
    """
    metrics = [*primary(scoreboard), *others(scoreboard)]
    x = np.arange(len(metrics), dtype=np.float64)
    with drawing(style, 14, 7.4) as figure:
        ax = figure.subplots()
        ax.axhspan(-1, 1, color=BAND, lw=0)
        ax.axhline(0, color="k", lw=1.5, label="GEANT4 floor")
        ax.set_yscale("symlog", linthresh=LINEAR, linscale=1.0)
        for row in chosen(scoreboard, generators):
            z = numbers([row["metrics"].get(metric, {}).get("z") for metric in metrics])
            ax.plot(x, z, marker=marker(scoreboard, row), label=name(row), **look(scoreboard, row))
        for place in x.tolist():
            ax.axvline(place, color="0.7", lw=0.8, zorder=0)
        ax.set_xticks(x, [metric_label(metric) for metric in metrics], rotation=35, ha="right", rotation_mode="anchor")
        ax.tick_params(axis="x", which="both", top=False, length=0)
        ax.set_xlim(-0.3, len(metrics) - 0.7)
        ax.set_ylabel("z, distance from the floor in its sd")
        legend(figure, ax)
    return figure
