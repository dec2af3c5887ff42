"""Run directories: what lies in one, and those of a folder.

A comparison has a run directory GENERATOR/seedN of every task, `floor.json` (what GEANT4 is in it) and what is made of
them: `scoreboard.json|md|tex`, `tables/`, `report.html`, `figures/`. One over folds has foldI/GENERATOR/seed0, a
`floor.json` in every foldI, and all else of the folds together. A run directory has

    config.yaml         generator, options, task and time of the fit; comes last of the fit, which it says is whole
    model.safetensors   what was learnt, and sources of the user's own plug-ins beside it
    history.csv         one row for every epoch, of what is trained in epochs
    checkpoint.pt       only before the end of the fit, which continues from it
    samples.hdf5        showers at the energies of the test showers
    environment.json    versions, machine and commit
    evaluation.json     scores, distributions, resources and times; comes last, a run that has it is finished

Every file is renamed into place, so a task that was interrupted continues where it stood.
"""

import logging
import platform
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from qgen import __version__, datasets
from qgen.comparison import schema
from qgen.comparison.split import Split, load_split
from qgen.evaluation import Evaluation
from qgen.evaluation.shapes import problem_of, require
from qgen.files import COMPLAINTS, InputError, read_json
from qgen.generators.saved import CONFIG, read_config
from qgen.showers import Showers
from qgen.training import CHECKPOINT

logger = logging.getLogger(__name__)

SAMPLES = "samples.hdf5"
ENVIRONMENT = "environment.json"
EVALUATION = "evaluation.json"
FLOOR = "floor.json"
SCOREBOARD = "scoreboard.json"
LIBRARIES = ("numpy", "scipy", "torch", "scikit-learn", "pennylane", "qiskit", "qiskit-aer", "dwave-ocean-sdk")
"""Their versions are told beside that of qgen."""


def finished(folder: Path) -> list[Path]:
    """The finished run directories in a folder, or the one that it is."""
    if (folder / EVALUATION).exists() and (folder / CONFIG).exists():
        return [folder.resolve()]
    return sorted(path.parent for of in ("", "fold*/") for path in folder.resolve().glob(f"{of}*/*/{EVALUATION}"))


def home_of(run: Path, folder: Path) -> Path:
    """The folder whose `floor.json` a finished run of a folder belongs to: that of its fold only if it is alone."""
    own = run.parents[1]
    return own.parent if own.parent == folder.resolve() else own


def runs_of(*folders: Path) -> dict[str, list[Path]]:
    """Finished run directories by what tables call their generator, in the order of the folds and seeds.

    Controls that must fail are in every comparison: of one seed the first counts. Of several folders, runs that are not
    finished are left out with a warning.

    Args:
        folders: of comparisons, or run directories.

    Raises:
        InputError: there are none in a folder, or in all, or two of one generator and seed.
    """
    runs: dict[str, dict[tuple[int, int], Path]] = {}
    for folder in folders:
        if not (of_folder := finished(folder)):
            if len(folders) > 1 and any((folder / name).exists() for name in (CONFIG, CHECKPOINT)):
                logger.warning("left out: %s, a run that is not finished", folder)
                continue
            raise InputError(
                f"{folder}: expected a run directory or a folder of qgen compare, found no {EVALUATION} "
                f"(a {SCOREBOARD} alone cannot be joined with others)"
            )
        for run in of_folder:
            scores, task = scores_of(run), task_of(run)
            seeds = runs.setdefault(scores["label"], {})
            key = ((task.get("split") or {}).get("fold") or 0, task["seed"])
            if (other := seeds.setdefault(key, run)) != run and not scores["traits"].get("control"):
                raise InputError(f"{run}: expected another generator, fold or seed than in {other}, found the same")
    if not runs:
        raise InputError(f"expected finished runs, found none in {', '.join(map(str, folders))}")
    return {label: [seeds[seed] for seed in sorted(seeds)] for label, seeds in runs.items()}


def with_the_others(
    asked: Mapping[str, Sequence[Path]], folder: Path, metrics: Sequence[str] = (), *, controls: bool = True
) -> dict[str, list[Path]]:
    """What was asked for, and behind it all else that is finished in the folder of a comparison.

    A run of before without the metrics, or one that cannot be read, is left out with a warning, and so is a generator
    that lacks one of the folds.

    Args:
        asked: run directories by what tables call their generator; further seeds of the same join them.
        folder: of the comparison.
        metrics: keys that the others must have been scored by.
        controls: whether those that must fail are among the others.
    """
    runs = {label: list(of_label) for label, of_label in asked.items()}
    known = {run.resolve() for of_label in asked.values() for run in of_label}
    homes = {run.parents[1] for run in known}
    labels = {run.resolve().parent.name: label for label, of_label in asked.items() for run in of_label}
    others: dict[str, list[Path]] = {}
    for run in (run for run in finished(folder) if run not in known and run.parents[1] in homes):
        try:
            scores = scores_of(run)
            if lacking := [metric for metric in metrics if metric not in scores["evaluation"].scores]:
                raise InputError(f"{run}: not scored by {', '.join(lacking)}")
        except InputError as error:
            logger.warning("left out of the scoreboard: %s", error)
            continue
        if controls or not scores["traits"].get("control"):
            name, own = run.parent.name, scores["label"]
            labels.setdefault(name, name if own in labels.values() else own)
            others.setdefault(labels[name], []).append(run)
    for label, of_label in others.items():
        if len(homes) > 1 and {run.parents[1] for run in of_label} != homes:
            logger.warning("left out of the scoreboard: %s, which lacks some of the folds", label)
        else:
            runs[label] = sorted([*runs.get(label, []), *of_label], key=lambda run: (run.parents[1], seed_of(run)))
    return runs


def task_of(run: Path) -> dict[str, Any]:
    """The task of a run directory, as `config.yaml` has it.

    Raises:
        InputError: it has none, or a damaged one.
    """
    task: dict[str, Any] = read_config(run).get("task", {})
    require(task, schema.TASK, run / CONFIG, "the entry 'task' of qgen fit")
    return task


def environment_of(run: Path) -> dict[str, Any]:
    """Versions and machine of a run directory, as `environment.json` has them.

    Raises:
        InputError: it has none, or damaged ones.
    """
    path, what = run / ENVIRONMENT, "versions and machine of a run"
    content: dict[str, Any] = read_json(path, what)
    require(content, schema.ENVIRONMENT, path, what)
    return content


def seed_of(run: Path) -> int:
    """The training seed of a run directory."""
    return int(task_of(run)["seed"])


def runs_of_generator(folder: Path, generator: str, labels: Sequence[str] | None = None) -> dict[str, list[Path]]:
    """Finished runs of one generator in a comparison, by what tables call it with its options.

    Args:
        folder: of the comparison.
        generator: its name, as in `config.yaml`: "qcbm".
        labels: what tables call those to take; by default all.

    Raises:
        InputError: there are none, or a label that they have not.
    """
    runs = {
        label: of_label
        for label, of_label in runs_of(folder).items()
        if read_config(of_label[0])["generator"] == generator
    }
    if not runs:
        raise InputError(f"{folder}: expected a comparison with {generator} in it, found none")
    for label in labels or ():
        if label not in runs:
            raise InputError(f"{folder}: expected one of {', '.join(runs)}, found {label!r}")
    return {label: runs[label] for label in labels or runs}


def split_of(folder: Path) -> tuple[Showers, Showers]:
    """Training and test showers of the finished runs in a folder.

    Raises:
        InputError: there are none, or they are those of several folds.
    """
    tasks = [task_of(run) for runs in runs_of(folder).values() for run in runs]
    task = tasks[0]
    if any(Split.of(other) != Split.of(task) for other in tasks):
        raise InputError(f"{folder}: expected runs of one split, found several folds; give one of them: {folder}/fold0")
    return load_split(task["dataset"], task["representation"], Split.of(task))


def samples_of(run: Path) -> Showers:
    """The showers that a run was scored by."""
    return datasets.load(run / SAMPLES)


def scores_of(run: Path) -> dict[str, Any]:
    """The content of `evaluation.json`, with an `Evaluation` of the generator and of each of its floors and controls.

    Raises:
        InputError: it is missing, or of another version.
    """
    path = run / EVALUATION
    try:
        content = dict(read_json(path, "an evaluation of this version of qgen"))
        if problem := problem_of(content, schema.RUN):
            raise InputError(problem)
        for part in (content, *content["floors"].values(), *content["controls"].values()):
            part["evaluation"] = Evaluation.from_dict(part["evaluation"])
        return content
    except COMPLAINTS as error:
        raise InputError(
            f"{path}: expected an evaluation of this version of qgen, found: {error}; remove the file to score again"
        ) from error


def environment(seed: int | None) -> dict[str, Any]:
    """Versions, machine and commit that a run is made with; the content of `environment.json`."""
    git = shutil.which("git")
    command = [git, "-C", str(Path(__file__).parent), "rev-parse", "HEAD"] if git else None
    commit = subprocess.run(command, capture_output=True, text=True, check=False).stdout if command else ""
    return {
        "seed": seed,
        "versions": {"qgen": __version__, **{name: version(name) for name in LIBRARIES}},
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "device": "cpu",
        "hardware": "simulated",
        "commit": commit.strip() or None,
    }
