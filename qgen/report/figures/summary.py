"""All metrics of all generators at a glance: parallel coordinates of z."""

import numpy as np
from matplotlib.figure import Figure

from qgen.report import Scoreboard
from qgen.report.panels import BAND, counted, left_out, legend, look, marker, name, numbers
from qgen.report.rows import chosen, metric_label, others, primary

PLACE = "Primary metrics", 30

LINEAR = 3.0
"""|z| up to which the scale is linear."""


def needs(scoreboard: Scoreboard) -> str:
    """Needs a metric."""
    return "" if scoreboard["floor"] else "a metric"


def draw(scoreboard: Scoreboard) -> Figure:
    """z of every metric, one line per generator, linear up to |z| = 3 and logarithmic beyond.

    The band is |z| <= 1, what GEANT4 itself scores against GEANT4. A gap is a metric without a value.
    """
    metrics = [*primary(scoreboard), *others(scoreboard)]
    x = np.arange(len(metrics), dtype=np.float64)
    figure = Figure(figsize=(14, 7.4))
    ax = figure.subplots()
    ax.axhspan(-1, 1, color=BAND, lw=0)
    ax.axhline(0, color="k", lw=1.5, label="GEANT4 floor")
    ax.set_yscale("symlog", linthresh=LINEAR, linscale=1.0)
    for row in chosen(scoreboard):
        z = numbers([row["metrics"].get(metric, {}).get("z") for metric in metrics])
        ax.plot(x, z, marker=marker(scoreboard, row), label=name(row), **look(scoreboard, row))
    for place in x.tolist():
        ax.axvline(place, color="0.7", lw=0.8, zorder=0)
    ax.set_xticks(
        x, [metric_label(scoreboard, metric) for metric in metrics], rotation=35, ha="right", rotation_mode="anchor"
    )
    ax.tick_params(axis="x", which="both", top=False, length=0)
    ax.set_xlim(-0.3, len(metrics) - 0.7)
    ax.set_ylabel("z, distance from the floor in its sd")
    legend(figure, ax)
    return figure


def caption(scoreboard: Scoreboard) -> tuple[str, str]:
    """How to read z."""
    return (
        "Distance of every metric from its truth floor, in standard deviations of the floor: what lies in the band "
        "(|z| <= 1) cannot be told from GEANT4 by that metric. The scale is linear up to 3 and logarithmic beyond; a "
        f"gap is a metric without a value. {left_out(scoreboard)}",
        f"Parallel coordinates of z over {len(scoreboard['floor'])} metrics for {counted(chosen(scoreboard))}.",
    )
