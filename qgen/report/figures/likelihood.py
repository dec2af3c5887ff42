"""Log-likelihood while a Boltzmann machine is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from qgen.files import InputError
from qgen.report import Scoreboard
from qgen.report.figures._panels import COLOURS, drawing, name, numbers
from qgen.report.figures.training import LOG_PRIOR, trained


def likelihood(
    curves: Mapping[str, Mapping[str, Sequence[float | None]]],
    *,
    style: str = "plain",
) -> Figure:
    """Mean of ln p over configurations against epoch, with a band of the size of the errors.

    Args:
        curves: for every label, e.g. training and validation, or annealed and reverse: "epoch", "value" [nat] and
            "error", of equal length; None where there is no value.
        style: see `qgen.report.style`.

    Raises:
        InputError: no curve, or lengths that differ.
    """
    if not curves:
        raise InputError("likelihood: expected at least one curve, found none")
    with drawing(style, 6.4, 4.4) as figure:
        ax = figure.subplots()
        for i, (label, curve) in enumerate(curves.items()):
            lengths = [len(curve[key]) for key in ("epoch", "value", "error")]
            if len(set(lengths)) != 1:
                raise InputError(f"likelihood: expected epochs, values and errors of one length, found {lengths}")
            epoch, value, error = (numbers(curve[key]) for key in ("epoch", "value", "error"))
            known = np.isfinite(value)
            colour = COLOURS[i % len(COLOURS)]
            ax.fill_between(
                epoch[known], (value - error)[known], (value + error)[known], color=colour, alpha=0.25, lw=0
            )
            ax.plot(epoch[known], value[known], color=colour, label=label)
        ax.set_xlabel("epoch")
        ax.set_ylabel(r"mean of $\ln p(s)$ [nat]")
        ax.legend(loc="best")
    return figure


def log_priors(scoreboard: Scoreboard) -> dict[str, dict[str, Sequence[float | None]]]:
    """For `likelihood`: ln p(z | c) of the validation showers' latents under the prior, of every row that has one.

    The error is half the range over the training seeds, 0 with a single one.
    """
    found = {}
    for row in trained(scoreboard):
        if LOG_PRIOR in row["history"]["curves"]:
            curve = row["history"]["curves"][LOG_PRIOR]
            low, high = numbers(curve["low"]), numbers(curve["high"])
            error = [float(half) if np.isfinite(half) else None for half in (high - low) / 2]
            found[name(row, 40)] = {"epoch": row["history"]["epoch"], "value": curve["mean"], "error": error}
    return found
