"""Log-likelihood while a Boltzmann machine is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from qgen.files import InputError
from qgen.report.figures._panels import COLOURS, drawing, numbers


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
