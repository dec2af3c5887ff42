"""From a list of generators to a scoreboard: fit, sample, evaluate, each (generator, dataset, seed) a resumable task.

A task fills one run directory (`qgen.comparison.runs`); one that is finished is not run again.
"""

import hashlib
import json
import logging
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from qgen import datasets
from qgen.comparison.controls import CONTROLS
from qgen.comparison.forecast import Forecast
from qgen.comparison.runs import (
    ENVIRONMENT,
    EVALUATION,
    FLOOR,
    SAMPLES,
    SCOREBOARD,
    environment,
    samples_of,
    scores_of,
    task_of,
    with_the_others,
)
from qgen.comparison.scoreboard import Truth, assemble, truth_name
from qgen.comparison.split import USUAL, Split, load_split
from qgen.comparison.summary import summarise
from qgen.comparison.task import Task, fit, named, require_same, seeds_of
from qgen.comparison.timing import sampling_time
from qgen.evaluation import Evaluation, Floor, SampleSizeWarning, evaluate, truth_floor
from qgen.evaluation.folds import pooled
from qgen.evaluation.matching import matched
from qgen.evaluation.shapes import require
from qgen.files import InputError, TrainingError, require_folder, write
from qgen.generators.base import BaseGenerator
from qgen.generators.protocol import Generator
from qgen.generators.saved import in_use
from qgen.metrics import find
from qgen.metrics.registry import Named
from qgen.plugins import resolve
from qgen.report import Scoreboard, plots, schema, tables
from qgen.report import style as styles
from qgen.report.page import page
from qgen.report.rows import select, with_metrics
from qgen.showers import Showers, concatenate

logger = logging.getLogger(__name__)

REFERENCES = ("classical/bootstrap", "classical/gaussian_copula")
IQP = "iqp:code=codebook"
"""On as few bits as the QCBM: the 64 of a hit map are trained, but cannot be sampled."""
ABLATIONS = (
    "qvae:graph=none",
    "qgan:ansatz=circuits/product",
    "qcbm:ansatz=circuits/product",
    "iqp:bit_flip,code=codebook",
)
"""The quantum families without what makes them quantum: couplings of the prior, entanglers, interference."""
STAND_IN = "sampler=samplers/qpu_standin,sampler_options={{beta_device: 3.3, draws: {}, sigma_h: 0.01, sigma_j: 0.01}}"
"""Of a quantum annealer, at a temperature that the CaloQVAE is not told."""
DEFAULT = ("qvae", "qgan", "qcbm", IQP, *ABLATIONS, *REFERENCES)
"""Generators of a comparison that names none; the controls that must fail are in every comparison."""
PATIENCE_S: Mapping[str, float] = {"quick": 1.5, "standard": 20.0, "full": 60.0}
"""How long the timing of one batch size may take."""


def on_stand_ins(generator: str, label: str) -> list[str]:
    """A CaloQVAE whose fit is sampled by the stand-in: once thermal, once with a transverse field."""
    return [f"{generator}@{STAND_IN.format(draws)} as {label}, stand-in {draws}" for draws in ("thermal", "transverse")]


def run(
    task: Task,
    folder: Path,
    train: Showers,
    test: Showers,
    floor: Floor,
    *,
    label: str | None = None,
    metrics: Sequence[Named] | None = None,
) -> None:
    """Fit, sample and evaluate one task into its folder.

    One that is finished is not fitted again; where it lacks a metric, its saved showers are scored again.

    Args:
        task: what to run.
        folder: run directory.
        train: showers to learn from.
        test: showers to score against.
        floor: what GEANT4 scores against them.
        label: what tables call the generator, instead of its name with options.
        metrics: what to score, see `qgen.evaluation.evaluate`.
    """
    model = fit(task, train, folder, fitted=folder.parents[1] / task.fitted.slug)
    if (folder / EVALUATION).exists():
        if {metric.key for metric in find(metrics)} <= set(scores_of(folder)["evaluation"].scores):
            logger.info("%s, seed %d: already done", task.generator, task.seed)
        else:
            logger.info("%s, seed %d: scoring its showers by further metrics", task.generator, task.seed)
            _score_further(task, model, folder, train, test, floor, metrics)
        return
    score(task, model, folder, train, test, floor, label=label, metrics=metrics)


def score(
    task: Task,
    model: Generator,
    folder: Path,
    train: Showers,
    test: Showers,
    floor: Floor,
    *,
    label: str | None = None,
    metrics: Sequence[Named] | None = None,
) -> None:
    """Sample a fitted generator and evaluate its showers; the folder is then that of a finished run. See `run`."""
    write(folder / ENVIRONMENT, json.dumps(environment(task.seed), indent=1))
    began = time.perf_counter()
    with in_use(f"{folder}: {task.generator}"), warnings.catch_warnings():
        # A random split leaves a few test showers just outside the energies of the training part.
        warnings.filterwarnings("ignore", message="incident_energy")
        generated = model.sample(test.incident_energy, seed=task.stream("sample"))
    sample_ms = (time.perf_counter() - began) * 1e3 / len(test)
    datasets.save(generated, folder / SAMPLES)
    content = {
        "label": label or task.generator,
        **_scored(test, generated, train, floor, metrics, task.harness_seed),
        "traits": asdict(model.traits),
        "resources": {**model.resources(), **processor_cost(generated)},
        "sample_ms_per_shower": sample_ms,
        "sampling_time": sampling_time(
            lambda energy: model.sample(energy, seed=task.stream("timing")),
            train.incident_energy,
            patience_s=PATIENCE_S[task.budget],
        ),
        **{
            kind: {
                name: _scored(test, showers, train, floor, metrics, task.harness_seed)
                for name, showers in by_name.items()
            }
            for kind, by_name in _beside(task, model, train, test).items()
        },
    }
    write(folder / EVALUATION, json.dumps(content, default=Evaluation.to_dict, allow_nan=False))


def _score_further(
    task: Task,
    model: Generator,
    folder: Path,
    train: Showers,
    test: Showers,
    floor: Floor,
    metrics: Sequence[Named] | None,
) -> None:
    """Add metrics to a finished task, from its saved showers, and to what is scored beside them."""
    content = scores_of(folder)
    parts = [(content, samples_of(folder))]
    for kind, by_name in _beside(task, model, train, test).items():
        parts += [(content[kind][name], showers) for name, showers in by_name.items()]
    for part, showers in parts:
        further = _evaluated(test, showers, train, floor, metrics, task.harness_seed)
        part["evaluation"] = part["evaluation"].beside(further)
    write(folder / EVALUATION, json.dumps(content, default=Evaluation.to_dict, allow_nan=False))


def _beside(task: Task, model: Generator, train: Showers, test: Showers) -> dict[str, Mapping[str, Showers]]:
    """What is scored beside the showers of a fit, at the energies of the test showers, in their order.

    "floors" are training showers through parts of the model: those nearest in energy to the test showers, rescaled to
    theirs. Never the test showers themselves: what the parts give back are twins of what they are given, closer to it
    than other showers of GEANT4 are, so that their score against it would be below the truth floor. "controls" are
    what the model's means give without what it has learnt. Both draw the same numbers in all generators, so that
    machines with one code have one floor and one control.
    """
    found: dict[str, Mapping[str, Showers]] = {"floors": {}, "controls": {}}
    if task.fitted != task:
        return found
    if hasattr(model, "floors"):
        found["floors"] = model.floors(matched(train, test.incident_energy), seed=task.stream("floors", common=True))
    if hasattr(model, "controls"):
        energy = test.incident_energy
        found["controls"] = model.controls(train, energy, seed=task.stream("controls", common=True))
    return found


def processor_cost(generated: Showers) -> dict[str, float]:
    """Access time of a quantum processor [us/shower], where one (or its stand-in) drew the showers: as it was, with the
    reads that told its temperature; with a programming for every shower; and with 1000 showers that share one.
    """
    sampling = generated.provenance.get("sampling", {})
    cost, calibration = sampling.get("cost"), sampling.get("temperature", {}).get("cost")
    if cost is None:
        return {}
    access_us = cost["access_us"] + (calibration["access_us"] if calibration else 0.0)
    return {
        "qpu_access_us_per_shower": access_us / len(generated),
        "qpu_access_us_alone": cost["access_us_per_shower_alone"],
        "qpu_access_us_shared": cost["access_us_per_shower_shared"],
    }


def _scored(
    test: Showers, generated: Showers, train: Showers, floor: Floor, metrics: Sequence[Named] | None, seed: int
) -> dict[str, Any]:
    evaluation = _evaluated(test, generated, train, floor, metrics, seed)
    return {"evaluation": evaluation, "distributions": summarise(generated, floor.ruler)}


def _evaluated(
    test: Showers, generated: Showers, train: Showers, floor: Floor, metrics: Sequence[Named] | None, seed: int
) -> Evaluation:
    """Scores with one seed for all, so that draws belong together; notes say where there are few showers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SampleSizeWarning)
        return evaluate(test, generated, floor_reference=train, floor=floor, metrics=metrics, seed=seed)


def compare(
    dataset: str,
    generators: Sequence[str],
    out: Path,
    *,
    budget: str = "quick",
    seeds: int | Sequence[int] | None = None,
    representation: str = "image8x8",
    style: str = "plain",
    metrics: Sequence[Named] | None = None,
    split: Split = USUAL,
    controls: bool = True,
) -> dict[str, Any]:
    """Run every (generator, seed), then write `scoreboard.json|md|tex`, `report.html` and `figures/` into `out`.

    Args:
        dataset: an embedded sample or a path.
        generators: names and options, see `qgen.generators.spec.create`; after an @ what is changed after the fit, and
            after " as " what tables call it.
        out: folder; finished tasks in it are not run again, and all of them are in the scoreboard, those that are
            not asked for this time behind those that are.
        budget: "quick" (one seed, short training), "standard" (3 seeds) or "full" (5).
        seeds: number of training seeds, or which, instead of the budget's.
        representation: what is learnt and scored.
        style: of the figures, see `qgen.report.style`.
        metrics: what to score and to rank by, see `qgen.evaluation.evaluate`; finished tasks that lack one are scored
            again from their saved showers.
        split: which showers are learnt from, and which are scored.
        controls: whether the controls that must fail stand beside them (`qgen.comparison.controls`); a scoreboard
            without them is not for publication, and says so.

    Returns:
        The scoreboard.

    Raises:
        InputError: unknown generator, dataset, representation, metric or style, or options that do not go together;
            `out` holds other tasks. Nothing has been trained then.
        TrainingError: some runs failed; the others are done, and the scoreboard is written.
    """
    styles.style(style)  # an unknown one is found out now, not after the work
    asked = find(metrics)
    training_seeds = seeds_of(budget, seeds, split)
    if not generators:
        raise InputError("compare: expected at least one generator, found none")
    names = [named(text) for text in generators]
    there = {spec for _, spec in names}
    names += [(name, name) for name in CONTROLS if controls and name not in there]
    for column in zip(*names, strict=True):
        if repeated := {name for name in column if column.count(name) > 1}:
            raise InputError(f"compare: expected different generators, found {' and '.join(sorted(repeated))} twice")
    labels = {spec: label for label, spec in names}
    tasks = {
        out / place: [
            Task(spec, dataset, representation, i, budget, split=part) for spec in labels for i in training_seeds
        ]
        for place, part in split.parts.items()
    }
    _require_truth(out, truth_name(dataset, representation, split.how))
    for home, of_home in tasks.items():
        for task in of_home:
            require_same(task, home / task.slug)
            _require_options(task.create())
    failed: dict[Path, str] = {}
    forecast = Forecast([task for home, of_home in tasks.items() for task in _open(home, of_home)])
    done = [_run_all(home, of_home, labels, metrics, failed, forecast) for home, of_home in tasks.items()]
    truth = done[0][0] if len(done) == 1 else _pooled(out, truth_name(dataset, representation, split.how), done)
    folders = {
        label: [home / task.slug for home, of_home in tasks.items() for task in of_home if task.generator == spec]
        for spec, label in labels.items()
    }
    folders = {label: runs for label, of_label in folders.items() if (runs := _whole(of_label, failed, split))}
    scored = [metric.key for metric in asked if metric.key in truth.floor.scores]
    folders = with_the_others(folders, out, scored, controls=controls)
    n_features = len(truth.floor.ruler.figure_edges)
    described = {metric.key: metric.describe(n_features) for metric in asked}
    scoreboard = assemble(folders, truth, described, controls=controls)
    write_report(scoreboard, out, style)
    if failed:
        why = "; ".join(f"{run.relative_to(out)}: {reason}" for run, reason in failed.items())
        raise TrainingError(f"{len(failed)} of {sum(map(len, tasks.values()))} runs failed, the others are done: {why}")
    return scoreboard


def _open(folder: Path, tasks: Sequence[Task]) -> list[Task]:
    """Those that are not fitted and scored yet."""
    return [task for task in tasks if not (folder / task.slug / EVALUATION).exists()]


def _whole(runs: Sequence[Path], failed: Mapping[Path, str], split: Split) -> list[Path]:
    """The runs of a generator that did not fail; of folds all or none."""
    finished_ones = [run for run in runs if run not in failed]
    return finished_ones if len(split.parts) == 1 or len(finished_ones) == len(runs) else []


def _run_all(
    folder: Path,
    tasks: Sequence[Task],
    labels: Mapping[str, str],
    metrics: Sequence[Named] | None,
    failed: dict[Path, str],
    forecast: Forecast,
) -> tuple[Truth, Showers]:
    """Run the tasks of one split; what GEANT4 is there, and the test showers. Reasons of runs that fail go to `failed`.

    Raises:
        Exception: that of the first run, where all have failed; one that others would have, too, such as a full disk.
    """
    split = tasks[0].split
    train, test = load_split(tasks[0].dataset, tasks[0].representation, split)
    require_folder(folder)
    name = truth_name(tasks[0].dataset, tasks[0].representation, split.how)
    _require_truth(folder, name)
    open_tasks = _open(folder, tasks)
    _require_samples(open_tasks, train)
    logger.info("%s: %d showers to learn from, %d to score against", split.how, len(train), len(test))
    forecast.measure(train)
    n_open = f"{len(forecast.open)} fits to run and score: {forecast}"
    logger.info("%s", n_open if open_tasks else "everything is fitted and scored")
    truth = _truth(folder, name, test, train, metrics, tasks[0].harness_seed)
    first: Exception | None = None
    for i, task in enumerate(tasks):
        left = f"; {forecast} left" if task in forecast.open else ""
        logger.info("[%d/%d] %s, seed %d%s", i + 1, len(tasks), labels[task.generator], task.seed, left)
        began, run_of = time.perf_counter(), folder / task.slug
        try:
            run(task, run_of, train, test, truth.floor, label=labels[task.generator], metrics=metrics)
            fit_s = task_of(run_of)["fit_s"] if task.fitted == task else 0.0
            forecast.done(task, fit_s, time.perf_counter() - began - fit_s)
        except OSError:
            raise
        except Exception as error:
            if not isinstance(error, InputError | TrainingError) and _is_users(task):
                error = InputError(
                    f"{task.generator}: expected a generator that works, found {type(error).__name__}: {error}"
                )
            first = first or error
            told = str(error) if isinstance(error, InputError | TrainingError) else f"{type(error).__name__}: {error}"
            failed[run_of] = " ".join(told.split())
            forecast.done(task)
            logger.warning("%s, seed %d failed: %s", labels[task.generator], task.seed, failed[run_of])
            logger.debug("where it failed", exc_info=error)
            if all(folder / one.slug in failed for one in tasks):
                raise first from None
    return truth, test


def _is_users(task: Task) -> bool:
    """Whether the generator is none of qgen's."""
    return not type(task.create()).__module__.startswith("qgen.")


def _require_truth(folder: Path, name: str) -> None:
    if (folder / FLOOR).exists() and (measured := Truth.load(folder).of) != name:
        raise InputError(
            f"{folder / FLOOR}: expected the truth floor of {name}, found {measured}; choose another folder"
        )


def _pooled(folder: Path, name: str, folds: Sequence[tuple[Truth, Showers]]) -> Truth:
    """What GEANT4 is in all folds together."""
    truths, tests = zip(*folds, strict=True)
    floor = pooled([truth.floor for truth in truths])
    n_train = round(sum(truth.n_train for truth in truths) / len(truths))
    truth = Truth(name, floor.n_reference, n_train, summarise(concatenate(tests), floor.ruler), floor, digest(*tests))
    truth.save(folder)
    return truth


def write_report(
    scoreboard: Scoreboard,
    out: Path,
    style: str = "plain",
    figures: Sequence[str] = (plots.ALL,),
    generators: Sequence[str] = (),
    metrics: Sequence[str] = (),
) -> None:
    """Write `scoreboard.json`, `.md`, `.tex`, `tables/`, `report.html` and `figures/` from a scoreboard alone.

    Args:
        scoreboard: see `qgen.report`.
        out: folder.
        style: of the figures, see `qgen.report.style`.
        figures: which, see `qgen.report.plots.of_scoreboard`.
        generators: rows of tables, page and figures, see `qgen.report.rows.select`; by default all. `scoreboard.json`
            always has all.
        metrics: those of tables, page and figures, see `qgen.report.rows.with_metrics`; by default all.

    Raises:
        InputError: unknown style, figure, row or metric; nothing is written then.
    """
    styles.style(style)
    require(scoreboard, schema.SCOREBOARD, out, "a scoreboard")
    shown = select(scoreboard, generators) if generators else scoreboard
    shown = with_metrics(shown, metrics) if metrics else shown
    drawn = plots.of_scoreboard(shown, figures, style)
    write(out / SCOREBOARD, json.dumps(scoreboard, allow_nan=False))
    write(out / "scoreboard.md", tables.markdown(shown))
    tables.save(out, tables.latex_tables(shown))
    plots.save(out / "figures", *drawn)
    write(out / "report.html", page(shown, drawn))


def _truth(folder: Path, name: str, test: Showers, train: Showers, metrics: Sequence[Named] | None, seed: int) -> Truth:
    """What GEANT4 is in a comparison, measured once for a folder; metrics that it lacks are added."""
    known = Truth.load(folder) if (folder / FLOOR).exists() else None
    if known is not None and {metric.key for metric in find(metrics)} <= {*known.floor.scores, *known.floor.missing}:
        return known
    logger.info("measuring the truth floor")
    floor = truth_floor(test, train, n_generated=len(test), seed=seed, matched=True, metrics=metrics)
    if known is None:
        truth = Truth(name, len(test), len(train), summarise(test, floor.ruler), floor, digest(test))
    else:
        truth = replace(known, floor=known.floor.beside(floor))
    truth.save(folder)
    return truth


def digest(*tests: Showers) -> str:
    """Which test showers these are."""
    return hashlib.sha256(np.concatenate([test.incident_energy for test in tests]).tobytes()).hexdigest()[:16]


def _require_samples(tasks: Sequence[Task], train: Showers) -> None:
    """Find out now, once for every generator, whether what will be fitted can be sampled."""
    for task in {task.generator: task for task in reversed(tasks)}.values():
        if isinstance(model := task.create(), BaseGenerator):
            model.require_samples(train, seed=task.stream("fit"))


def _require_options(model: Generator) -> None:
    """Find out now whether options make sense, and whether the circuits and samplers that they name are there."""
    if isinstance(model, BaseGenerator):
        model.require_options()
    for name, folder in getattr(model, "plugins", {}).items():
        resolve(getattr(model, name), folder)
