"""Figures of showers by themselves: the mean shower layer by layer, and the energy spectra."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from qgen.observables import layer_energies, response
from qgen.report.style import style
from qgen.showers import Showers

MAX_PANELS = 15


def figures(showers: Showers) -> dict[str, Figure]:
    """Both figures by name."""
    return {"mean_shower": mean_shower(showers), "energies": energies(showers)}


def mean_shower(showers: Showers) -> Figure:
    """Mean energy of every cell [MeV], one panel per layer (evenly chosen layers where there are many)."""
    geometry = showers.geometry
    chosen = np.unique(np.linspace(0, len(geometry.layers) - 1, MAX_PANELS).round().astype(int))
    means = {i: showers.layer(i).mean(axis=0, dtype=np.float64) for i in chosen.tolist()}
    top = max(float(mean.max()) for mean in means.values()) or 1.0
    norm = LogNorm(top * 1e-6, top)
    n_columns = min(len(means), 5)
    n_rows = -(-len(means) // n_columns)
    with mpl.rc_context(style("plain")):
        figure = Figure(figsize=(3.2 * n_columns + 1.5, 3 * n_rows))
        panels = np.ravel(figure.subplots(n_rows, n_columns, squeeze=False))
        for panel in panels[len(means) :]:
            panel.set_axis_off()
        for panel, (i, mean) in zip(panels, means.items(), strict=False):
            layer = geometry.layers[i]
            mesh = panel.pcolormesh(layer.edges[1], layer.edges[0], np.clip(mean, norm.vmin, None), norm=norm)
            panel.set_title(f"layer {layer.label}", fontsize=12)
        figure.supxlabel(geometry.layers[0].axes[1])
        figure.supylabel(geometry.layers[0].axes[0])
        figure.colorbar(mesh, ax=panels.tolist(), label="mean energy [MeV]")
    return figure


def energies(showers: Showers) -> Figure:
    """Spectra of the incident energy and of the response, and the mean energy of every layer."""
    with mpl.rc_context(style("plain")):
        figure = Figure(figsize=(15, 4.6))
        spectrum, ratio, depth = figure.subplots(1, 3)
        spectrum.hist(showers.incident_energy / 1e3, bins=40, histtype="step", color="k")
        spectrum.set(xlabel="incident energy [GeV]", ylabel="showers")
        ratio.hist(response(showers), bins=60, histtype="step", color="k")
        ratio.set(xlabel="response  E_tot / E_inc", ylabel="showers")
        layers = layer_energies(showers).mean(axis=0)
        depth.stairs(layers, np.arange(len(layers) + 1), color="k")
        depth.set(xlabel="layer", ylabel="mean energy [MeV]")
        figure.suptitle(f"{len(showers)} {showers.particle} showers, {showers.geometry.name}")
    return figure
