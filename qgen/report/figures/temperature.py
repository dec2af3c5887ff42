"""Effective temperature of a device: convergence of the map, conditions, and where an anneal freezes."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from qgen.files import InputError
from qgen.report.panels import BAND, numbers, plain_look

Values = Sequence[tuple[float, float]]
"""beta and its error."""

ROOM = 0.5
"""For the legend above the anneals, in parts of the height below."""
BETA = r"inverse temperature $\beta$"


def draw(
    maps: Mapping[str, Values],
    *,
    pseudo_likelihood: tuple[float, float] | None = None,
    truth: float | None = None,
    conditions: Mapping[str, Values] | None = None,
    anneals: Mapping[str, Any] | None = None,
) -> Figure:
    """Inverse temperatures of a device: step by step of the published map; of every condition; of anneals.

    Args:
        maps: for every label, e.g. a pattern of pinned spins or an exponent, (beta, error) from the start on.
        pseudo_likelihood: beta and error of that estimator, a line with a band.
        truth: where it is known, a dashed line.
        conditions: for every estimator, (beta, error) of each pattern of pinned spins: a second panel.
        anneals: a further panel, against the physical temperature: {"temperature_mk": [...], "predicted": {label:
            [beta, ...]}, "measured": {label: [(beta, error), ...]}}.

    Raises:
        InputError: no step to draw.
    """
    if not maps or not all(len(steps) for steps in maps.values()):
        raise InputError("temperature: expected at least one map with a step, found none")
    n = 1 + bool(conditions) + bool(anneals)
    figure = Figure(figsize=(6.4 * n, 4.4 if n == 1 else 5.2))
    first, *others = figure.subplots(1, n, squeeze=False)[0]
    _steps(first, maps, pseudo_likelihood, truth)
    if conditions:
        _conditions(others.pop(0), conditions, truth)
    if anneals:
        _anneals(others[0], anneals)
    return figure


def caption(
    maps: Mapping[str, Values], *, truth: float | None = None, anneals: Mapping[str, Any] | None = None, **_: Any
) -> tuple[str, str]:
    """What is drawn in the panels that there are."""
    labels = ", ".join(maps).replace("$", "").replace("\\", "")
    dashed = f" The dashed line is the true value, {truth:g}." if truth is not None else ""
    last = " Last: anneals against the physical temperature, lines as predicted, points as measured." if anneals else ""
    return (
        f"Inverse temperature of a device step by step of a map that matches it to the model ({labels}), with "
        f"68 % errors; the band is the pseudo-likelihood's estimate where there is one.{dashed}{last}",
        f"Inverse temperature against the step of {len(maps)} maps.",
    )


def _steps(ax: Axes, maps: Mapping[str, Values], line: tuple[float, float] | None, truth: float | None) -> None:
    if line is not None:
        value, error = line
        ax.axhspan(value - error, value + error, color=BAND, lw=0)
        ax.axhline(value, color="k", lw=1.5, label="pseudo-likelihood")
    _truth(ax, truth)
    for i, (label, steps) in enumerate(maps.items()):
        _points(ax, range(len(steps)), steps, label, i)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("step of the map")
    ax.set_ylabel(BETA)
    ax.legend(loc="best")


def _conditions(ax: Axes, conditions: Mapping[str, Values], truth: float | None) -> None:
    _truth(ax, truth)
    for i, (label, values) in enumerate(conditions.items()):
        shift = 0.3 * ((i + 1) / (len(conditions) + 1) - 0.5)
        _points(ax, [k + 1 + shift for k in range(len(values))], values, label, i, ls="")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("pattern of held bits")
    ax.set_ylabel(BETA)
    ax.legend(loc="best")


def _anneals(ax: Axes, anneals: Mapping[str, Any]) -> None:
    x = anneals["temperature_mk"]
    for i, (label, values) in enumerate(anneals["predicted"].items()):
        ax.plot(x, values, color="k", ls=("-", "--", ":")[i % 3], lw=1.5, label=label)
    for i, (label, values) in enumerate(anneals["measured"].items()):
        _points(ax, x, values, label, i, ls="")
    ax.set_yscale("log")
    low, high = ax.get_ylim()
    ax.set_ylim(low, high * (high / low) ** ROOM)
    ax.set_xlabel("physical temperature [mK]")
    ax.set_ylabel(BETA)
    ax.legend(loc="upper right")


def _truth(ax: Axes, truth: float | None) -> None:
    if truth is not None:
        ax.axhline(truth, color="k", ls="--", lw=1.5, label="truth")


def _points(ax: Axes, x: Sequence[float], values: Values, label: str, i: int, **drawn: Any) -> None:
    betas, errors = numbers([beta for beta, _ in values]), numbers([error for _, error in values])
    ax.errorbar(x, betas, errors, label=label, **plain_look(i), **drawn)
