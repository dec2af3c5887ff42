"""Scores against one setting: a comparison of the same generator at several of its values, and a figure.

python studies/scan.py qgan:style n_latent --values 2 8 32
"""

from pathlib import Path
from typing import Literal

from qgen.cli import run, with_split
from qgen.comparison.scan import scan as compared
from qgen.comparison.split import USUAL, Split
from qgen.files import InputError


@with_split
def scan(
    generator: str,
    option: str,
    values: list[float] | None = None,
    dataset: str = "clic/e-",
    representation: str = "image8x8",
    budget: Literal["quick", "standard", "full"] = "standard",
    seeds: int | None = None,
    out: Path = Path("runs/scan"),
    split: Split = USUAL,
) -> None:
    """Train a generator with several values of one of its options; write scoreboard and figure.

    Args:
        generator: name with options, as in `qgen fit --help`.
        option: a number among its options.
        values: that it takes, one or more.
        dataset: an embedded sample or an HDF5 file.
        representation: what is learnt and scored.
        budget: quick is one seed and short training, standard 3 seeds, full 5.
        seeds: number of training seeds, instead of the budget's.
        out: folder for runs, scoreboard and figure; an interrupted study continues there.
    """
    if " as " in generator:
        raise InputError(f"scan: expected a generator without 'as NAME', found {generator!r}")
    if not values:
        raise InputError("scan: expected --values, one or more numbers, found none")
    join = "," if ":" in generator else ":"
    points = [(value, f"{generator}{join}{option}={int(value) if value == int(value) else value}") for value in values]
    compared(
        out,
        dataset,
        {generator: points},
        option,
        representation=representation,
        budget=budget,
        seeds=seeds,
        split=split,
    )


if __name__ == "__main__":
    raise SystemExit(run(scan))
