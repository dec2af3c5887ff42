"""Mean images side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from qgen.report import Scoreboard
from qgen.report.figures._panels import chosen, drawing, name
from qgen.report.rows import ordered


def mean_images(scoreboard: Scoreboard, style: str = "plain", generators: Sequence[str] | None = None) -> Figure:
    """Mean image of GEANT4 and of the generators, on one logarithmic colour scale [MeV].

    Args:
        scoreboard: see `qgen.report`.
        style: see `qgen.report.style`.
        generators: which to show; by default all.
    """
    reference = scoreboard["reference"]["mean_image"]
    rows, columns = reference["axes"]
    shown = ordered(scoreboard) if generators is None else chosen(scoreboard, generators)
    images = [("GEANT4", reference["energy"])]
    images += [(name(row), row["distributions"]["mean_image"]["energy"]) for row in shown]
    n_columns = min(len(images), 5)
    n_rows = -(-len(images) // n_columns)
    top = float(np.max(reference["energy"])) or 1.0
    norm = LogNorm(max(float(np.min(reference["energy"])), top * 1e-5), top)
    with drawing(style, 2.7 * n_columns + 1.6, 3.2 * n_rows + 0.4) as figure:
        axes = np.ravel(figure.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False))
        for ax in axes[len(images) :]:
            ax.set_axis_off()
        for ax, (title, image) in zip(axes, images, strict=False):
            mesh = ax.imshow(np.clip(image, norm.vmin, None), norm=norm, origin="lower", cmap="viridis", aspect="auto")
            ax.set_title(title)
            ax.minorticks_off()
        for ax in axes[: len(images)][-n_columns:]:
            ax.tick_params(labelbottom=True)
        figure.supxlabel(f"{columns} pixel")
        figure.supylabel(f"{rows} pixel")
        figure.colorbar(mesh, ax=axes.tolist(), label="mean energy [MeV]", fraction=0.05)
    return figure
