"""Convergence of an effective temperature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from qgen.files import InputError
from qgen.report.figures._panels import BAND, COLOURS, MARKERS, drawing, numbers


def temperature(
    maps: Mapping[str, Sequence[tuple[float, float]]],
    *,
    pseudo_likelihood: tuple[float, float] | None = None,
    truth: float | None = None,
    style: str = "plain",
) -> Figure:
    """Inverse temperatures of a device, step by step of the published map, with errors.

    Args:
        maps: for every label, e.g. a pattern of pinned spins or an exponent, (beta, error) from the start on.
        pseudo_likelihood: beta and error of that estimator, a line with a band.
        truth: where it is known, a dashed line.
        style: see `qgen.report.style`.

    Raises:
        InputError: no step to draw.
    """
    if not maps or not all(len(steps) for steps in maps.values()):
        raise InputError("temperature: expected at least one map with a step, found none")
    with drawing(style, 6.4, 4.4) as figure:
        ax = figure.subplots()
        if pseudo_likelihood is not None:
            value, error = pseudo_likelihood
            ax.axhspan(value - error, value + error, color=BAND, lw=0)
            ax.axhline(value, color="k", lw=1.5, label="pseudo-likelihood")
        if truth is not None:
            ax.axhline(truth, color="k", ls="--", lw=1.5, label="truth")
        for i, (label, steps) in enumerate(maps.items()):
            betas, errors = numbers([beta for beta, _ in steps]), numbers([error for _, error in steps])
            drawn: dict[str, Any] = {"color": COLOURS[i % len(COLOURS)], "marker": MARKERS[i % len(MARKERS)]}
            ax.errorbar(range(len(steps)), betas, errors, label=label, capsize=2, **drawn)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_xlabel("step of the map")
        ax.set_ylabel(r"inverse temperature $\beta$")
        ax.legend(loc="best")
    return figure
