"""Mean energy along one axis, with the ratio to GEANT4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from qgen.report import Scoreboard
from qgen.report.figures._panels import chosen
from qgen.report.figures._ratio import Binned, Binning, ratio_figure


def profile(scoreboard: Scoreboard, axis: str, style: str = "plain", generators: Sequence[str] | None = None) -> Figure:
    """Mean energy [MeV] along one axis, with the ratio to GEANT4 below.

    A triangle at a panel's edge stands for a value outside of it.

    Args:
        scoreboard: see `qgen.report`.
        axis: a key of `scoreboard["reference"]["profiles"]`.
        style: see `qgen.report.style`.
        generators: which to show; by default up to eight, without ablations.
    """
    rows = chosen(scoreboard, generators)
    truth = _binned(scoreboard["reference"]["profiles"][axis])
    generated = [_binned(row["distributions"]["profiles"][axis]) for row in rows]
    bins = Binning(np.arange(len(truth[0]) + 1, dtype=np.float64), truth, generated)
    labels = (f"{axis} bin", "mean energy [MeV]")
    return ratio_figure(scoreboard, rows, bins, bins, labels=labels, log=True, span=0.2, style=style)


def _binned(values: Mapping[str, Any]) -> Binned:
    return np.asarray(values["mean"], dtype=np.float64), np.asarray(values["error"], dtype=np.float64)
