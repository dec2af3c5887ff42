"""Correlation matrices of pixels or layers, and their difference from GEANT4's."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from qgen.report import Row, Scoreboard
from qgen.report.panels import Floats, counted, extremes, left_out, name, numbers
from qgen.report.rows import chosen, short

PLACE = "Showers", 80
N_COLUMNS = 5
N_TICKS = 4
LONG = 9
"""Names with more characters than this are turned on the lower axis."""
CONSTANT = "0.45"
SPAN = 0.3
"""The colours of the differences end here, in an arrow."""


def needs(scoreboard: Scoreboard) -> str:
    """Needs `correlation` in the reference."""
    return "" if "correlation" in scoreboard["reference"] else "correlations (`correlation`)"


def draw(scoreboard: Scoreboard) -> Figure:
    """Pearson matrices of GEANT4 and of the generators, and under each generator's its difference from GEANT4's.

    Grey: a pixel or layer that is the same in all showers, which has no correlation.
    """
    reference = scoreboard["reference"]["correlation"]
    truth = _matrix(reference)
    rows = _rows(scoreboard)
    matrices = [("GEANT4", truth), *((name(row), _matrix(row["distributions"]["correlation"])) for row in rows)]
    n_columns = min(len(matrices), N_COLUMNS)
    n_blocks = -(-len(matrices) // n_columns)
    figure = Figure(figsize=(2.7 * n_columns + 1.6, 5.6 * n_blocks + 0.4))
    widths = (*[1] * n_columns, 0.08)
    grid = figure.subplots(2 * n_blocks, n_columns + 1, squeeze=False, width_ratios=widths)
    for ax in grid.ravel():
        ax.set_axis_off()
    what, names = _numbered(reference["names"])
    figure.supxlabel(what)
    figure.supylabel(what)
    for i, (title, matrix) in enumerate(matrices):
        block, column = divmod(i, n_columns)
        whole, difference = grid[2 * block, column], grid[2 * block + 1, column]
        mesh = _show(whole, matrix, 1, "RdBu_r", names)
        whole.set_title(title)
        if i == 0:
            grid[0, -1].set_axis_on()
            figure.colorbar(mesh, cax=grid[0, -1], label="correlation")
        else:
            mesh = _show(difference, matrix - truth, SPAN, "PuOr_r", names)
            difference.set_title("minus GEANT4")
        if i == 1:
            grid[1, -1].set_axis_on()
            figure.colorbar(mesh, cax=grid[1, -1], label="difference", extend="both")
    return figure


def caption(scoreboard: Scoreboard) -> tuple[str, str]:
    """Which generator's matrix is closest to GEANT4's, which farthest, and where something is constant."""
    rows, truth = _rows(scoreboard), _matrix(scoreboard["reference"]["correlation"])

    def off(row: Row) -> float:
        difference = np.abs(_matrix(row["distributions"]["correlation"]) - truth)
        return float(np.mean(difference[np.isfinite(difference)])) if np.isfinite(difference).any() else 0.0

    diagonals = {short(row["generator"]): np.diag(_matrix(row["distributions"]["correlation"])) for row in rows}
    constant = [label for label, diagonal in diagonals.items() if np.isnan(diagonal).any()]
    grey = f" Constant (grey) somewhere: {', '.join(constant)}." if constant else ""
    return (
        "Pearson correlation between pixels or layers, and under each generator's matrix its difference from GEANT4's. "
        f"{extremes(rows, off, 'mean absolute difference', '.3f')}{grey} {left_out(scoreboard)}",
        f"Correlation matrices of GEANT4 and {counted(rows)}, and their differences.",
    )


def _rows(scoreboard: Scoreboard) -> list[Row]:
    return [row for row in chosen(scoreboard) if "correlation" in row["distributions"]]


def _numbered(names: Sequence[str]) -> tuple[str, list[str]]:
    """What all are called before their numbers, and the numbers; nothing, and the names, where they are not so."""
    parts = [name.rpartition(" ") for name in names]
    same = len({stem for stem, _, _ in parts}) == 1 and all(number.isdigit() for _, _, number in parts)
    return (parts[0][0], [number for _, _, number in parts]) if same else ("", list(names))


def _show(ax: Axes, matrix: Floats, span: float, colours: str, names: Sequence[str]) -> AxesImage:
    ax.set_axis_on()
    shades = mpl.colormaps[colours].with_extremes(bad=CONSTANT)
    mesh = ax.imshow(np.ma.masked_invalid(matrix), cmap=shades, vmin=-span, vmax=span, aspect="auto")
    every = max(1, -(-len(names) // N_TICKS))
    places = range(0, len(names), every)
    turned = 90 if max(map(len, names)) > LONG else 0
    ax.set_xticks(places, [names[i] for i in places], rotation=turned)
    ax.set_yticks(places, [names[i] for i in places])
    ax.minorticks_off()
    ax.tick_params(labelsize="x-small", length=3)
    return mesh


def _matrix(content: Mapping[str, Any]) -> Floats:
    """The matrix with NaN for what is constant."""
    return np.array([numbers(line) for line in content["matrix"]])
