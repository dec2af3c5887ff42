"""One scoreboard from folders: run directories, folders of a comparison, or a `scoreboard.json` alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qgen.comparison.scoreboard import Truth, assemble, label_of
from qgen.files import InputError
from qgen.generators.saved import read_config
from qgen.report import Scoreboard, read


def gather(paths: Sequence[Path]) -> Scoreboard:
    """The scoreboard of folders.

    One folder with a `scoreboard.json` gives that, and needs nothing else. Otherwise every path is a run directory of a
    comparison (GENERATOR/seedN) or a whole comparison, and all must have been scored against the same showers.

    Raises:
        InputError: a path is neither, a generator and seed are there twice, or the truth floors differ.
    """
    if len(paths) == 1 and ((paths[0] / "scoreboard.json").exists() or not _any_run(paths[0])):
        return read(paths[0] / "scoreboard.json")
    runs = [run for path in paths for run in _runs(path)]
    truths = {path: Truth.load(path) for path in dict.fromkeys(run.parents[1] / "floor.json" for run in runs)}
    first, *others = truths
    for path in others:
        if truths[path] != truths[first]:
            found = f"that of {truths[path].of} with another floor"
            raise InputError(f"{path}: expected the truth of {first} ({truths[first].of}), found {found}")
    folders: dict[str, dict[int, Path]] = {}
    for run in runs:
        task, label = read_config(run)["task"], label_of(run)
        if (other := folders.setdefault(label, {}).setdefault(task["seed"], run)) != run:
            raise InputError(f"{run}: expected another generator or seed than in {other}, found the same")
    seeds = {name: [found[seed] for seed in sorted(found)] for name, found in folders.items()}
    return assemble(seeds, truths[first])


def _is_run(path: Path) -> bool:
    return (path / "evaluation.json").exists() and (path / "config.yaml").exists()


def _any_run(path: Path) -> list[Path]:
    """The finished runs of a folder, or the run that it is."""
    return [path.resolve()] if _is_run(path) else sorted(p.parent for p in path.resolve().glob("*/*/evaluation.json"))


def _runs(path: Path) -> list[Path]:
    if not (found := _any_run(path)):
        raise InputError(
            f"{path}: expected a run directory or a folder of qgen compare, found no evaluation.json "
            "(a scoreboard.json alone cannot be joined with others)"
        )
    return found
