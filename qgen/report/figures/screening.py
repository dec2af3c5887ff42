"""Circuits before any training: what they can do against what they cost, and how their gradients vanish."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qgen.report.figures._panels import BAND, COLOURS, MARKERS, drawing, legend

Row = Mapping[str, Any]


def screening(found: Mapping[str, Any], style: str = "plain") -> Figure:
    """Three panels, one line per circuit.

    Expressibility and entangling capability against two-qubit gates on the device, for the largest number of qubits,
    points joined from depth to depth; grey is the floor, of Haar-random states. Gradient variance against depth or,
    where there are several sizes, against the number of qubits at the largest depth.

    Args:
        found: of `qgen.screening.screen`.
        style: see `qgen.report.style`.
    """
    rows, settings = found["rows"], found["settings"]
    sizes, depths = ({row[key] for row in rows} for key in ("n_qubits", "depth"))
    most = [row for row in rows if row["n_qubits"] == max(sizes)]
    haar = found["haar"][str(max(sizes))]
    across = "n_qubits" if len(sizes) > 1 else "depth"
    shown = [row for row in rows if row["depth"] == max(depths)] if across == "n_qubits" else rows
    names = sorted({row["circuit"] for row in rows})
    with drawing(style, 18, 5.4) as figure:
        figure.set_layout_engine("constrained", wspace=0.05)
        quality, entangled, slopes = figure.subplots(1, 3)
        quality.axhspan(*(haar["floor"] + sign * haar["floor_sd"] for sign in (-1, 1)), color=BAND, lw=0)
        quality.axhline(haar["floor"], color="k", lw=1.5)
        entangled.axhline(haar["entangling"], color="k", lw=1.5)
        for ax, key in ((quality, "expressibility"), (entangled, "entangling")):
            _lines(ax, most, names, key, _cost)
            ax.set_xscale("symlog", linthresh=4)
            ax.set_xlim(left=-0.3)
            ax.set_xlabel(f"two-qubit gates on {settings['device']}")
        _lines(slopes, shown, names, "gradient_variance", lambda row: row[across])
        slopes.set_xticks(sorted({row[across] for row in shown}))
        quality.set_ylabel("expressibility [nat]")
        entangled.set_ylabel("entangling capability")
        entangled.set_ylim(-0.03, 1.03)
        slopes.set_xlabel("qubits" if across == "n_qubits" else "depth")
        slopes.set_ylabel(f"gradient variance, loss {settings['loss']}")
        for ax in (quality, entangled):
            ax.set_title(f"{max(sizes)} qubits")
        slopes.set_title(f"depth {max(depths)}" if across == "n_qubits" else f"{max(sizes)} qubits")
        for ax in (quality, slopes):
            ax.set_yscale("log")
        legend(figure, quality)
    return figure


def _cost(row: Row) -> float:
    return row["transpiled"]["two_qubit_gates"][0]


def _lines(ax: Axes, rows: Sequence[Row], names: Sequence[str], key: str, x: Callable[[Row], float]) -> None:
    """Points with errors, joined in the order of sizes; a log axis leaves out what is 0."""
    for i, name in enumerate(names):
        mine = sorted((row for row in rows if row["circuit"] == name), key=lambda row: (row["n_qubits"], row["depth"]))
        y, error = (np.array([row[key][part] for row in mine]) for part in ("value", "error"))
        drawn: dict[str, Any] = {
            "color": COLOURS[i % len(COLOURS)],
            "marker": MARKERS[i % len(MARKERS)],
            "capsize": 2,
            "lw": 1.2,
        }
        ax.errorbar([x(row) for row in mine], y, error, label=_label(name), **drawn)


def _label(name: str) -> str:
    """A circuit's name without folders or module."""
    return name.replace(":", "/").rpartition("/")[2]
