"""Distributions of showers for figures, plain data, measured by the `Ruler` of the evaluation."""

from typing import Any

import numpy as np

from qgen import metrics
from qgen.evaluation.ruler import Ruler
from qgen.geometry import Geometry
from qgen.metrics.arrays import Floats, Ints
from qgen.observables import features, layer_energies, response
from qgen.observables.views import correlated, grid
from qgen.report.rows import finite
from qgen.representations import represent
from qgen.showers import Showers

MAX_SHOWN_LAYERS = 7
"""With more layers than this a single shower is shown from the side."""
MAX_PARTS = 4
"""With more layers than this the energy fractions are those of three parts of the depth."""


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
    curve = {"energy": middle.tolist()} | {name: list(map(finite, getattr(table, name))) for name in columns_of}
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
    spreads = [_spread(fractions[which == k]) for k in range(len(edges) - 1)]
    labels = [str(showers.geometry.layers[i].label) for i in range(energies.shape[1])]
    word = "layer" if showers.geometry.representation == "native" else "depth bin"
    names = [f"{word} {labels[p[0]]}" if len(p) == 1 else f"{word}s {labels[p[0]]} to {labels[p[-1]]}" for p in parts]
    numbers = {
        key: [list(map(finite, row)) for row in np.stack([one[key] for one in spreads], axis=1)] for key in spreads[0]
    }
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
        panels = [
            {"label": f"layer {one.label}", "axes": list(one.axes), "edges": list(map(list, one.edges))}
            for one in layers
        ]
        images = [chosen.layer(i) for i in range(len(layers))]
    else:
        names, cells = grid(geometry, chosen.voxels)
        if names[0] != "depth" or len(names) < 2:
            return {}
        across = names[-1]
        sides = layers[0].edges[layers[0].axes.index(across)]
        depths = [*(layer.depth[0] for layer in layers), layers[-1].depth[1]]
        panels = [{"label": "from the side", "axes": [across, "depth"], "edges": [list(sides), depths]}]
        images = [cells.reshape(len(cells), len(layers), -1, len(sides) - 1).sum(axis=2).transpose(0, 2, 1)]
    events = [
        {"energy": float(energy), "cells": [[[float(f"{x:.4g}") for x in row] for row in image[k]] for image in images]}
        for k, energy in enumerate(chosen.incident_energy)
    ]
    return {"events": {"panels": panels, "showers": events}}


def _correlation(showers: Showers) -> dict[str, Any]:
    """Pearson matrix of the pixels of an image, else of the layers; None where one is constant."""
    values = correlated(showers)
    word = "layer" if values.shape[1] == len(showers.geometry.layers) else "pixel"
    matrix = [list(map(finite, row.round(4))) for row in metrics.correlation_matrix(values)]
    return {"names": [f"{word} {i}" for i in range(len(matrix))], "matrix": matrix}


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
    axes = [names[1 - across], names[across]]
    edges = [_edges(shown.geometry, axis) for axis in axes]
    return {"mean_image": {"axes": axes, "edges": edges, "energy": energy.tolist()}}


def _edges(geometry: Geometry, axis: str) -> list[float]:
    """Edges of the bins of an axis [mm]."""
    if axis != "depth":
        first = geometry.layers[0]
        return list(first.edges[first.axes.index(axis)])
    return [geometry.layers[0].depth[0], *(layer.depth[1] for layer in geometry.layers)]


def _counts(values: Floats, edges: Floats) -> Ints:
    """Histogram counts with underflow in the first bin and overflow in the last."""
    inside = np.clip(values, edges[0], np.nextafter(edges[-1], edges[0]))
    return np.histogram(inside, edges)[0]
