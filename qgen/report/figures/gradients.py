"""Variance of gradients against the number of qubits: one panel for every start, one line for every objective."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from qgen.files import InputError
from qgen.report.panels import legend, plain_look


def draw(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """One panel for every start, one line with errors for every objective; the variances on a logarithmic axis.

    Args:
        rows: with "n_qubits", "start", "objective" and "variance", a value and its error.

    Raises:
        InputError: no row to draw.
    """
    if not rows:
        raise InputError("gradients: expected at least one row, found none")
    starts, names = (list(dict.fromkeys(row[key] for row in rows)) for key in ("start", "objective"))
    figure = Figure(figsize=(6.6 * len(starts), 5))
    panels = figure.subplots(1, len(starts), squeeze=False, sharey=True)[0]
    for ax, start in zip(panels, starts, strict=True):
        for i, name in enumerate(names):
            mine = [row for row in rows if (row["start"], row["objective"]) == (start, name)]
            value, error = np.array([row["variance"] for row in mine]).T
            ax.errorbar([row["n_qubits"] for row in mine], value, error, lw=1.2, label=name, **plain_look(i))
        ax.set_yscale("log")
        ax.set_xlabel("qubits")
        ax.set_title(f"{start} angles")
    panels[0].set_ylabel("gradient variance")
    legend(figure, panels[0])
    return figure


def caption(rows: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """How to read a falling line."""
    sizes = [row["n_qubits"] for row in rows]
    objectives = ", ".join(dict.fromkeys(row["objective"] for row in rows))
    return (
        "Variance of the gradient over random starts, mean over all weights, with its 68 % error. Where it falls "
        "exponentially with the number of qubits, training from such a start has no slope to follow.",
        f"Gradient variance of {objectives} from {min(sizes)} to {max(sizes)} qubits.",
    )
