"""Fits of `qgen fit` in a report: sampled, and scored against the test showers of a comparison as that would do it.

A fit stays as it is. What is measured of it has a place of its own in the folder of the report, a run directory without
the model, and is measured once:

    scored/DATASET-REPRESENTATION-SPLIT/floor.json          of the comparison
    scored/DATASET-REPRESENTATION-SPLIT/GENERATOR/seedN     config.yaml and history.csv of the fit, samples.hdf5,
                                                            environment.json, evaluation.json
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qgen.comparison.compare import digest, score
from qgen.comparison.locks import locked
from qgen.comparison.runs import EVALUATION, FLOOR, finished, home_of, runs_of, task_of
from qgen.comparison.scoreboard import Truth, truth_name
from qgen.comparison.split import TRAIN_FRACTION, USUAL, Split, load_split
from qgen.comparison.task import Task, seeds_of, slug
from qgen.evaluation import Floor
from qgen.files import InputError, read_text, write
from qgen.generators.protocol import Generator
from qgen.generators.saved import CONFIG, load_generator
from qgen.metrics.registry import built_in
from qgen.training import CHECKPOINT, HISTORY

logger = logging.getLogger(__name__)

ENTRIES = ("generator", "dataset", "representation", "seed", "budget", "train_fraction")
"""Of the task in the `config.yaml` of a fit, beside its split."""


@dataclass(frozen=True)
class Comparison:
    """What fits can be scored by: the folder of a comparison or of a run in it, its truth, and what that is of."""

    folder: Path
    truth: Truth
    of: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """A fit, its task, the truth that it is scored by, what tables call it, and its run directory in the report."""

    fit: Path
    task: Task
    truth: Truth
    label: str
    place: Path


def with_fits_scored(folders: Sequence[Path], out: Path) -> list[Path]:
    """The folders of comparisons and runs, and in place of every fit the run directory of what is measured of it.

    A fit that was interrupted is left out with a warning.

    Args:
        folders: of comparisons, runs and fits.
        out: folder of the report.

    Raises:
        InputError: a fit is of other showers than every comparison, has learnt from the test showers, is there twice or
            would run code that is not trusted; nothing is sampled then.
    """
    whole = [folder for folder in folders if (folder / CONFIG).exists() or not (folder / CHECKPOINT).exists()]
    for folder in folders:
        if folder not in whole:
            logger.warning("left out: %s, a run that is not finished", folder)
    others = [folder for folder in whole if not (folder / CONFIG).exists() or (folder / EVALUATION).exists()]
    plans = _plans([folder for folder in whole if folder not in others], others, out)
    models = {plan.place: load_generator(plan.fit) for plan in plans if not (plan.place / EVALUATION).exists()}
    for plan in plans:
        if plan.place in models:
            _score(plan, models[plan.place])
    return [*others, *(plan.place for plan in plans)]


def _plans(fits: Sequence[Path], others: Sequence[Path], out: Path) -> list[Plan]:
    """What is to be done with every fit. A row of a comparison that was trained for longer or shorter is another."""
    comparisons = [_comparison(folder) for folder in others if fits and finished(folder)]
    seeds: dict[tuple[str, str], dict[int, str]] = {}
    for comparison in comparisons:
        for label, runs in runs_of(comparison.folder).items():
            tasks = [task_of(run) for run in runs]
            trained = seeds.setdefault((comparison.truth.of, label), {})
            trained.update({task["seed"]: task["budget"] for task in tasks})
    plans = []
    for fit in fits:
        task = _task(fit)
        truth, label = _truth(fit, task, comparisons), task.generator
        if {*seeds.get((truth.of, label), {}).values()} - {task.budget}:
            label = f"{label}, {task.budget} budget"
        trained = seeds.setdefault((truth.of, label), {})
        if task.seed in trained:
            raise InputError(f"{fit}: expected another generator or seed, found {label}, seed {task.seed} twice")
        trained[task.seed] = task.budget
        place = out / "scored" / slug(truth.of) / slug(label) / f"seed{task.seed}"
        if (place / CONFIG).exists() and read_text(place / CONFIG) != read_text(fit / CONFIG):
            raise InputError(f"{place}: expected what was measured of {fit}, found that of another; say another --out")
        plans.append(Plan(fit, task, truth, label, place))
    return plans


def _comparison(folder: Path) -> Comparison:
    run = finished(folder)[0]
    truth, task = Truth.load(home_of(run, folder)), task_of(run)
    showers = {key: task[key] for key in ("dataset", "representation")}
    how = truth.of.removeprefix(truth_name(**showers, how=None)).removeprefix(", ")
    return Comparison(folder, truth, {**showers, "split": how})


def _task(fit: Path) -> Task:
    """The task of a fit, as its `config.yaml` has it."""
    recorded = task_of(fit)
    if lacking := [name for name in (*ENTRIES, "split") if name not in recorded]:
        raise InputError(f"{fit / CONFIG}: entry 'task': expected that of qgen fit, found no {lacking[0]}")
    task = Task(**{name: recorded[name] for name in ENTRIES}, split=Split.of(recorded) or USUAL)
    seeds_of(task.budget)  # refuses an unknown one
    if task.train_fraction != TRAIN_FRACTION:
        raise InputError(
            f"{fit}: expected a fit that keeps showers for scoring, found one to the whole file {task.dataset}, which "
            "has seen the test showers"
        )
    return task


def _truth(fit: Path, task: Task, comparisons: Sequence[Comparison]) -> Truth:
    """The truth of the comparison that scores the showers that a fit keeps for that."""
    if not comparisons:
        raise InputError(f"{fit}: expected beside a fit a comparison with its runs, to score it alike, found none")
    ours = {"dataset": task.dataset, "representation": task.representation, "split": task.split.how}
    differing = [{key: text for key, text in one.of.items() if text != ours[key]} for one in comparisons]
    nearest = min(range(len(comparisons)), key=lambda i: len(differing[i]))
    if told := [f"{key}: {text}, found {ours[key]}" for key, text in differing[nearest].items()]:
        raise InputError(f"{fit}: expected a fit to the showers of {comparisons[nearest].folder}: {'; '.join(told)}")
    return comparisons[nearest].truth


def _metrics(floor: Floor) -> list[str] | None:
    """Those of qgen that a floor knows; None for all."""
    keys = [metric.key for metric in built_in()]
    known = [key for key in keys if key in {*floor.scores, *floor.missing}]
    return known if 0 < len(known) < len(keys) else None


def _score(plan: Plan, model: Generator) -> None:
    task, home = plan.task, plan.place.parents[1]
    train, test = load_split(task.dataset, task.representation, task.split)
    if plan.truth.showers not in ("", digest(test)):
        raise InputError(f"{task.dataset}: expected the showers that were scored in the comparison, found others")
    if (home / FLOOR).exists() and not Truth.load(home).same_as(plan.truth):
        raise InputError(f"{home / FLOOR}: expected the floor of the comparison, found another; choose another --out")
    logger.info("%s, seed %d: scoring the fit in %s", plan.label, task.seed, plan.fit)
    with locked(plan.place):
        plan.truth.save(home)
        for name in (HISTORY, CONFIG):
            if (plan.fit / name).exists():
                write(plan.place / name, read_text(plan.fit / name))
        metrics = _metrics(plan.truth.floor)
        score(task, model, plan.place, train, test, plan.truth.floor, label=plan.label, metrics=metrics)
