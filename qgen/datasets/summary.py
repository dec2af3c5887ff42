"""What is in a set of showers, and which sets there are: plain data, and the same as text."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qgen.datasets.registry import SAMPLES, choose, downloads
from qgen.datasets.table import attributes, field, opened
from qgen.files import InputError
from qgen.showers import Showers

__all__ = ["available", "catalogue", "describe", "summary"]


def available() -> list[dict[str, Any]]:
    """The embedded samples: name, layout, particle, n_showers, spectrum, megabytes."""
    return [_entry(name) for name in SAMPLES]


def catalogue() -> str:
    """Text for people: the embedded samples, and where the published datasets are to be had."""
    rows = [
        (e["name"], e["layout"], e["particle"], str(e["n_showers"]), f"{e['megabytes']:.1f}", e["spectrum"])
        for e in available()
    ]
    head = ("sample", "layout", "particle", "showers", "MB", "incident energy")
    published = [(one.name, one.advice()) for one in downloads()]
    return "\n".join(
        [
            "Embedded GEANT4 showers, simulated for qgen in these layouts (they are not the published files):",
            *_table([head, *rows]),
            "",
            "Published datasets:",
            *_table(published),
        ]
    )


def summary(showers: Showers) -> dict[str, Any]:
    """Plain data on showers.

    Returns:
        n_showers, n_voxels, particle, geometry, representation; incident_energy and total_energy with min, mean
        and max [MeV]; response (mean and sd of E_tot/E_inc); occupancy (share of voxels above their threshold);
        layers, each with label, axes, shape, depth [mm], energy_fraction (of all the energy) and occupancy;
        provenance.

    Raises:
        InputError: no shower.
    """
    if len(showers) == 0:
        raise InputError("summary: expected at least one shower, found none")
    geometry, total = showers.geometry, showers.total_energy
    response = total / showers.incident_energy
    layers: list[dict[str, Any]] = []
    for i, layer in enumerate(geometry.layers):
        energy = showers.layer(i)
        layers.append(
            {
                "label": layer.label,
                "axes": list(layer.axes),
                "shape": list(layer.shape),
                "depth": list(layer.depth),
                "energy_fraction": float(energy.sum(dtype=np.float64) / max(total.sum(), np.finfo(float).tiny)),
                "occupancy": float(np.mean(energy > layer.threshold)),
            }
        )
    cells = np.array([layer.n_voxels for layer in geometry.layers])
    return {
        "n_showers": len(showers),
        "n_voxels": geometry.n_voxels,
        "particle": showers.particle,
        "geometry": geometry.name,
        "representation": geometry.representation,
        "incident_energy": _range(showers.incident_energy),
        "total_energy": _range(total),
        "response": {"mean": float(response.mean()), "sd": float(response.std())},
        "occupancy": float(np.average([entry["occupancy"] for entry in layers], weights=cells)),
        "layers": layers,
        "provenance": dict(showers.provenance),
    }


def describe(showers: Showers) -> str:
    """The `summary` of showers as a text table, energies in GeV."""
    data = summary(showers)
    ranges = {
        name: " .. ".join(f"{data[key][end] / 1000:.4g}" for end in ("min", "mean", "max"))
        for name, key in (("incident energy", "incident_energy"), ("total energy", "total_energy"))
    }
    general = [
        ("showers", f"{data['n_showers']} x {data['n_voxels']} voxels"),
        ("particle", data["particle"]),
        ("geometry", f"{data['geometry']} ({data['representation']})"),
        *((f"{name} [GeV]", f"{text} (min .. mean .. max)") for name, text in ranges.items()),
        ("response", f"{data['response']['mean']:.4g} +- {data['response']['sd']:.2g} (mean +- sd of E_tot/E_inc)"),
        ("occupancy", f"{data['occupancy']:.4f}"),
        *((name, _short(value)) for name, value in data["provenance"].items()),
    ]
    rows = [
        (
            str(layer["label"]),
            f"{layer['shape'][0]} x {layer['shape'][1]}",
            " x ".join(layer["axes"]),
            f"{layer['depth'][0]:g} .. {layer['depth'][1]:g}",
            f"{layer['energy_fraction']:.4f}",
            f"{layer['occupancy']:.4f}",
        )
        for layer in data["layers"]
    ]
    head = ("layer", "cells", "axes", "depth [mm]", "energy fraction", "occupancy")
    return "\n".join([*_table(general), "", *_table([head, *rows])])


def _entry(name: str) -> dict[str, Any]:
    path = SAMPLES[name]
    with opened(path) as file:
        layout, said = choose(file, path), attributes(file, path)
        return {
            "name": name,
            "layout": layout.name,
            "particle": said["particle"],
            "n_showers": int(field(file, path, layout.energy[0]).shape[0]),
            "spectrum": said["spectrum"],
            "megabytes": path.stat().st_size / 1e6,
        }


def _range(values: NDArray[np.float64]) -> dict[str, float]:
    return {"min": float(values.min()), "mean": float(values.mean()), "max": float(values.max())}


def _short(value: Any, width: int = 80) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows as lines with aligned columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
