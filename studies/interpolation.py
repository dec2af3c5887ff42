"""Does a generator know the showers of energies that it never saw?

Trains every generator twice, on all training showers and without those of an interval of incident energy, and scores
both on the test showers of the interval alone. One that has learnt how showers change with energy scores the same.

    python studies/interpolation.py --generators qgan qcbm --interval 10 20 --seeds 3
"""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from qgen.cli import run, with_split
from qgen.comparison.split import USUAL, Split, load_split
from qgen.comparison.task import Task, fit, named, seeds_of
from qgen.evaluation import Evaluation, Floor, SampleSizeWarning, evaluate, truth_floor
from qgen.evaluation.pairs import SeedScores, ratio_of_excess
from qgen.files import InputError, write_table
from qgen.showers import Showers

DEFAULT = ("qvae", "qgan", "qcbm", "classical/gaussian_copula")
METRICS = {"fpd": "FPD", "auc": "classifier AUC", "separation": "mean separation"}
MIN_SHOWERS = 100
GEV = 1e3


@with_split
def interpolation(
    generators: list[str] | None = None,
    interval: tuple[float, float] = (10.0, 20.0),
    dataset: str = "clic/e-",
    representation: str = "image8x8",
    budget: Literal["quick", "standard", "full"] = "standard",
    seeds: int | None = None,
    out: Path = Path("runs/interpolation"),
    split: Split = USUAL,
) -> None:
    """Train with and without an interval of energy, and write interpolation.md and interpolation.json.

    Args:
        generators: names with options, e.g. "qgan:epochs=50 as QGAN"; by default the three families and the copula.
        interval: lower and upper incident energy [GeV].
        dataset: an embedded sample or an HDF5 file.
        representation: native, image8x8, profile<n> or depth3.
        budget: quick is one seed and short training, standard 3 seeds, full 5.
        seeds: number of training seeds, instead of the budget's.
        out: folder for runs and tables; an interrupted study continues there.
    """
    training_seeds = seeds_of(budget, seeds, split)
    train, test = load_split(dataset, representation, split)
    low, high = interval
    learnt = train.between(GEV * low, GEV * high)
    without, inside = train.select(~learnt), test.select(test.between(GEV * low, GEV * high))
    if len(inside) < MIN_SHOWERS or len(without) < MIN_SHOWERS:
        raise InputError(
            f"interpolation: expected at least {MIN_SHOWERS} test showers of {dataset} in {interval} GeV, and training "
            f"showers outside, found {len(inside)} and {len(without)}"
        )
    seen = train.select(learnt)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SampleSizeWarning)
        floor = truth_floor(inside, seen, n_generated=len(inside), seed=0, matched=True)
    folders = {"all": (out / "all", train), "without": (out / f"without_{low:g}_{high:g}_GeV", without)}
    scores = []
    for name, spec in map(named, generators or DEFAULT):
        of_fits: dict[str, list[Evaluation]] = {}
        for key, (folder, showers) in folders.items():
            tasks = [Task(spec, dataset, representation, seed, budget, split=split) for seed in training_seeds]
            of_fits[key] = [_scored(task, folder / task.slug, showers, inside, seen, floor) for task in tasks]
        scores.append({"generator": name, **{metric: _compared(of_fits, metric) for metric in METRICS}})
    content = {"dataset": dataset, "interval_gev": interval, "n_reference": len(inside), "n_seen": len(seen)}
    content |= {"seeds": len(training_seeds), "scores": scores}
    table = markdown(content)
    write_table(out, "interpolation", content, table)
    print(table)


def _scored(task: Task, folder: Path, train: Showers, inside: Showers, seen: Showers, floor: Floor) -> Evaluation:
    model = fit(task, train, folder)
    generated = model.sample(inside.incident_energy, seed=task.stream("sample"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SampleSizeWarning)
        return evaluate(inside, generated, floor_reference=seen, floor=floor, seed=0)


def _compared(of_fits: Mapping[str, Sequence[Evaluation]], metric: str) -> dict[str, Any]:
    """Values with errors, the floor, and the ratio of what lies above it."""
    scores = {key: SeedScores.of(evaluations, metric) for key, evaluations in of_fits.items()}
    floor = of_fits["all"][0].scores[metric].floor
    ratio = ratio_of_excess(scores["without"], scores["all"], floor)
    values = {key: [one.value, one.error()] for key, one in scores.items()}
    return {**values, "floor": floor, "ratio": [None if np.isnan(x) else x for x in ratio]}


def markdown(content: Mapping[str, Any]) -> str:
    """The table."""
    low, high = content["interval_gev"]
    lines = [
        f"# Showers of {low:g} to {high:g} GeV, learnt from and never seen",
        "",
        f"{content['dataset']}: {content['n_reference']} test showers in the interval, {content['n_seen']} training "
        f"showers in it that only one of the two trainings sees; training seeds: {content['seeds']}.",
        "",
        "| generator | metric | floor | trained on all | trained without | above the floor, without : all |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for row in content["scores"]:
        for metric, label in METRICS.items():
            one = row[metric]
            cells = ["{:.4g} ± {:.2g}".format(*one[key]) for key in ("all", "without")]
            above = one["ratio"][0] is not None
            ratio = "{:.2f} ({:.2f} to {:.2f})".format(*one["ratio"]) if above else "n/a: all is at the floor"
            lines.append(f"| {row['generator']} | {label} | {one['floor']:.4g} | {' | '.join(cells)} | {ratio} |")
    lines += ["", "Errors and brackets: 68 %, of training seeds and showers."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(run(interpolation))
