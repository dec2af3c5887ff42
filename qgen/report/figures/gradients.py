"""Variance of gradients against the number of qubits: one panel for every start, one line for every objective."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from qgen.files import InputError
from qgen.report.figures._panels import COLOURS, MARKERS, drawing, legend


def gradients(rows: Sequence[Mapping[str, Any]], style: str = "plain") -> Figure:
    """Panels with a logarithmic axis.

    Args:
        rows: with "n_qubits", "start", "objective" and "variance", a value and its error.
        style: see `qgen.report.style`.

    Raises:
        InputError: no row to draw.
    """
    if not rows:
        raise InputError("gradients: expected at least one row, found none")
    starts, names = (list(dict.fromkeys(row[key] for row in rows)) for key in ("start", "objective"))
    with drawing(style, 6.6 * len(starts), 5) as figure:
        panels = figure.subplots(1, len(starts), squeeze=False, sharey=True)[0]
        for ax, start in zip(panels, starts, strict=True):
            for i, name in enumerate(names):
                mine = [row for row in rows if (row["start"], row["objective"]) == (start, name)]
                value, error = np.array([row["variance"] for row in mine]).T
                ax.errorbar(
                    [row["n_qubits"] for row in mine],
                    value,
                    error,
                    color=COLOURS[i % len(COLOURS)],
                    marker=MARKERS[i % len(MARKERS)],
                    capsize=2,
                    lw=1.2,
                    label=name,
                )
            ax.set_yscale("log")
            ax.set_xlabel("qubits")
            ax.set_title(f"{start} angles")
        panels[0].set_ylabel("gradient variance")
        legend(figure, panels[0])
    return figure
