"""Circuits before any training: what they can do against what they cost, and how their gradients vanish."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qgen.report import Row
from qgen.report.panels import BAND, legend, plain_look


def draw(screening: Mapping[str, Any]) -> Figure:
    """Three panels, one line per circuit.

    Expressibility and entangling capability against two-qubit gates on the device, for the largest number of qubits,
    points joined from depth to depth; grey is the floor, of Haar-random states. Gradient variance against depth or,
    where there are several sizes, against the number of qubits at the largest depth.

    Args:
        screening: of `qgen.screening.screen`.
    """
    rows, settings = screening["rows"], screening["settings"]
    sizes, depths = ({row[key] for row in rows} for key in ("n_qubits", "depth"))
    most = [row for row in rows if row["n_qubits"] == max(sizes)]
    haar = screening["haar"][str(max(sizes))]
    across = "n_qubits" if len(sizes) > 1 else "depth"
    shown = [row for row in rows if row["depth"] == max(depths)] if across == "n_qubits" else rows
    names = sorted({row["circuit"] for row in rows})
    figure = Figure(figsize=(18, 5.4))
    figure.set_layout_engine("constrained", wspace=0.05)
    quality, entangled, slopes = figure.subplots(1, 3)
    quality.axhspan(*(haar["floor"] + sign * haar["floor_sd"] for sign in (-1, 1)), color=BAND, lw=0)
    quality.axhline(haar["floor"], color="k", lw=1.5)
    entangled.axhline(haar["entangling"], color="k", lw=1.5)
    for ax, key in ((quality, "expressibility"), (entangled, "entangling")):
        _lines(ax, most, names, key, lambda row: row["transpiled"]["two_qubit_gates"][0])
        ax.set_xscale("symlog", linthresh=4)
        ax.set_xlim(left=-0.3)
        ax.set_xlabel(f"two-qubit gates on {settings['device']}")
        ax.set_title(f"{max(sizes)} qubits")
    _lines(slopes, shown, names, "gradient_variance", lambda row: row[across])
    slopes.set_xticks(sorted({row[across] for row in shown}))
    quality.set_ylabel("expressibility [nat]")
    entangled.set_ylabel("entangling capability")
    entangled.set_ylim(-0.03, 1.03)
    slopes.set_xlabel("qubits" if across == "n_qubits" else "depth")
    slopes.set_ylabel(f"gradient variance, loss {settings['loss']}")
    slopes.set_title(f"depth {max(depths)}" if across == "n_qubits" else f"{max(sizes)} qubits")
    quality.set_yscale("log")
    slopes.set_yscale("log")
    legend(figure, quality)
    return figure


def caption(screening: Mapping[str, Any]) -> tuple[str, str]:
    """What the panels are, and which way is better."""
    settings = screening["settings"]
    return (
        f"Expressibility (smaller is more expressive) and entangling capability against two-qubit gates on "
        f"{settings['device']}, points of a circuit joined from depth to depth; the line is a Haar-random state's. "
        f"Right: variance of the gradient of the loss {settings['loss']}, where higher is easier to train.",
        f"Three panels: expressibility, entanglement and gradients of {len({r['circuit'] for r in screening['rows']})} "
        "circuits before any training.",
    )


def _lines(ax: Axes, rows: Sequence[Row], names: Sequence[str], key: str, x: Callable[[Row], float]) -> None:
    """Points with errors, joined in the order of sizes; a log axis leaves out what is 0."""
    for i, name in enumerate(names):
        mine = sorted((row for row in rows if row["circuit"] == name), key=lambda row: (row["n_qubits"], row["depth"]))
        y, error = (np.array([row[key][part] for row in mine]) for part in ("value", "error"))
        bare = name.replace(":", "/").rpartition("/")[2]
        ax.errorbar([x(row) for row in mine], y, error, lw=1.2, label=bare, **plain_look(i))
