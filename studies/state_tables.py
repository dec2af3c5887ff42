"""Tables of `states.py`."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from smoothing import CONTROLS

SURE = 1.645
"""Standard deviations at which a ratio counts as below or above 1: 95 %, one-sided."""


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """Four tables: total variations, their ratios to the training histogram, controls, and errors of fields."""
    edges = np.array(rows[0]["energy_edges"]) / 1e3
    heads = [f"{low:.3g} to {high:.3g} GeV" for low, high in pairwise(edges)]
    return (
        "\n".join([*_distances(rows, heads), "", *_ratios(rows, heads), "", *_controls(rows), "", *_fields(rows)])
        + "\n"
    )


def _head(*cells: str) -> list[str]:
    return [f"| {' | '.join(cells)} |", "|---" * len(cells) + "|"]


def _mean(row: Mapping[str, Any], k: int, key: str) -> float:
    return float(np.mean([seed["bins"][k][key] for seed in row["seeds"]]))


def _distances(rows: Sequence[Mapping[str, Any]], heads: Sequence[str]) -> list[str]:
    lines = _head("generator", "bits", "seeds", *heads)
    for row in rows:
        keys = ("model", "histogram", "own_draws")
        cells = ["{:.3f} ({:.3f}, {:.3f})".format(*(_mean(row, k, key) for key in keys)) for k in range(len(heads))]
        bits = " + ".join(map(str, row["fields"].values()))
        lines.append(f"| {row['generator']} | {bits} | {len(row['seeds'])} | {' | '.join(cells)} |")
    return [
        *lines,
        "",
        "Total variation between the model, averaged over the test energies, and the test histogram; in brackets that "
        "of the training histogram to the test histogram, and that of the model to as many draws of its own as there "
        "are test showers. Means over training seeds.",
    ]


def _ratios(rows: Sequence[Mapping[str, Any]], heads: Sequence[str]) -> list[str]:
    lines = _head("model : training histogram", *heads, "all bins", "no larger?")
    for row in rows:
        ratios = row["ratios"]["model : histogram"]
        cells = [_pair(one) for one in (*ratios["bins"], ratios["sum"])]
        lines.append(f"| {row['generator']} | {' | '.join(cells)} | {_verdict(ratios['sum'])} |")
    return [
        *lines,
        "",
        "Ratios of total variations, and of their sums over the bins; ±: 68 %, of test showers and training seeds. No "
        f"larger: where the last is {SURE} standard deviations (95 %) from 1.",
    ]


def _controls(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    smooth = [key for key in CONTROLS if key != "histogram"]
    lines = _head(
        "generator",
        *(f"{CONTROLS[key]} : training histogram" for key in smooth),
        *(f"model : {CONTROLS[key]}" for key in smooth),
    )
    for row in rows:
        pairs = [f"{key} : histogram" for key in smooth] + [f"model : {key}" for key in smooth]
        lines.append(f"| {row['generator']} | {' | '.join(_pair(row['ratios'][pair]['sum']) for pair in pairs)} |")
    return [
        *lines,
        "",
        "Ratios of total variations summed over the bins: what smoothing does to the training histogram without a "
        "circuit, and the model beside it. Controls are described in `studies/smoothing.py`.",
    ]


def _fields(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = _head(
        "generator",
        *(f"{what}, {which}" for what in ("marginals", "correlations") for which in ("largest", "mean")),
        "correlations by bin of energy, mean",
    )
    for row in rows:
        cells = [_error(row, what, which) for what in ("marginal", "correlation") for which in ("max", "mean")]
        lines.append(f"| {row['generator']} | {' | '.join(cells)} | {_in_bins(row)} |")
    return [
        *lines,
        "",
        "Absolute errors against the test histogram, of the probabilities of all values of all fields of the code, and "
        "of the correlations between fields; in brackets those of the training histogram. Means over training seeds.",
    ]


def _pair(ratio: Sequence[float]) -> str:
    return "{:.3f} ± {:.3f}".format(*ratio)


def _verdict(ratio: Sequence[float]) -> str:
    value, error = ratio
    if abs(value - 1) < SURE * error:
        return "cannot be told"
    return "yes" if value < 1 else "no"


def _error(row: Mapping[str, Any], what: str, which: str) -> str:
    if what == "correlation" and len(row["fields"]) < 2:
        return "-"
    ours, theirs = (np.mean([seed[what][key][which] for seed in row["seeds"]]) for key in ("model", "training"))
    return f"{ours:.4f} ({theirs:.4f})"


def _in_bins(row: Mapping[str, Any]) -> str:
    if len(row["fields"]) < 2:
        return "-"
    of_seeds = [
        [[one[key]["mean"] for key in ("model", "training")] for one in seed["correlation_bins"]]
        for seed in row["seeds"]
    ]
    return ", ".join("{:.3f} ({:.3f})".format(*pair) for pair in np.mean(of_seeds, axis=0))
