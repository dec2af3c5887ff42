"""All figures of a scoreboard, and their files; the figures themselves are functions of `qgen.report.figures`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from matplotlib.figure import Figure

from qgen.files import replacing
from qgen.report import Scoreboard
from qgen.report import figures as draw
from qgen.report.figures.cost import axes_of
from qgen.report.figures.likelihood import log_priors
from qgen.report.figures.seeds import repeated
from qgen.report.figures.times import has_processor
from qgen.report.figures.training import trained

MAX_HISTOGRAMS = 20
"""With more features than this, those of single rows, columns and layers get no figure of their own."""


def figures(scoreboard: Scoreboard, style: str = "plain") -> dict[str, Figure]:
    """All figures by name that the scoreboard has the content for, in a style (see `qgen.report.style`)."""
    reference, rows = scoreboard["reference"], scoreboard["rows"]
    made = {"scores": draw.scores(scoreboard, style), "summary": draw.summary(scoreboard, style)}
    if repeated(scoreboard):
        made["seeds"] = draw.seeds(scoreboard, style)
    if "energy_edges" in reference and any(row.get("in_energy_bins") for row in rows):
        made["energy_bins"] = draw.energy_bins(scoreboard, style)
    if "mean_image" in reference:
        made["mean_images"] = draw.mean_images(scoreboard, style)
    if "events" in reference:
        made["events"] = draw.events(scoreboard, style)
    made |= {f"profile_{axis}": draw.profile(scoreboard, axis, style) for axis in reference["profiles"]}
    made |= {f"histogram_{slug(name)}": draw.histogram(scoreboard, name, style) for name in histograms(scoreboard)}
    if "correlation" in reference:
        made["correlation"] = draw.correlation(scoreboard, style)
    made["response"] = draw.response(scoreboard, style)
    if "layer_fractions" in reference:
        made["layer_fractions"] = draw.layer_fractions(scoreboard, style)
    if axes_of(scoreboard)[0]:
        made["cost"] = draw.cost(scoreboard, style)
    if has_processor(scoreboard):
        made["times"] = draw.times(scoreboard, style)
    if trained(scoreboard):
        made["training"] = draw.training(scoreboard, style)
    if priors := log_priors(scoreboard):
        made["likelihood"] = draw.likelihood(priors, style=style)
    made["score_table"] = draw.score_table(scoreboard, style)
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


def histograms(scoreboard: Scoreboard) -> list[str]:
    """The observables whose histograms are drawn."""
    names = list(scoreboard["reference"]["histograms"])
    return names if len(names) <= MAX_HISTOGRAMS else [name for name in names if "/" not in name]


def slug(name: str) -> str:
    """An observable's name in that of a file."""
    return name.replace("/", "_").replace(" ", "_")
