"""Mean energy along one axis, with the ratio to GEANT4."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from qgen.report import Scoreboard
from qgen.report.panels import LINES, RATIOS, counted, left_out, numbers
from qgen.report.ratio import Binned, Binning, ratio_figure
from qgen.report.rows import chosen

PLACE = "Showers", 60


def needs(scoreboard: Scoreboard) -> str:
    """Needs `profiles` in the reference."""
    return "" if parts(scoreboard) else "profiles of the mean energy (`profiles`)"


def parts(scoreboard: Scoreboard) -> list[str]:
    """The axes, each with a figure of its own."""
    return list(scoreboard["reference"].get("profiles", ()))


def draw(scoreboard: Scoreboard, axis: str) -> Figure:
    """Mean energy [MeV] along one axis, with the ratio to GEANT4 below.

    A triangle at a panel's edge stands for a value outside of it.

    Args:
        scoreboard: see `qgen.report`.
        axis: one of `parts`, a key of `scoreboard["reference"]["profiles"]`.
    """
    rows = chosen(scoreboard)
    truth = _binned(scoreboard["reference"]["profiles"][axis])
    generated = [_binned(row["distributions"]["profiles"][axis]) for row in rows]
    bins = Binning(np.arange(len(truth[0]) + 1, dtype=np.float64), truth, generated)
    labels = (f"{axis} bin", "mean energy [MeV]")
    return ratio_figure(scoreboard, rows, bins, bins, labels=labels, log=True, span=0.2)


def caption(scoreboard: Scoreboard, axis: str) -> tuple[str, str]:
    """What lines, bands and ratios are."""
    return (
        f"Mean energy in every bin of {axis}. {LINES} {RATIOS} {left_out(scoreboard)}",
        f"Mean energy along {axis} for GEANT4 and {counted(chosen(scoreboard))}, with ratios.",
    )


def _binned(values: Mapping[str, Any]) -> Binned:
    return numbers(values["mean"]), numbers(values["error"])
