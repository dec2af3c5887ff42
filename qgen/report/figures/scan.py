"""Scores against a number that was varied."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from qgen.report import Scoreboard
from qgen.report.figures.seeds import of_seeds
from qgen.report.panels import BAND, COLOURS
from qgen.report.rows import metric_label, primary, spans_decades, trainings


def draw(scoreboard: Scoreboard, lines: Mapping[str, Sequence[tuple[str, float]]], label: str) -> Figure:
    """The primary metrics against a setting, with errors (68 %) and, as small marks, the training seeds.

    Args:
        scoreboard: see `qgen.report`.
        lines: for every line its points, each a generator of the scoreboard and the value of the setting.
        label: of the axis of the setting.

    Raises:
        KeyError: a generator that the scoreboard has not.
    """
    rows = {row["generator"]: row for row in scoreboard["rows"]}
    metrics = primary(scoreboard)
    figure = Figure(figsize=(5.2 * len(metrics), 5.2))
    panels = figure.subplots(1, len(metrics), squeeze=False)[0]
    for ax, metric in zip(panels, metrics, strict=True):
        floor = scoreboard["floor"][metric]
        ax.axhspan(floor["value"] - floor["sd"], floor["value"] + floor["sd"], color=BAND, lw=0)
        ax.axhline(floor["value"], color="k", lw=1.5, label="GEANT4 floor")
        for (name, points), colour in zip(lines.items(), COLOURS, strict=False):
            x = [value for _, value in points]
            scores = [rows[generator]["metrics"][metric] for generator, _ in points]
            values, errors = ([score[key] for score in scores] for key in ("value", "error"))
            ax.errorbar(x, values, yerr=errors, fmt="o-", color=colour, capsize=3, label=name)
            for generator, value in points:
                per_seed = of_seeds(rows[generator], metric)
                ax.plot([value] * len(per_seed), per_seed, ".", color=colour, alpha=0.5)
        if spans_decades(scoreboard, metric):
            ax.set_yscale("log")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.xaxis.minorticks_off()
        ax.set_xlabel(label)
        ax.set_ylabel(metric_label(scoreboard, metric))
    panels[0].legend(loc="best")
    return figure


def caption(scoreboard: Scoreboard, lines: Mapping[str, Sequence[tuple[str, float]]], label: str) -> tuple[str, str]:
    """What was varied, and what the marks are."""
    return (
        f"Primary metrics against {label}, with their 68 % errors; small marks are single trainings (up to "
        f"{trainings(scoreboard)}), the black line is the truth floor, the band its standard deviation.",
        f"Primary metrics of {', '.join(lines)} against {label} beside the truth floor.",
    )
