"""Scores against one setting: a comparison of the same generator at several of its values, and a figure.

`circuits.py` and `qcbm.py` vary depth and qubits with it. On its own it varies any option:

    python studies/scan.py qgan:style n_latent --values 2 8 32
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from qgen.cli import compare, run
from qgen.files import InputError
from qgen.report import figures, read
from qgen.report.plots import save

Points = Sequence[tuple[float, str]]
"""Values of the setting, each with the generator that has it."""


def scan(
    generator: str,
    option: str,
    values: list[float],
    dataset: str = "clic/e-",
    representation: str = "image8x8",
    budget: Literal["quick", "standard", "full"] = "standard",
    seeds: int | None = None,
    out: Path = Path("runs/scan"),
) -> None:
    """Train a generator with several values of one of its options; write scoreboard and figure.

    Args:
        generator: name with options, as in `qgen fit --help`.
        option: a number among its options.
        values: that it takes.
        dataset: an embedded sample or an HDF5 file.
        representation: what is learnt and scored.
        budget: quick is one seed and short training, standard 3 seeds, full 5.
        seeds: number of training seeds, instead of the budget's.
        out: folder for runs, scoreboard and figure; an interrupted study continues there.
    """
    if " as " in generator:
        raise InputError(f"scan: expected a generator without 'as NAME', found {generator!r}")
    join = "," if ":" in generator else ":"
    points = [(value, f"{generator}{join}{option}={int(value) if value == int(value) else value}") for value in values]
    scanned(out, dataset, {generator: points}, option, representation, budget, seeds)


def scanned(
    folder: Path,
    dataset: str,
    lines: Mapping[str, Points],
    label: str,
    representation: str,
    budget: Literal["quick", "standard", "full"],
    seeds: int | None,
) -> None:
    """Compare the points of all lines in a folder, and draw them: NAME.pdf and .png beside the folder NAME."""
    names = {line: [(f"{line}, {value:g}", value) for value, _ in points] for line, points in lines.items()}
    specs = [f"{spec} as {line}, {value:g}" for line, points in lines.items() for value, spec in points]
    compare(folder, dataset, specs, representation, budget, seeds)
    figure = figures.scan(read(folder / "scoreboard.json"), names, label)
    save({folder.name: figure}, folder.parent)


if __name__ == "__main__":
    raise SystemExit(run(scan))
