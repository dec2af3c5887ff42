"""Figures for a talk, one function each, all made from a scoreboard.

Every function takes a scoreboard (see `qgen.report`) and returns a matplotlib `Figure`; `figures` makes them all and
`save` writes PDF and PNG. GEANT4 is black with a grey band (68 % statistical); quantum generators are solid,
classical references dashed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from qgen.evaluation import LABELS, PRIMARY
from qgen.files import replacing
from qgen.report import Row, Scoreboard
from qgen.report import style as styles
from qgen.report.tables import cells, ordered

MAX_HISTOGRAMS = 20
"""With more features than this, those of single rows, columns and layers get no figure of their own."""
MAX_LINES = 8
COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#7F3C8D",
    "#8C8C8C",
    "#A5AA99",
    "#5D4037",
    "#44AA99",
    "#DDCC77",
    "#882255",
    "#999933",
)


def figures(scoreboard: Scoreboard, style: str = "plain") -> dict[str, Figure]:
    """All figures by name, in a style (see `qgen.report.style`)."""
    names = list(scoreboard["reference"]["histograms"])
    chosen = names if len(names) <= MAX_HISTOGRAMS else [name for name in names if "/" not in name]
    made = {"mean_images": mean_images(scoreboard, style)} if "mean_image" in scoreboard["reference"] else {}
    made |= {"response": response(scoreboard, style), "scores": scores(scoreboard, style)}
    made |= {f"profile_{axis}": profile(scoreboard, axis, style) for axis in scoreboard["reference"]["profiles"]}
    made |= {f"histogram_{_slug(name)}": histogram(scoreboard, name, style) for name in chosen}
    made["score_table"] = score_table(scoreboard, style)
    return made


def save(made: Mapping[str, Figure], folder: Path) -> list[Path]:
    """Write every figure as PDF and PNG into a folder; the paths of the files."""
    paths = [folder / f"{name}.{suffix}" for name in made for suffix in ("pdf", "png")]
    for path in paths:
        with replacing(path) as aside:
            made[path.stem].savefig(
                aside, bbox_inches="tight", metadata={"CreationDate": None} if path.suffix == ".pdf" else None
            )
    return paths


def mean_images(scoreboard: Scoreboard, style: str = "plain") -> Figure:
    """Mean image of GEANT4 and of every generator side by side, on one logarithmic colour scale [MeV]."""
    reference = scoreboard["reference"]["mean_image"]
    rows, columns = reference["axes"]
    images = {"GEANT4": reference["energy"]} | {
        row["generator"]: row["distributions"]["mean_image"]["energy"] for row in ordered(scoreboard)
    }
    n_columns = min(len(images), 5)
    n_rows = -(-len(images) // n_columns)
    top = float(np.max(reference["energy"]))
    norm = LogNorm(max(float(np.min(reference["energy"])), top * 1e-5), top)
    with mpl.rc_context(styles.style(style)):
        figure = Figure(figsize=(3.0 * n_columns + 1.2, 3.1 * n_rows))
        axes = np.ravel(figure.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False))
        for ax in axes[len(images) :]:
            ax.set_axis_off()
        for ax, (name, image) in zip(axes, images.items(), strict=False):
            mesh = ax.imshow(np.clip(image, norm.vmin, None), norm=norm, origin="lower", cmap="viridis")
            ax.set_title(_short(name), fontsize=12)
        figure.supxlabel(f"{columns} pixel")
        figure.supylabel(f"{rows} pixel")
        figure.colorbar(mesh, ax=axes.tolist(), label="mean energy [MeV]")
    return figure


def response(scoreboard: Scoreboard, style: str = "plain") -> Figure:
    """Mean response and resolution against the incident energy, with the ratio to GEANT4 below."""
    reference = scoreboard["reference"]["response"]
    energy = np.asarray(reference["energy"]) / 1e3
    with mpl.rc_context(styles.style(style)):
        figure = Figure(figsize=(13, 6.2))
        grid = figure.subplots(2, 2, sharex=True, height_ratios=(3, 1))
        labels, spans = ("response  E_tot / E_inc", "resolution  sd / mean"), (0.05, 0.5)
        for (upper, lower), key, label, span in zip(grid.T, ("response", "resolution"), labels, spans, strict=True):
            truth, error = np.asarray(reference[key]), np.asarray(reference[f"{key}_error"])
            upper.errorbar(energy, truth, error, fmt="ko", label="GEANT4", zorder=5)
            lower.fill_between(energy, 1 - error / truth, 1 + error / truth, color="0.85")
            for row, look in _styled(scoreboard):
                values = row["distributions"]["response"]
                mean, sd = np.asarray(values[key]), np.asarray(values[f"{key}_error"])
                upper.errorbar(energy, mean, sd, label=_short(row["generator"]), **look)
                lower.errorbar(energy, mean / truth, sd / truth, **look)
            upper.set_ylabel(label)
            _ratio_axis(lower, "incident energy [GeV]", span)
        grid[0, 1].legend(loc="center left", bbox_to_anchor=(1.01, 0.4))
    return figure


def profile(scoreboard: Scoreboard, axis: str, style: str = "plain") -> Figure:
    """Mean energy along one axis, with the ratio to GEANT4 below."""
    reference = scoreboard["reference"]["profiles"][axis]
    truth, error = np.asarray(reference["mean"]), np.asarray(reference["error"])
    edges = np.arange(len(truth) + 1)
    with mpl.rc_context(styles.style(style)):
        figure, upper, lower = _two_panels()
        _band(upper, lower, edges, truth, error)
        for row, look in _styled(scoreboard):
            values = row["distributions"]["profiles"][axis]
            _steps(upper, lower, edges, np.asarray(values["mean"]), np.asarray(values["error"]), truth, row, look)
        upper.set_yscale("log")
        upper.set_ylabel("mean energy [MeV]")
        _finish(upper, lower, f"{axis} bin")
    return figure


def histogram(scoreboard: Scoreboard, name: str, style: str = "plain") -> Figure:
    """Distribution of one observable, unit sum, overflow in the outer bins, with the ratio to GEANT4 below."""
    reference = scoreboard["reference"]["histograms"][name]
    edges = np.asarray(reference["edges"])
    truth, error = _normalised(reference["counts"])
    with mpl.rc_context(styles.style(style)):
        figure, upper, lower = _two_panels()
        _band(upper, lower, edges, truth, error)
        for row, look in _styled(scoreboard):
            values, errors = _normalised(row["distributions"]["histograms"][name]["counts"])
            _steps(upper, lower, edges, values, errors, truth, row, look)
        upper.set_ylabel("fraction of showers")
        upper.set_ylim(0, 1.7 * float((truth + error).max()))
        _finish(upper, lower, _label(name))
    return figure


def scores(scoreboard: Scoreboard, style: str = "plain") -> Figure:
    """The primary metrics with their errors beside the truth floor and its band."""
    rows = ordered(scoreboard)[::-1]
    with mpl.rc_context(styles.style(style)):
        figure = Figure(figsize=(4.6 * len(PRIMARY) + 1.5, 0.5 * len(rows) + 1.8))
        panels = figure.subplots(1, len(PRIMARY), sharey=True)
        for ax, name in zip(panels, PRIMARY, strict=True):
            floor = scoreboard["floor"][name]
            ax.axvspan(floor["value"] - floor["sd"], floor["value"] + floor["sd"], color="0.85")
            ax.axvline(floor["value"], color="k", lw=1, label="GEANT4 floor")
            for y, row in enumerate(rows):
                score, look = row["metrics"][name], _style(scoreboard, row)
                ax.errorbar(score["value"], y, xerr=score["error"], fmt="o", color=look["color"], capsize=3)
            if name != "auc":
                ax.set_xscale("log")
            ax.set_xlabel(LABELS[name])
            ax.grid(axis="y", alpha=0.3)
        panels[0].set_yticks(range(len(rows)), [_short(row["generator"]) for row in rows])
        panels[0].legend(loc="lower left")
    return figure


def score_table(scoreboard: Scoreboard, style: str = "plain") -> Figure:
    """The table of the primary metrics as a figure."""
    header, rows = cells(scoreboard, PRIMARY)
    with mpl.rc_context(styles.style(style)):
        figure = Figure(figsize=(14, 0.42 * len(rows) + 1))
        ax = figure.subplots()
        ax.set_axis_off()
        table = ax.table(rows, colLabels=header, cellLoc="right", loc="center", edges="horizontal")
        table.auto_set_font_size(False)
        table.set_fontsize(12)
        table.scale(1, 1.6)
        table.auto_set_column_width(list(range(len(header))))
        for (line, column), cell in table.get_celld().items():
            cell.set_text_props(ha="left" if column < 2 else "right", weight="bold" if line == 0 else "normal")
    return figure


def _normalised(counts: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fractions and their Poisson errors."""
    values = np.asarray(counts, dtype=np.float64)
    total = max(values.sum(), 1.0)
    return values / total, np.sqrt(values) / total


def _styled(scoreboard: Scoreboard) -> Iterator[tuple[Row, dict[str, Any]]]:
    """Rows for a figure with lines; of many rows, one per family: ablations and quantisation floors are left out."""
    rows = ordered(scoreboard)
    if len(rows) > MAX_LINES:
        first = {row["generator"].split(":")[0]: row["generator"] for row in reversed(scoreboard["rows"])}
        rows = [row for row in rows if row["generator"] in first.values() and "(" not in row["generator"]]
    return ((row, _style(scoreboard, row)) for row in rows)


def _style(scoreboard: Scoreboard, row: Row) -> dict[str, Any]:
    """A colour by the row's place in the scoreboard (the same in every figure), a line style by its family."""
    place = [other["generator"] for other in scoreboard["rows"]].index(row["generator"])
    quantum = row["family"] in ("annealer", "gate")
    return {"color": COLOURS[place % len(COLOURS)], "ls": "-" if quantum else "--"}


def _two_panels() -> tuple[Figure, Axes, Axes]:
    figure = Figure(figsize=(9.6, 6.2))
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    return figure, upper, lower


def _band(upper: Axes, lower: Axes, edges: NDArray[Any], truth: NDArray[Any], error: NDArray[Any]) -> None:
    upper.stairs(truth, edges, color="k", label="GEANT4", zorder=5)
    upper.stairs(truth + error, edges, baseline=truth - error, fill=True, color="0.8")
    relative = np.divide(error, truth, out=np.zeros_like(error), where=truth > 0)
    lower.stairs(1 + relative, edges, baseline=1 - relative, fill=True, color="0.85")


def _steps(
    upper: Axes,
    lower: Axes,
    edges: NDArray[Any],
    values: NDArray[Any],
    errors: NDArray[Any],
    truth: NDArray[Any],
    row: Row,
    style: Mapping[str, Any],
) -> None:
    """One generator: a step line, and its ratio to the truth with error bars."""
    upper.stairs(values, edges, label=_short(row["generator"]), color=style["color"], ls=style["ls"])
    safe = np.where(truth > 0, truth, np.nan)
    lower.stairs(values / safe, edges, color=style["color"], ls=style["ls"], baseline=None)
    centres = (edges[1:] + edges[:-1]) / 2
    lower.errorbar(centres, values / safe, errors / safe, fmt="none", color=style["color"], elinewidth=1)


def _finish(upper: Axes, lower: Axes, label: str) -> None:
    upper.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    _ratio_axis(lower, label)


def _ratio_axis(ax: Axes, label: str, span: float = 0.5) -> None:
    ax.axhline(1, color="k", lw=1)
    ax.set_ylim(1 - span, 1 + span)
    ax.set_ylabel("ratio")
    ax.set_xlabel(label)


def _short(name: str) -> str:
    """A generator's name for a label: no folders, the bare name of a circuit, blanks between options."""
    bare = re.sub(r"ansatz=(?:[^,:]*[:/])?([^,:]+)", r"\1", name.removeprefix("classical/"))
    return re.sub(r"[:,]+", " ", bare.replace("_", " "))


def _label(name: str) -> str:
    """An observable's name for an axis."""
    return name.replace("_", " ") + (" [mm]" if name.endswith(("_centre", "_width")) else "")


def _slug(name: str) -> str:
    return name.replace("/", "_").replace(" ", "_")
