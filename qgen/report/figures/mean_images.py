"""Mean images side by side."""

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from qgen.report import Row, Scoreboard
from qgen.report.panels import counted, extremes, name, tiled
from qgen.report.rows import ordered

PLACE = "Showers", 40


def needs(scoreboard: Scoreboard) -> str:
    """Needs `mean_image` in the reference."""
    return "" if "mean_image" in scoreboard["reference"] else "mean images (`mean_image`)"


def draw(scoreboard: Scoreboard) -> Figure:
    """Mean image of GEANT4 and of the generators, on one logarithmic colour scale [MeV]."""
    reference = scoreboard["reference"]["mean_image"]
    (rows, columns), edges = reference["axes"], reference.get("edges")
    places = edges[::-1] if edges else [np.arange(n + 1) - 0.5 for n in np.shape(reference["energy"])[::-1]]
    images = [("GEANT4", reference["energy"])]
    images += [(name(row), row["distributions"]["mean_image"]["energy"]) for row in ordered(scoreboard)]
    top = float(np.max(reference["energy"])) or 1.0
    norm = LogNorm(max(float(np.min(reference["energy"])), top * 1e-5), top)
    figure, grid = tiled(len(images), 5, (2.7, 3.2), (1.6, 0.4), sharex=True, sharey=True)
    axes = grid.ravel()
    for ax, (title, image) in zip(axes, images, strict=False):
        mesh = ax.pcolormesh(*places, np.clip(image, norm.vmin, None), norm=norm, cmap="viridis")
        ax.set_title(title)
        ax.minorticks_off()
    for ax in axes[: len(images)][-grid.shape[1] :]:
        ax.tick_params(labelbottom=True)
    unit = "[mm]" if edges else "pixel"
    figure.supxlabel(f"{columns} {unit}")
    figure.supylabel(f"{rows} {unit}")
    figure.colorbar(mesh, ax=axes.tolist(), label="mean energy [MeV]", fraction=0.05)
    return figure


def caption(scoreboard: Scoreboard) -> tuple[str, str]:
    """Which generator puts the least energy into wrong pixels, and which the most."""
    rows, truth = scoreboard["rows"], np.asarray(scoreboard["reference"]["mean_image"]["energy"])

    def misplaced(row: Row) -> float:
        image = np.asarray(row["distributions"]["mean_image"]["energy"])
        return float(0.5 * np.abs(image - truth).sum() / truth.sum())

    return (
        "Mean energy of every pixel on one logarithmic colour scale. "
        + extremes(rows, misplaced, "energy in the wrong pixel", ".1%"),
        f"Mean images of GEANT4 and {counted(rows)}.",
    )
