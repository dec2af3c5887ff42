"""From finished run directories to a scoreboard: plain data that tables, figures and the page are made from."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from qgen.comparison import schema
from qgen.comparison.controls import unfailed
from qgen.comparison.runs import (
    FLOOR,
    SCOREBOARD,
    environment_of,
    finished,
    home_of,
    runs_of,
    samples_of,
    scores_of,
    task_of,
)
from qgen.comparison.split import Split
from qgen.comparison.summary import summarise
from qgen.evaluation import Evaluation, Floor, FloorScore, Score
from qgen.evaluation.folds import FoldScores
from qgen.evaluation.pairs import LEAST_TRAININGS, SeedScores, paired_differences, ranks
from qgen.evaluation.shapes import problem_of
from qgen.files import COMPLAINTS, InputError, read_json, write
from qgen.metrics import Description
from qgen.report import Scoreboard, read
from qgen.report.rows import contender, finite
from qgen.showers import concatenate
from qgen.training import HISTORY, read_history

ALIKE = 0.2
"""Floors of the same showers differ by less than this, in their standard deviations: CPUs part ties otherwise."""
COUNTS = ("epoch", "scaled_gradients", "effective_chains")
"""Columns of a history that are no objectives."""


@dataclass(frozen=True)
class Truth:
    """What GEANT4 is in a comparison; measured once for a folder, and all that a scoreboard needs of the showers.

    Attributes:
        of: dataset, representation and split (`truth_name`).
        n_reference: number of GEANT4 test showers.
        n_train: number of training showers, of a fit.
        reference: distributions of the test showers (`summarise`).
        floor: the truth floor.
        showers: digest of the incident energies of the test showers; empty where an older version wrote it.
    """

    of: str
    n_reference: int
    n_train: int
    reference: Mapping[str, Any]
    floor: Floor
    showers: str = ""

    def same_as(self, other: Self) -> bool:
        """Whether another one is of the same showers, scored alike; the last digits differ from machine to machine."""
        alike = (self.of, self.n_reference, self.n_train) == (other.of, other.n_reference, other.n_train)
        if self.showers and other.showers and self.showers != other.showers:
            return False
        both = self.floor.scores.keys() & other.floor.scores.keys()
        pairs = [(self.floor.scores[name], other.floor.scores[name]) for name in both]
        return alike and all(abs(a.value - b.value) <= ALIKE * max(a.sd, b.sd) for a, b in pairs)

    def save(self, folder: Path) -> None:
        """Write `floor.json` into the folder of a comparison."""
        write(folder / FLOOR, json.dumps({**vars(self), "floor": self.floor.to_dict()}, allow_nan=False))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            InputError: the file is missing, or of another version.
        """
        path = folder / FLOOR
        try:
            content = read_json(path, "a truth floor of this version of qgen")
            if problem := problem_of(content, schema.TRUTH):
                raise InputError(problem)
            return cls(**{**content, "floor": Floor.from_dict(content["floor"])})
        except COMPLAINTS as error:
            raise InputError(f"{path}: expected a truth floor of this version of qgen, found: {error}") from error


def truth_name(dataset: str, representation: str, how: str | None) -> str:
    """What a truth floor is of; how: the split in words, which scoreboards of before there were flags do not have."""
    return ", ".join(filter(None, [f"{dataset} {representation}", how]))


def gather(folders: Sequence[Path]) -> Scoreboard:
    """One scoreboard of several folders.

    One folder with a `scoreboard.json` gives that, and needs nothing else. Otherwise each is a run directory or a whole
    comparison, and all must have been scored against the same showers.

    Raises:
        InputError: a folder is neither, a generator and seed are there twice, or the truth floors differ.
    """
    for folder in folders:
        if not folder.is_dir():
            found = "a file" if folder.exists() else "nothing"
            raise InputError(f"{folder}: expected the folder of a comparison or of a run of it, found {found}")
    if len(folders) == 1 and ((folders[0] / SCOREBOARD).exists() or not finished(folders[0])):
        return read(folders[0] / SCOREBOARD)
    runs = runs_of(*folders)
    homes = dict.fromkeys(home_of(run, folder) for folder in folders for run in finished(folder))
    truths = {home: Truth.load(home) for home in homes}
    first, *others = truths
    for home in others:
        if not truths[home].same_as(truths[first]):
            raise InputError(
                f"{home / FLOOR}: expected the truth of {first / FLOOR} ({truths[first].of}), "
                f"found that of {truths[home].of}, other showers or another floor"
            )
    return assemble(runs, truths[first])


def assemble(
    folders: Mapping[str, Sequence[Path]],
    truth: Truth,
    metrics: Mapping[str, Description] | None = None,
    *,
    controls: bool = True,
) -> dict[str, Any]:
    """The scoreboard of finished run directories, plain data (see `qgen.report`).

    Args:
        folders: by generator, the run directory of every training seed, or of every fold.
        truth: what all were scored against; of folds, that of all together.
        metrics: the metrics to show; by default all that have been scored.
        controls: whether to show what generators were controlled by; without, `unfailed` is None.

    Raises:
        InputError: a file that is missing or was written by another version, or a fold that is.
    """
    kind = _kind(folders)
    contents = {name: [scores_of(run) for run in runs] for name, runs in folders.items()}
    evaluations = [content["evaluation"] for of_name in contents.values() for content in of_name]
    scored = {key: x for evaluation in reversed(evaluations) for key, x in evaluation.metrics.items()}
    wanted = metrics or {name: scored[name] for name in truth.floor.scores if name in scored}
    shown = {name: description for name, description in wanted.items() if name in truth.floor.scores}
    floor = replace(truth.floor, scores={key: truth.floor.scores[key] for key in shown})
    rows: list[dict[str, Any]] = []
    seeds: dict[str, dict[str, SeedScores]] = {}
    for name, runs in folders.items():
        for row, of_seeds in _rows(name, runs, contents[name], floor, kind):
            if "control_of" in row and not controls:
                continue
            roles = {"floor_of", "control_of"} & row.keys()
            same_code = [(x, role) for x in rows for role in roles & x.keys() if x["metrics"] == row["metrics"]]
            for other, role in same_code:
                other[role] += row[role]
            if not same_code:
                rows.append(row)
                seeds[row["generator"]] = of_seeds
    task = task_of(next(iter(folders.values()))[0])
    return {
        "dataset": task["dataset"],
        "representation": task["representation"],
        "n_reference": truth.n_reference,
        "n_train": truth.n_train,
        "reference": truth.reference,
        "metrics": {name: asdict(description) for name, description in shown.items()},
        "floor": {name: {"value": truth.floor.scores[name].value, "sd": truth.floor.scores[name].sd} for name in shown},
        "floor_how": truth.floor.how,
        "notes": {name: text for name, x in shown.items() if (text := x.note(truth.n_reference))},
        "rows": rows,
        "paired": _paired(rows, seeds, shown),
        "unfailed": unfailed(rows, seeds, shown) if controls else None,
        "provenance": _provenance([run for runs in folders.values() for run in runs]),
    }


def _kind(folders: Mapping[str, Sequence[Path]]) -> type[SeedScores]:
    """What the run directories of a generator are: folds, of which none may be missing, or training seeds."""
    splits = {name: [Split.of(task_of(run)) for run in runs] for name, runs in folders.items()}
    if len({split for of_name in splits.values() for split in of_name}) == 1:
        return SeedScores
    for name, of_name in splits.items():
        folds = [split.fold if split else None for split in of_name]
        n = of_name[0].folds if of_name[0] else None
        if n is None or folds != list(range(n)):
            raise InputError(
                f"{name}: expected runs of one split, or of every fold of one, found those of folds {folds}"
            )
    return FoldScores


def _rows(
    name: str,
    folders: Sequence[Path],
    contents: Sequence[Mapping[str, Any]],
    floor: Floor,
    kind: type[SeedScores],
) -> list[tuple[dict[str, Any], dict[str, SeedScores]]]:
    """A generator's row with its scores by seed, those of its floors (quantisation, reconstruction) and its controls.

    A control has no costs: what it leaves out of the generator is what costs.
    """
    tasks = [task_of(folder) for folder in folders]
    traits = contents[0]["traits"]
    shared = {
        "seeds": list(range(len(tasks))) if kind is FoldScores else [task["seed"] for task in tasks],
        "resources": contents[0]["resources"],
        "time": {
            "fit_s": float(np.mean([task["fit_s"] for task in tasks])),
            "fit_interrupted": any(task["resumed"] for task in tasks),
            "sample_ms_per_shower": float(np.mean([content["sample_ms_per_shower"] for content in contents])),
            "batches": contents[0]["sampling_time"],
        },
        "history": _history(folders),
    }
    declared = {"generator": name, "family": traits["family"], "event_level": traits["event_level"]}
    scored, seeds = _scored(contents, floor, kind)
    rows = [({**declared, **({"control": True} if traits.get("control") else {}), **scored, **shared}, seeds)]
    if kind is FoldScores:
        rows[0][0]["distributions"] = summarise(concatenate([samples_of(run) for run in folders]), floor.ruler)
    for role in ("floors", "controls"):
        for label in contents[0][role]:
            beside, seeds = _scored([content[role][label] for content in contents], floor, kind)
            named = {"generator": f"{name} ({label})", "family": "reference", "event_level": True}
            own = {"control": True, "control_of": [name], "resources": {}, "time": {}}
            own = own if role == "controls" else {"floor_of": [name]}
            rows.append(({**named, **beside, **shared, "history": None, **own}, seeds))
    return rows


def _scored(
    contents: Sequence[Mapping[str, Any]], floor: Floor, kind: type[SeedScores]
) -> tuple[dict[str, Any], dict[str, SeedScores]]:
    """Metrics over training seeds or folds, with errors of trainings and showers, and what they come from."""
    evaluations: list[Evaluation] = [content["evaluation"] for content in contents]
    metrics, seeds = {}, {}
    for name, entry in floor.scores.items():
        if any(name not in e.scores for e in evaluations):
            continue
        scores = [e.scores[name] for e in evaluations]
        over_seeds = seeds[name] = kind.of(evaluations, name)
        better = evaluations[0].metrics[name].better
        combined = Score.of(over_seeds.value, over_seeds.error(), entry, _note_of(scores), better=better)
        metrics[name] = {**combined.to_dict(), "per_seed": [score.to_dict()["value"] for score in scores]}
    bins = {
        name: [
            _over_bins(column, of_bin, kind)
            for of_bin, *column in zip(
                floor.in_energy_bins[name], *(e.in_energy_bins[name] for e in evaluations), strict=True
            )
        ]
        for name in evaluations[0].in_energy_bins
        if name in floor.scores and name in floor.in_energy_bins
    }
    in_bins = {name: {key: [s[key] for s in scores] for key in scores[0]} for name, scores in bins.items() if scores}
    return {"metrics": metrics, "in_energy_bins": in_bins, "distributions": contents[0]["distributions"]}, seeds


def _note_of(scores: Sequence[Score]) -> str:
    return next((score.note for score in scores if score.note), "")


def _over_bins(scores: Sequence[Score], floor: FloorScore, kind: type[SeedScores]) -> dict[str, Any]:
    """One energy bin over training seeds or folds."""
    valued = [s for s in scores if np.isfinite(s.value)]
    values, errors = (np.array([getattr(s, key) for s in valued]) for key in ("value", "error"))
    seeds = kind(values, errors, np.zeros((len(valued), 0)))
    return Score.of(seeds.value, seeds.error(), floor, _note_of(scores)).to_dict()


def _paired(
    rows: Sequence[dict[str, Any]],
    seeds: Mapping[str, Mapping[str, SeedScores]],
    described: Mapping[str, Description],
) -> list[dict[str, Any]]:
    """Differences of all pairs for the primary metrics; puts each row's rank into its scores.

    Of generators that compete, with enough trainings alone: one or two say nothing of what another training would
    change.
    """
    differences: list[dict[str, Any]] = []
    for metric in (name for name, description in described.items() if description.primary):
        scores = {
            row["generator"]: of_row
            for row in rows
            if contender(row)
            and (of_row := seeds[row["generator"]].get(metric))
            and len(of_row.values) >= LEAST_TRAININGS
        }
        pairs = paired_differences(scores)
        differences += [{**pair, "metric": metric} for pair in pairs]
        place = ranks(scores, pairs, described[metric].better)
        for row in rows:
            if row["generator"] in place:
                row["metrics"][metric]["rank"] = place[row["generator"]]
    return differences


def _history(folders: Sequence[Path]) -> dict[str, Any] | None:
    """Training curves over the seeds: mean, lowest and highest, as far as the shortest run goes; None without any."""
    paths = [folder / HISTORY for folder in folders]
    if not all(path.exists() for path in paths):
        return None
    tables = [read_history(path) for path in paths]
    n = min(len(table.get("epoch", ())) for table in tables)
    if n == 0:
        return None
    curves = {}
    for name in tables[0]:
        if name not in COUNTS:
            values = np.stack([table[name][:n] for table in tables])
            reduced = {"mean": values.mean(axis=0), "low": values.min(axis=0), "high": values.max(axis=0)}
            curves[name] = {key: list(map(finite, v)) for key, v in reduced.items()}
    return {"epoch": tables[0]["epoch"][:n].tolist(), "curves": curves}


def _provenance(runs: Sequence[Path]) -> dict[str, Any]:
    """Environment and split of the first run, and every commit, version and budget that occurs among all of them."""
    environments = [environment_of(run) for run in runs]
    tasks = [task_of(run) for run in runs]
    return {
        **environments[0],
        "seed": None,
        "budget": ", ".join(sorted({task["budget"] for task in tasks})),
        **_split_of(tasks),
        "commits": sorted({entry["commit"] for entry in environments if entry["commit"]}),
        "qgen_versions": sorted({entry["versions"]["qgen"] for entry in environments}),
    }


def _split_of(tasks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Which showers were scored, in words and as the flags have it; nothing of runs from before there were flags."""
    split = Split.of(tasks[0])
    if split is None:
        return {}
    if any(Split.of(task) != split for task in tasks):
        split = replace(split, fold=None)  # all folds together
    flags = {"split_seed": split.seed, "folds": split.folds, "fold": split.fold, "test": split.test}
    return {"split": split.how, **flags, "sealed": split.sealed}
