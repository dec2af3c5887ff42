"""The mean shower, layer by layer."""

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from qgen.report.panels import tiled
from qgen.showers import Showers

MAX_PANELS = 15
"""Of more layers, evenly chosen ones are drawn."""


def draw(showers: Showers) -> Figure:
    """Mean energy of every cell [MeV], one panel per layer, on one logarithmic colour scale."""
    layers = showers.geometry.layers
    shown = np.unique(np.linspace(0, len(layers) - 1, MAX_PANELS).round().astype(int))
    means = {i: showers.layer(i).mean(axis=0, dtype=np.float64) for i in shown.tolist()}
    top = max(float(mean.max()) for mean in means.values()) or 1.0
    norm = LogNorm(top * 1e-6, top)
    figure, panels = tiled(len(means), 5, (3.2, 3), (1.5, 0))
    for panel, (i, mean) in zip(panels.ravel(), means.items(), strict=False):
        edges = layers[i].edges
        mesh = panel.pcolormesh(edges[1], edges[0], np.clip(mean, norm.vmin, None), norm=norm)
        panel.set_title(f"layer {layers[i].label}", fontsize=12)
    figure.supxlabel(layers[0].axes[1])
    figure.supylabel(layers[0].axes[0])
    figure.colorbar(mesh, ax=panels.ravel().tolist(), label="mean energy [MeV]")
    return figure


def caption(showers: Showers) -> tuple[str, str]:
    """Of how many showers and layers."""
    n_layers = len(showers.geometry.layers)
    what = f"{len(showers)} {showers.particle} showers in {showers.geometry.name}"
    some = f"; {MAX_PANELS} of {n_layers} layers are shown" if n_layers > MAX_PANELS else ""
    return f"Mean energy of every cell over {what}{some}.", f"Mean energy per cell and layer of {what}."
