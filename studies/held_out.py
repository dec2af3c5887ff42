"""Does a Born machine know the distribution at energies that it never saw?

Takes the Born machines of a finished folder of `qgen compare`, trains them again without the showers of an interval of
incident energy, and compares the total variation to the test histogram inside the interval.

    python studies/held_out.py runs/qcbm/clic-e- --labels codebook --interval 10 20
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from bottleneck import runs_of
from interpolation import GEV, MIN_SHOWERS, within
from states import born_machines

from qgen.cli import run
from qgen.codes import states_of
from qgen.experiment import load_split
from qgen.files import InputError, write_table
from qgen.generator import read_config
from qgen.qcbm import QCBM
from qgen.qcbm.states import bin_distances
from qgen.showers import Showers
from qgen.task import Task, fit

LARGEST = 1.5
"""Wanted ratio."""


def held_out(folder: Path, interval: tuple[float, float] = (10.0, 20.0), labels: list[str] | None = None) -> None:
    """Write held_out.md and held_out.json into a folder of qgen compare. Continues if interrupted.

    Args:
        folder: of a finished comparison, with Born machines in it.
        interval: lower and upper incident energy [GeV].
        labels: what tables call those to take; by default all.
    """
    machines, runs = born_machines(folder), runs_of(folder)
    for label in labels or ():
        if label not in machines:
            raise InputError(f"{folder}: expected one of {', '.join(machines)}, found {label!r}")
    config = read_config(next(iter(runs.values()))[0])["task"]
    train, test = load_split(config["dataset"], config["representation"])
    without = train.select(~within(train, interval))
    inside, seen = (showers.select(within(showers, interval)) for showers in (test, train))
    if min(map(len, (without, inside, seen))) < MIN_SHOWERS:
        raise InputError(
            f"held_out: expected at least {MIN_SHOWERS} test and training showers in {interval} GeV, and training "
            f"showers outside, found {len(inside)}, {len(seen)} and {len(without)}"
        )
    low, high = interval
    place = folder / f"without_{low:g}_{high:g}_GeV"
    rows = []
    for label in labels or machines:
        for model, one in zip(machines[label], runs[label], strict=True):
            known = {field.name for field in fields(Task)}
            task = Task(**{name: value for name, value in read_config(one)["task"].items() if name in known})
            blind = fit(task, without, place / task.slug)
            of_both = {key: _distance(m, inside, seen, interval) for key, m in (("all", model), ("without", blind))}
            rows.append({"generator": label, "seed": task.seed, **of_both})
    table = markdown(rows, interval)
    write_table(folder, "held_out", rows, table)
    print(table)


def _distance(model: Any, inside: Showers, seen: Showers, interval: tuple[float, float]) -> dict[str, float]:
    """Total variations inside the interval, in the code of the model."""
    assert isinstance(model, QCBM)
    (found,) = bin_distances(
        model.probabilities(inside.incident_energy),
        (states_of(model.code_.encode(inside)), inside.incident_energy),
        (states_of(model.code_.encode(seen)), seen.incident_energy),
        GEV * np.array(interval),
        rng=np.random.default_rng(0),
    )
    return asdict(found)


def markdown(rows: Sequence[Mapping[str, Any]], interval: tuple[float, float]) -> str:
    """The table: means over training seeds."""
    low, high = interval
    lines = [
        f"Total variation to the test histogram of {low:g} to {high:g} GeV, {rows[0]['all']['n']} showers; in brackets "
        "that of the histogram of the training showers there, and of a perfect model.",
        "",
        "| generator | seeds | trained on all | trained without | without : all |",
        "|---|---|---|---|---|",
    ]
    for label in {row["generator"]: None for row in rows}:
        found = [row for row in rows if row["generator"] == label]
        cells = []
        for key in ("all", "without"):
            numbers = (np.mean([row[key][name] for row in found]) for name in ("model", "training", "perfect"))
            cells.append("{:.3f} ({:.3f}, {:.3f})".format(*numbers))
        ratios = [row["without"]["model"] / row["all"]["model"] for row in found]
        cells.append(f"{np.mean(ratios):.2f} ± {np.std(ratios):.2f}")
        lines.append(f"| {label} | {len(found)} | {' | '.join(cells)} |")
    lines += ["", f"Wanted: a ratio of at most {LARGEST}. ±: over training seeds."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(run(held_out))
