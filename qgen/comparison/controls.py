"""Controls that must fail: which stand in every comparison, and which of them do not.

A control lacks something that showers have, on purpose. A metric in which it scores as well as a generator does not see
what it lacks, and says no more of the generator. It fails against a generator where it is worse, and the paired test
says so: p < ALPHA, each pair by itself, since Holm's correction would leave more pairs untold and cry wolf where there
are few trainings. Controls take no part in the ranks and corrections of the generators.

Of fewer trainings than a rank takes, the mean is compared as if it were one: what is said is then of these fits.

A control of the comparison stands against all generators. One that a generator makes itself, without what it has
learnt, stands against those alone that it is the control of.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from qgen.evaluation.pairs import ALPHA, LEAST_TRAININGS, SeedScores, paired_differences
from qgen.metrics import Description
from qgen.report.rows import contender

CONTROLS = (
    "classical/energy_blind",
    "classical/energy_blind_shape",
    "classical/independent_pixels",
    "classical/mean_image",
)
"""Generators that are run beside whatever is compared."""


def unfailed(
    rows: Sequence[Mapping[str, Any]],
    seeds: Mapping[str, Mapping[str, SeedScores]],
    described: Mapping[str, Description],
) -> list[dict[str, Any]]:
    """Every control that does not fail against a generator in a primary metric.

    Args:
        rows: of a scoreboard; controls have `control`, and some `control_of`, the generators that they stand against.
        seeds: by row and metric.
        described: by metric.

    Returns:
        {"control", "generator", "metric", "difference" (of the control from the generator), "error", "p"}.
    """
    controls = [row for row in rows if row.get("control")]
    generators = [row["generator"] for row in rows if contender(row)]
    found = []
    for metric in (name for name, description in described.items() if description.primary):
        values = {name: one[metric] for name, one in seeds.items() if metric in one and len(one[metric].values)}
        for row in controls:
            name = row["generator"]
            for other in row.get("control_of", generators):
                if {name, other} <= values.keys() and (pair := _untold(values[name], values[other], described[metric])):
                    found.append({"control": name, "generator": other, "metric": metric, **pair})
    return found


def _untold(control: SeedScores, generator: SeedScores, description: Description) -> dict[str, Any]:
    """The paired difference, where the control is not worse by it; else nothing."""
    pair = [one if len(one.values) >= LEAST_TRAININGS else _as_one(one) for one in (control, generator)]
    if not isinstance(description.better, str):
        pair = [one.mirrored(description.better) for one in pair]
    (entry,) = paired_differences(dict(zip(("control", "generator"), pair, strict=True)))
    worse = description.badness(control.value) > description.badness(generator.value)
    if worse and float(entry["p"]) < ALPHA:
        return {}
    return {"difference": control.value - generator.value, "error": entry["error"], "p": entry["p"]}


def _as_one(scores: SeedScores) -> SeedScores:
    """The mean of some trainings, as if it were one: with the errors of the showers alone."""
    error = np.sqrt(np.mean(scores.errors**2))
    return SeedScores(np.array([scores.value]), np.array([error]), scores.draws.mean(axis=0, keepdims=True))
