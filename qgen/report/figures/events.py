"""Single showers of GEANT4 and of the generators, side by side."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from qgen.files import InputError
from qgen.report import Row, Scoreboard
from qgen.report.panels import counted, left_out, name
from qgen.report.rows import chosen

PLACE = "Showers", 50
MAX_COLUMNS = 5
"""Generators that are shown unless they are named."""
DEFAULT_BIN = 2
"""Energy bin whose shower is shown, of four."""
DECADES = 5


def needs(scoreboard: Scoreboard) -> str:
    """Needs `events` in the reference."""
    return "" if "events" in scoreboard["reference"] else "single showers (`events`)"


def draw(scoreboard: Scoreboard, *, energy_bin: int = DEFAULT_BIN) -> Figure:
    """A shower of GEANT4 and one of every generator at the same incident energy, layer by layer [MeV per cell].

    Showers of many layers are seen from the side. One logarithmic colour scale for all; cells without energy are white.

    Args:
        scoreboard: see `qgen.report`.
        energy_bin: the showers nearest to the middle of this bin of the incident energy.

    Raises:
        InputError: no such energy bin.
    """
    reference = scoreboard["reference"]["events"]
    if not 0 <= energy_bin < len(reference["showers"]):
        raise InputError(f"energy_bin: expected 0 to {len(reference['showers']) - 1}, found {energy_bin}")
    columns = [("GEANT4", reference), *((name(row), row["distributions"]["events"]) for row in _rows(scoreboard))]
    showers = [(title, content["showers"][energy_bin]) for title, content in columns]
    energies = [f"{shower['energy'] / 1e3:.3g} GeV" for _, shower in showers]
    norm = _scale([np.asarray(cells) for _, shower in showers[:1] for cells in shower["cells"]])
    panels = reference["panels"]
    figure = Figure(figsize=(2.5 * len(showers) + 2.2, 2.45 * len(panels) + 1.3))
    grid = figure.subplots(len(panels), len(showers), sharex="row", sharey="row", squeeze=False)
    for column, (title, shower), energy in zip(grid.T, showers, energies, strict=True):
        column[0].set_title(title if len(set(energies)) == 1 else f"{title}\n{energy}")
        for ax, panel, cells in zip(column, panels, shower["cells"], strict=True):
            mesh = _draw(ax, panel, np.asarray(cells), norm)
    for ax, panel in zip(grid[:, 0], panels, strict=True):
        ax.set_ylabel(f"{panel['label']}\n{_axis(panel['axes'][0])}")
    if len({panel["axes"][1] for panel in panels}) == 1:
        for ax in grid[:-1].ravel():
            ax.tick_params(labelbottom=False)
    if len(set(energies)) == 1:
        figure.suptitle(energies[0], fontsize="medium")
    figure.supxlabel(_axis(panels[-1]["axes"][1]))
    figure.colorbar(mesh, ax=grid.ravel().tolist(), label="energy [MeV]", fraction=0.03, extend="max")
    return figure


def caption(scoreboard: Scoreboard, *, energy_bin: int = DEFAULT_BIN) -> tuple[str, str]:
    """The energy of the showers."""
    rows = _rows(scoreboard)
    energy = scoreboard["reference"]["events"]["showers"][energy_bin]["energy"] / 1e3
    return (
        f"One GEANT4 shower of {energy:.3g} GeV and one of each generator at the same energy, on one logarithmic "
        "colour scale; cells without energy are white. Single showers show what they look like, not how often. "
        f"{left_out(scoreboard, rows)}",
        f"A single shower of GEANT4 and of {counted(rows)} each, at about {energy:.3g} GeV.",
    )


def _rows(scoreboard: Scoreboard) -> list[Row]:
    """The rows that are drawn: those that were named, else the first that make showers one by one."""
    rows = [row for row in chosen(scoreboard) if "events" in row["distributions"]]
    return rows if "all_rows" in scoreboard else [row for row in rows if row["event_level"]][:MAX_COLUMNS]


def _scale(images: Sequence[np.ndarray[Any, Any]]) -> LogNorm:
    """From GEANT4's brightest cell down to its faintest, but no further than some decades."""
    top = max((float(image.max(initial=0)) for image in images), default=0.0) or 1.0
    low = min((float(image[image > 0].min(initial=top)) for image in images), default=top)
    return LogNorm(min(max(low, top * 10.0**-DECADES), top / 10), top)


def _draw(ax: Axes, panel: dict[str, Any], cells: np.ndarray[Any, Any], norm: LogNorm) -> Any:
    first, second = panel["edges"]
    ax.minorticks_off()
    ax.set_box_aspect(1)
    masked = np.ma.masked_less_equal(cells, 0)
    return ax.pcolormesh(second, first, np.ma.maximum(masked, norm.vmin), norm=norm, cmap="viridis", rasterized=True)


def _axis(axis: str) -> str:
    return f"{axis} [rad]" if axis == "angle" else f"{axis} [mm]"
