"""Distributions of showers for figures and scores, measured by one fixed ruler.

The ruler (feature set, histogram edges, energy bins) is set by GEANT4 before any generated shower is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from qgen import metrics
from qgen.observables import feature_set, features, layer_energies, response
from qgen.representations import represent
from qgen.showers import Geometry, Showers

N_ENERGY_BINS = 4
N_FIGURE_BINS = 30
MAX_STEPS = 128
MAX_PIXELS = 128
MIN_LAYERS = 8
MAX_SHOWN_LAYERS = 7
"""With more layers than this a single shower is shown from the side."""
MAX_PARTS = 4
"""With more layers than this the energy fractions are those of three parts of the depth."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ruler:
    """What is held fixed while scoring.

    Attributes:
        feature_set: name of the features (see `qgen.observables.feature_set`).
        edges: histogram edges of every feature, from quantiles of the training GEANT4.
        energy_edges: edges of the incident-energy bins [MeV].
        figure_edges: equal bins of every feature for figures, over the central 99.6 % of the training GEANT4.
    """

    feature_set: str
    edges: Mapping[str, list[float]]
    energy_edges: list[float]
    figure_edges: Mapping[str, list[float]]

    @classmethod
    def of(cls, reference: Showers, training: Showers, *, n_reference: int | None = None) -> Self:
        """The ruler for a reference (or some of its n_reference showers), with edges from the training GEANT4."""
        name = feature_set(reference.geometry, n_reference=n_reference or len(reference))
        values, names = features(training, name)
        edges = {key: metrics.quantile_edges(column).tolist() for key, column in zip(names, values.T, strict=True)}
        figure_edges = {key: _equal_bins(column) for key, column in zip(names, values.T, strict=True)}
        energy_edges = metrics.quantile_edges(reference.incident_energy, N_ENERGY_BINS).tolist()
        return cls(name, edges, energy_edges, figure_edges)


def summarise(showers: Showers, ruler: Ruler) -> dict[str, Any]:
    """Distributions for figures, plain data: mean image, profiles, histograms (with flow), response and layer fractions
    by energy, correlations, and some showers by themselves.
    """
    names, cells = grid(showers.geometry, showers.voxels)
    profiles = {}
    for axis, name in enumerate(names):
        profile = cells.sum(axis=tuple(k + 1 for k in range(len(names)) if k != axis))
        error = profile.std(axis=0, ddof=1) / np.sqrt(len(profile))
        profiles[name] = {"mean": profile.mean(axis=0).tolist(), "error": error.tolist()}
    values, columns = features(showers, ruler.feature_set)
    histograms = {
        name: {
            "edges": ruler.figure_edges[name],
            "counts": _counts(column, np.array(ruler.figure_edges[name])).tolist(),
        }
        for name, column in zip(columns, values.T, strict=True)
    }
    table = metrics.response_in_bins(response(showers), showers.incident_energy, ruler.energy_edges)
    middle = np.convolve(ruler.energy_edges, [0.5, 0.5], mode="valid")
    columns_of = ("response", "response_error", "resolution", "resolution_error")
    curve = {"energy": middle.tolist()} | {name: _plain(getattr(table, name)) for name in columns_of}
    return {
        **_picture(showers),
        "profiles": profiles,
        "histograms": histograms,
        "response": curve,
        **_layer_fractions(showers, ruler),
        **_events(showers, ruler),
        "energy_edges": ruler.energy_edges,
        "correlation": _correlation(showers),
    }


def _layer_fractions(showers: Showers, ruler: Ruler) -> dict[str, Any]:
    """Mean, its error, and central 68 % of E_l/E_tot in halves of the energy bins; nothing for a single layer.

    Where there are many layers, l is one of three parts of the depth.
    """
    energies = layer_energies(showers)
    if energies.shape[1] < 2:
        return {}
    parts = [[i] for i in range(energies.shape[1])]
    if len(parts) > MAX_PARTS:
        parts = [part.tolist() for part in np.array_split(np.arange(len(parts)), 3)]
    edges = np.array(ruler.energy_edges)
    edges = np.sort(np.concatenate([edges, np.sqrt(edges[1:] * edges[:-1])]))
    total = energies.sum(axis=1)
    fractions = np.stack([energies[:, part].sum(axis=1) for part in parts], axis=1)
    fractions = np.divide(fractions, total[:, None], out=np.zeros_like(fractions), where=total[:, None] > 0)
    which = np.clip(np.searchsorted(edges, showers.incident_energy, side="right") - 1, 0, len(edges) - 2)
    found = [_spread(fractions[which == k]) for k in range(len(edges) - 1)]
    labels = [str(showers.geometry.layers[i].label) for i in range(energies.shape[1])]
    names = [f"layer {labels[p[0]]}" if len(p) == 1 else f"layers {labels[p[0]]} to {labels[p[-1]]}" for p in parts]
    numbers = {key: [_plain(row) for row in np.stack([one[key] for one in found], axis=1)] for key in found[0]}
    return {"layer_fractions": {"energy": np.sqrt(edges[1:] * edges[:-1]).tolist(), "parts": names, **numbers}}


def _spread(rows: Floats) -> dict[str, Floats]:
    """Mean of the rows, its error and the central 68 %; nan of fewer than two."""
    if len(rows) < 2:
        return {key: np.full(rows.shape[1], np.nan) for key in ("mean", "error", "low", "high")}
    low, high = np.quantile(rows, (0.16, 0.84), axis=0)
    return {"mean": rows.mean(axis=0), "error": rows.std(axis=0, ddof=1) / np.sqrt(len(rows)), "low": low, "high": high}


def _events(showers: Showers, ruler: Ruler) -> dict[str, Any]:
    """The shower nearest to the middle of every energy bin, as images; nothing for what has no two axes.

    A few layers are images of their own, many are summed to one from the side, with the depth along axis 1.
    """
    geometry = showers.geometry
    middle = np.convolve(ruler.energy_edges, [0.5, 0.5], mode="valid")
    chosen = showers.select(np.abs(showers.incident_energy - middle[:, None]).argmin(axis=1))
    layers = geometry.layers
    if len(layers) <= MAX_SHOWN_LAYERS:
        if not any(min(layer.shape) > 1 for layer in layers):
            return {}
        panels = [{"label": f"layer {one.label}", "axes": list(one.axes), "edges": one.edges} for one in layers]
        images = [chosen.layer(i) for i in range(len(layers))]
    else:
        names, cells = grid(geometry, chosen.voxels)
        if names[0] != "depth" or len(names) < 2:
            return {}
        across = names[-1]
        sides = layers[0].edges[layers[0].axes.index(across)]
        depths = [*(layer.depth[0] for layer in layers), layers[-1].depth[1]]
        panels = [{"label": "from the side", "axes": [across, "depth"], "edges": [sides, depths]}]
        images = [cells.reshape(len(cells), len(layers), -1, len(sides) - 1).sum(axis=2).transpose(0, 2, 1)]
    made = [
        {"energy": float(energy), "cells": [[[float(f"{x:.4g}") for x in row] for row in image[k]] for image in images]}
        for k, energy in enumerate(chosen.incident_energy)
    ]
    return {"events": {"panels": panels, "showers": made}}


def _correlation(showers: Showers) -> dict[str, Any]:
    """Pearson matrix of the pixels of an image, else of the layers; None where one is constant."""
    values = correlated(showers)
    word = "layer" if values.shape[1] == len(showers.geometry.layers) else "pixel"
    matrix = [_plain(row.round(4)) for row in metrics.correlation_matrix(values)]
    return {"names": [f"{word} {i}" for i in range(len(matrix))], "matrix": matrix}


def correlated(showers: Showers) -> NDArray[Any]:
    """The energies whose correlations are shown and scored [MeV], shape (n_showers, n).

    The voxels of an image; else the layers, or the pixels of the 8x8 image where there are few layers.
    """
    geometry = showers.geometry
    if geometry.n_voxels <= MAX_PIXELS:
        return showers.voxels
    if len(geometry.layers) < MIN_LAYERS and geometry.representation == "native":
        return represent(showers, "image8x8").voxels
    return layer_energies(showers)


def _plain(values: Floats) -> list[float | None]:
    """A list for JSON, None in place of what is not a number."""
    return [float(x) if np.isfinite(x) else None for x in values]


def _picture(showers: Showers) -> dict[str, Any]:
    """The mean image, of native showers that of their 8x8 image; nothing for what has no two axes."""
    native = showers.geometry.representation == "native"
    shown = represent(showers, "image8x8") if native else showers
    names, cells = grid(shown.geometry, shown.voxels)
    if cells.ndim != 3:
        return {}
    across = names.index("depth") if "depth" in names else 1
    mean = cells.mean(axis=0)
    energy = mean.T if across == 0 else mean
    return {"mean_image": {"axes": [names[1 - across], names[across]], "energy": energy.tolist()}}


def grid(geometry: Geometry, voxels: NDArray[Any]) -> tuple[list[str], Floats]:
    """Energies on the axes that have more than one bin, (n, ...), and their names; unequal layers are summed.

    Args:
        geometry: of the showers.
        voxels: energies [MeV], shape (n, n_voxels), of showers or means of showers.
    """
    layers = [voxels[:, index].astype(np.float64) for index in geometry.indices]
    shape = geometry.layers[0].shape
    if any(layer.shape != shape for layer in geometry.layers):
        return ["depth"], np.stack([layer.sum(axis=1) for layer in layers], axis=1)
    cells = np.stack([layer.reshape(-1, *shape) for layer in layers], axis=1)
    names = ("depth", *geometry.layers[0].axes)
    kept = [k for k in range(3) if cells.shape[k + 1] > 1] or [0]
    return [names[k] for k in kept], cells.reshape(len(cells), *(cells.shape[k + 1] for k in kept))


def _counts(values: Floats, edges: Floats) -> NDArray[np.intp]:
    """Histogram counts with underflow in the first bin and overflow in the last."""
    inside = np.clip(values, edges[0], np.nextafter(edges[-1], edges[0]))
    return np.histogram(inside, edges)[0]


def _equal_bins(values: Floats) -> list[float]:
    """Equal bins over the central 99.6 %; bins of width 1 where that has no width.

    The bins of a discrete observable, such as a share of pixels, hold equal numbers of its steps.
    """
    low, high = np.quantile(values, (0.002, 0.998))
    steps = np.diff(np.unique(values)) if high > low else np.zeros(0)
    if 0 < len(steps) <= MAX_STEPS:
        width = steps.min() * np.ceil((high - low) / steps.min() / N_FIGURE_BINS)
        n_bins = int((high - low + steps.min() / 2) // width) + 1
        return (low - steps.min() / 2 + width * np.arange(n_bins + 1)).tolist()
    half = 0 if high > low else N_FIGURE_BINS / 2
    return np.linspace(low - half, high + half, N_FIGURE_BINS + 1).tolist()
