"""Are the mean image, the correlations and the response of a comparison's showers those of GEANT4?

Reads a finished folder of `qgen compare` and gives, for every generator and for the training showers, over all training
seeds: the relative entropy of the mean image, the mean absolute difference of the pixels' Pearson correlations, and
the shifts of mean response and resolution in the worst bin of incident energy.

    python studies/shapes.py runs/qgan/image8x8
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qgen import metrics
from qgen.cli import run
from qgen.comparison.runs import runs_of, samples_of, split_of
from qgen.comparison.shifts import SHIFTS, energy_shifts, worst
from qgen.files import write_table
from qgen.showers import Showers

MEASURES: Mapping[str, str] = {
    "relative_entropy": "relative entropy of the mean image",
    "correlation_error": "correlations, mean absolute difference",
}


def shapes(folder: Path) -> None:
    """Write shapes.md and shapes.json into a folder of qgen compare.

    Args:
        folder: of a finished comparison, with a run directory of every generator and training seed.
    """
    rows = measure(folder)
    write_table(folder, "shapes", rows, markdown(rows))
    print(markdown(rows))


def measure(folder: Path) -> list[dict[str, Any]]:
    """One row for every generator: means and standard deviations over the seeds, and the shifts in energy bins."""
    train, test = split_of(folder)
    samples = {name: [samples_of(run) for run in runs] for name, runs in runs_of(folder).items()}
    return [_row(name, test, showers) for name, showers in {"GEANT4, training showers": [train], **samples}.items()]


def _row(name: str, test: Showers, samples: Sequence[Showers]) -> dict[str, Any]:
    def over_seeds(measured: Callable[[Showers], float]) -> tuple[float, float]:
        values = [measured(one) for one in samples]
        return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else 0.0

    return {
        "generator": name,
        "seeds": len(samples),
        "relative_entropy": over_seeds(lambda one: metrics.relative_entropy(test.voxels, one.voxels)),
        "correlation_error": over_seeds(lambda one: correlation_error(test, one)),
        "bins": energy_shifts(test, samples),
    }


def correlation_error(reference: Showers, generated: Showers) -> float:
    """Mean of |C_ij - C~_ij| over pairs of different pixels that vary in the reference; 0 for one that does not."""
    ours, theirs = (metrics.correlation_matrix(showers.voxels) for showers in (reference, generated))
    pairs = np.triu(np.isfinite(ours), 1)
    return float(np.abs(ours - np.nan_to_num(theirs))[pairs].mean())


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """The table; shifts in the energy bin that is off most."""
    heads = [*MEASURES.values(), *(f"{what}, worst bin [%]" for what in SHIFTS.values())]
    lines = [f"| generator | seeds | {' | '.join(heads)} |", "|---" * (len(heads) + 2) + "|"]
    for row in rows:
        cells = ["{:.4g} ± {:.2g}".format(*row[key]) for key in MEASURES]
        cells += worst(row["bins"])
        lines.append(f"| {row['generator']} | {row['seeds']} | {' | '.join(cells)} |")
    lines += ["", "±: standard deviation over training seeds; of shifts, the standard error of all showers together."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(run(shapes))
