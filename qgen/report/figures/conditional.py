"""Distributions of discrete features in bins of the incident energy."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qgen.files import InputError
from qgen.report.panels import BAND, COLOURS, Floats, legend, mark_outside, numbers, ratio_axis

SPAN = 0.7
"""The panels of ratios reach from 1 - SPAN to 1 + SPAN."""


def draw(features: Mapping[str, Mapping[str, Any]], energy_edges: Sequence[float]) -> Figure:
    """One row of panels per feature, one column per bin of energy: how often each value is, and ratios to GEANT4.

    Args:
        features: by name: "truth", "error" (its standard error) and "models", those by name with "mean", "low" and
            "high" over training seeds; each a table of probabilities, one line of equal length per bin of energy.
        energy_edges: of the bins [MeV].

    Raises:
        InputError: no feature, or tables that do not have one line per bin of energy.
    """
    if not features:
        raise InputError("conditional: expected at least one feature, found none")
    n_bins = len(energy_edges) - 1
    for feature, content in features.items():
        if len(content["truth"]) != n_bins:
            raise InputError(f"conditional: expected {n_bins} lines of {feature!r}, found {len(content['truth'])}")
    figure = Figure(figsize=(4.2 * n_bins + 2.6, 4.4 * len(features) + 0.4))
    panels = figure.subplots(2 * len(features), n_bins, squeeze=False, height_ratios=[5, 2] * len(features))
    for i, (feature, content) in enumerate(features.items()):
        for k in range(n_bins):
            upper, lower = panels[2 * i, k], panels[2 * i + 1, k]
            _panel(upper, lower, content, k)
            lower.set_xlabel(feature)
            if k:
                lower.set_ylabel("")
        panels[2 * i, 0].set_ylabel("probability")
    for ax, low, high in zip(panels[0], energy_edges, energy_edges[1:], strict=False):
        ax.set_title(f"{low / 1e3:.3g} to {high / 1e3:.3g} GeV")
    legend(figure, panels[0, 0])
    return figure


def caption(features: Mapping[str, Mapping[str, Any]], energy_edges: Sequence[float]) -> tuple[str, str]:
    """What lines and error bars are."""
    names = ", ".join(features)
    return (
        f"How often each value of {names} is, in {len(energy_edges) - 1} bins of the incident energy; GEANT4 is black "
        "with its standard error. Below, the ratio to GEANT4: mean and range over the training seeds; a triangle at an "
        "edge stands for a value outside of the panel.",
        f"Distributions of {names} in bins of the incident energy, with ratios to GEANT4.",
    )


def _panel(upper: Axes, lower: Axes, content: Mapping[str, Any], k: int) -> None:
    """One feature in one bin of energy."""
    truth, error = (numbers(content[key][k]) for key in ("truth", "error"))
    edges = np.arange(len(truth) + 1) - 0.5
    upper.stairs(truth + error, edges, baseline=np.maximum(truth - error, 0), fill=True, color=BAND)
    upper.stairs(truth, edges, color="k", label="GEANT4")
    relative = _over(error, truth)
    lower.stairs(1 + relative, edges, baseline=1 - relative, fill=True, color=BAND)
    ratio_axis(lower, "", SPAN)
    for (label, model), colour in zip(content["models"].items(), COLOURS * len(content["models"]), strict=False):
        mean, low, high = (numbers(model[key][k]) for key in ("mean", "low", "high"))
        upper.stairs(mean, edges, color=colour, label=label)
        middle, ratio = np.arange(len(truth)), _over(mean, truth)
        spread = np.abs(np.stack([ratio - _over(low, truth), _over(high, truth) - ratio]))
        lower.errorbar(middle, ratio, spread, fmt=".", color=colour, elinewidth=1)
        mark_outside(lower, middle.astype(float), ratio, colour)
    upper.set_xlim(edges[0], edges[-1])
    upper.set_ylim(0)
    lower.set_xlim(edges[0], edges[-1])
    upper.tick_params(labelbottom=False)


def _over(values: Floats, truth: Floats) -> Floats:
    """Values over the truth; NaN where that is 0."""
    return np.divide(values, truth, out=np.full(len(truth), np.nan), where=truth > 0)
