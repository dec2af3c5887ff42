"""What is seen in each figure, in words: a caption, and a shorter text for who cannot see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from qgen.report import Row, Scoreboard
from qgen.report.figures._panels import chosen
from qgen.report.figures.cost import COSTS, axes_of
from qgen.report.figures.events import DEFAULT_BIN, shown
from qgen.report.figures.histogram import fractions, observable_label
from qgen.report.figures.seeds import repeated
from qgen.report.figures.times import geant4, timed
from qgen.report.figures.training import trained
from qgen.report.numbers import number
from qgen.report.plots import slug
from qgen.report.rows import finite, metric_label, ordered, primary, short

LINES = "GEANT4 is black with a grey band (68 %), quantum generators are solid lines, classical references dashed."
RATIOS = "Below, the ratio to GEANT4; a triangle at an edge stands for a value outside of the panel."


def describe(scoreboard: Scoreboard, name: str) -> tuple[str, str]:
    """Alternative text and caption of a figure that `plots.figures` names so."""
    kind, _, rest = name.partition("_")
    if kind == "histogram":
        return _histogram(scoreboard, next(n for n in scoreboard["reference"]["histograms"] if slug(n) == rest))
    if kind == "profile":
        return (
            f"Mean energy along {rest} for GEANT4 and {_count(chosen(scoreboard))}, with ratios.",
            f"Mean energy in every bin of {rest}. {LINES} {RATIOS} {_left_out(scoreboard)}",
        )
    known = _KINDS.get(name)
    return known(scoreboard) if known else (name.replace("_", " "), name.replace("_", " "))


def _scores(scoreboard: Scoreboard) -> tuple[str, str]:
    metric = primary(scoreboard)[0]
    rows = [row for row in ordered(scoreboard) if finite(row["metrics"].get(metric, {}).get("value")) is not None]
    found = ""
    if len(rows) > 1:
        best, worst = (f"{short(row['generator'])} ({_value(row, metric)})" for row in (rows[0], rows[-1]))
        found = f" By {metric_label(metric)}, {best} is closest to GEANT4 and {worst} farthest."
    return (
        f"Primary metrics of {_count(rows)} beside the truth floor.",
        f"Primary metrics with their 68 % errors; the line is the truth floor, the band its standard deviation.{found}",
    )


def _seeds(scoreboard: Scoreboard) -> tuple[str, str]:
    rows = repeated(scoreboard)
    return (
        f"Primary metrics of every training seed of {_count(rows)} beside the truth floor.",
        f"Primary metrics, a mark for each of up to {max(len(row['seeds']) for row in rows)} training seeds, a bar at "
        "their median; the line is the truth floor, the band its standard deviation.",
    )


def _summary(scoreboard: Scoreboard) -> tuple[str, str]:
    return (
        f"Parallel coordinates of z over {len(scoreboard['floor'])} metrics for {_count(chosen(scoreboard))}.",
        "Distance of every metric from its truth floor, in standard deviations of the floor: what lies in the band "
        "(|z| <= 1) cannot be told from GEANT4 by that metric. The scale is linear up to 3 and logarithmic beyond; a "
        f"gap is a metric without a value. {_left_out(scoreboard)}",
    )


def _energy_bins(scoreboard: Scoreboard) -> tuple[str, str]:
    edges = np.asarray(scoreboard["reference"]["energy_edges"]) / 1e3
    return (
        f"Primary metrics in {len(edges) - 1} bins of the incident energy.",
        f"Primary metrics in {len(edges) - 1} bins of the incident energy from {edges[0]:.3g} to {edges[-1]:.3g} GeV, "
        "beside the truth floor of each bin (line) and its band. Points of one bin stand beside one another. "
        f"{_left_out(scoreboard)}",
    )


def _mean_images(scoreboard: Scoreboard) -> tuple[str, str]:
    truth = np.asarray(scoreboard["reference"]["mean_image"]["energy"])

    def off(row: Row) -> float:
        image = np.asarray(row["distributions"]["mean_image"]["energy"])
        return float(0.5 * np.abs(image - truth).sum() / truth.sum())

    return (
        f"Mean images of GEANT4 and {_count(scoreboard['rows'])}.",
        "Mean energy of every pixel on one logarithmic colour scale. "
        + _extremes(scoreboard["rows"], off, "energy in the wrong pixel", ".1%"),
    )


def _correlation(scoreboard: Scoreboard) -> tuple[str, str]:
    rows = [row for row in chosen(scoreboard) if "correlation" in row["distributions"]]
    truth = _matrix(scoreboard["reference"]["correlation"])

    def off(row: Row) -> float:
        difference = np.abs(_matrix(row["distributions"]["correlation"]) - truth)
        return float(np.mean(difference[np.isfinite(difference)])) if np.isfinite(difference).any() else 0.0

    constant = [short(row["generator"]) for row in rows if _constant(row["distributions"]["correlation"])]
    grey = f" Constant (grey) somewhere: {', '.join(constant)}." if constant else ""
    return (
        f"Correlation matrices of GEANT4 and {_count(rows)}, and their differences.",
        "Pearson correlation between pixels or layers, and under each generator's matrix its difference from GEANT4's. "
        f"{_extremes(rows, off, 'mean absolute difference', '.3f')}{grey} {_left_out(scoreboard)}",
    )


def _response(scoreboard: Scoreboard) -> tuple[str, str]:
    return (
        f"Response and resolution against incident energy for GEANT4 and {_count(chosen(scoreboard))}, with ratios.",
        "Mean response (left) and resolution (right) in bins of the incident energy; points of one bin stand beside "
        f"one another. {RATIOS} {_left_out(scoreboard)}",
    )


def _cost(scoreboard: Scoreboard) -> tuple[str, str]:
    costs, rows = axes_of(scoreboard)
    label = metric_label(primary(scoreboard)[0])
    return (
        f"{label} minus its floor against {', '.join(COSTS[key] for key in costs)} for {_count(rows)}.",
        f"{label} minus its truth floor against cost; lower and further left is better, the line at 0 is the floor. "
        "Only what is counted is an axis; times of simulated circuits and anneals are not.",
    )


def _times(scoreboard: Scoreboard) -> tuple[str, str]:
    rows = timed(scoreboard)
    with_access = [row for row in rows if finite((row.get("resources") or {}).get("qpu_access_us_per_shower"))]
    published = geant4(scoreboard)
    line = f" The line is GEANT4's published time ({published[1]}), of another machine." if published else ""
    return (
        f"Time per shower of {_count(rows)}, and the modelled access time of a processor for {len(with_access)}.",
        "Open marks are wall times of this machine for all test showers and for batches; anneals and circuits are "
        "simulated there, so that they are no times of a quantum device. Full marks are the access time of a quantum "
        "processor by the vendor's model, with one programming for every shower, as drawn here (reads that measure the "
        f"temperature included), and with one for a thousand; network and host come on top.{line}",
    )


def _events(scoreboard: Scoreboard) -> tuple[str, str]:
    rows = shown(scoreboard)
    energy = scoreboard["reference"]["events"]["showers"][DEFAULT_BIN]["energy"] / 1e3
    return (
        f"A single shower of GEANT4 and of {_count(rows)} each, at about {energy:.3g} GeV.",
        f"One GEANT4 shower of {energy:.3g} GeV and one of each generator at the same energy, on one logarithmic "
        "colour scale; cells without energy are white. Single showers show what they look like, not how often. "
        f"{_left_out(scoreboard, len(rows))}",
    )


def _layer_fractions(scoreboard: Scoreboard) -> tuple[str, str]:
    parts = scoreboard["reference"]["layer_fractions"]["parts"]
    return (
        f"Shares of {', '.join(parts)} in the deposited energy against incident energy for GEANT4 and "
        f"{_count(chosen(scoreboard))}, with ratios.",
        "Mean share of each layer in the deposited energy against the incident energy; the band of the upper panels "
        "holds 68 % of the GEANT4 showers, that of the lower ones is the error of their mean. "
        f"{RATIOS} {_left_out(scoreboard)}",
    )


def _training(scoreboard: Scoreboard) -> tuple[str, str]:
    rows = trained(scoreboard)
    n_seeds = max(len(row["seeds"]) for row in rows)
    band = f"the band spans {n_seeds} training seeds" if n_seeds > 1 else "there is one training seed, so no band"
    return (
        f"Training curves of {_count(rows)}.",
        f"Objectives against the epoch; {band}. Objectives of different families cannot be compared with one another.",
    )


def _likelihood(scoreboard: Scoreboard) -> tuple[str, str]:
    return (
        "Log-likelihood of the latents under the prior while it is trained.",
        "Mean of ln p(z | c) over the validation showers' latents z, with ln Z by annealed importance sampling; bands "
        "are half the range over training seeds. It falls where the encoder puts more into the latents: see the bound.",
    )


def _score_table(scoreboard: Scoreboard) -> tuple[str, str]:
    return ("Table of the primary metrics.", "The primary metrics as a table for a slide.")


_KINDS: Mapping[str, Callable[[Scoreboard], tuple[str, str]]] = {
    "scores": _scores,
    "seeds": _seeds,
    "summary": _summary,
    "energy_bins": _energy_bins,
    "mean_images": _mean_images,
    "correlation": _correlation,
    "events": _events,
    "response": _response,
    "layer_fractions": _layer_fractions,
    "cost": _cost,
    "times": _times,
    "training": _training,
    "likelihood": _likelihood,
    "score_table": _score_table,
}


def _histogram(scoreboard: Scoreboard, name: str) -> tuple[str, str]:
    truth, _ = fractions(scoreboard["reference"]["histograms"][name]["counts"])

    def separation(row: Row) -> float:
        values, _ = fractions(row["distributions"]["histograms"][name]["counts"])
        total = truth + values
        return float(0.5 * ((truth - values) ** 2 / np.where(total > 0, total, 1)).sum())

    rows = chosen(scoreboard)
    return (
        f"Histogram of {observable_label(name)} for GEANT4 and {_count(rows)}, with ratios.",
        f"Distribution of {observable_label(name)}; the outer bins hold what lies beyond. {LINES} {RATIOS} For the "
        f"ratio, sparse bins are merged. {_extremes(rows, separation, 'separation', '.4f')} {_left_out(scoreboard)}",
    )


def _extremes(rows: Sequence[Row], measure: Callable[[Row], float], words: str, form: str) -> str:
    """Which of the rows is closest and which farthest."""
    measured = sorted(((measure(row), short(row["generator"])) for row in rows), key=lambda pair: pair[0])
    if len(measured) < 2:
        return ""
    (low, best), (high, worst) = measured[0], measured[-1]
    return f"Closest to GEANT4: {best} ({words}: {low:{form}}); farthest: {worst} ({high:{form}})."


def _left_out(scoreboard: Scoreboard, n_drawn: int | None = None) -> str:
    n_all = len(scoreboard["rows"])
    n_drawn = len(chosen(scoreboard)) if n_drawn is None else n_drawn
    return f"{n_drawn} of {n_all} rows are drawn; the tables have all." if n_drawn < n_all else ""


def _count(rows: Sequence[Row]) -> str:
    return f"{len(rows)} generator{'s' * (len(rows) != 1)}"


def _value(row: Row, metric: str) -> str:
    score = row["metrics"][metric]
    return number(score["value"], score["error"])


def _matrix(content: Mapping[str, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array(content["matrix"], dtype=np.float64)


def _constant(content: Mapping[str, Any]) -> bool:
    return bool(np.isnan(np.diag(_matrix(content))).any())
