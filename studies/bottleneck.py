"""Prior or autoencoder: which of them limits a CaloQVAE, and is the energy response right?

Reads a finished folder of `qgen compare`. For every generator that has a reconstruction it gives

    (FPD of sampled showers - floor) / (FPD of reconstructed showers - floor),

1 for a prior that adds nothing to the error of the autoencoder; and, for every generator and for the GEANT4 showers
that it learnt from, by how much the mean response and the resolution are off in bins of the incident energy, showers of
all training seeds taken together. The resolution is taken as the standard deviation over the mean, and as half the
central 68 % over the median: of CaloGAN's e+ and gamma, whose energy in the absorber counts, a few showers that leak
make up the standard deviation, which then differs by a factor between two samples of GEANT4.

    python studies/bottleneck.py runs/caloqvae/e+
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from qgen.cli import run
from qgen.comparison.runs import runs_of, samples_of, scores_of, split_of
from qgen.comparison.shifts import N_BINS, SHIFTS, energy_shifts, worst
from qgen.evaluation.pairs import SeedScores, ratio_of_excess
from qgen.files import write_table


def bottleneck(folder: Path) -> None:
    """Write bottleneck.md and bottleneck.json into a folder of qgen compare.

    Args:
        folder: of a finished comparison, with a run directory of every generator and training seed.
    """
    rows = measure(folder)
    write_table(folder, "bottleneck", rows, markdown(rows))
    print(markdown(rows))


def measure(folder: Path) -> list[dict[str, Any]]:
    """One row for every generator: the ratio with its 68 % interval, and shifts with errors in every energy bin."""
    train, test = split_of(folder)
    rows = [
        {"generator": "GEANT4, training showers", "seeds": None, "ratio": None, "bins": energy_shifts(test, [train])}
    ]
    for name, runs in runs_of(folder).items():
        ratio = _ratio([scores_of(one) for one in runs])
        shifts = energy_shifts(test, [samples_of(one) for one in runs])
        rows.append({"generator": name, "seeds": len(runs), "ratio": ratio, "bins": shifts})
    return rows


def _ratio(contents: Sequence[Mapping[str, Any]]) -> tuple[float, float, float] | None:
    """Ratio with bounds, or None where nothing was reconstructed."""
    if any("reconstruction" not in content["floors"] for content in contents):
        return None
    both = contents, [content["floors"]["reconstruction"] for content in contents]
    evaluations = [[content["evaluation"] for content in side] for side in both]
    sampled, reconstructed = (SeedScores.of(side, "fpd") for side in evaluations)
    return ratio_of_excess(sampled, reconstructed, evaluations[0][0].scores["fpd"].floor)


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """The table: the ratio, and the energy bin that is off most."""
    heads = " | ".join(f"{what}, worst bin [%]" for what in SHIFTS.values())
    lines = [f"| generator | seeds | FPD over floor, sampled : reconstructed | {heads} |", "|---|---|---|---|---|---|"]
    for row in rows:
        ratio = "-" if row["ratio"] is None else "{:.2f} ({:.2f} to {:.2f})".format(*row["ratio"])
        lines.append(f"| {row['generator']} | {row['seeds'] or '-'} | {ratio} | {' | '.join(worst(row['bins']))} |")
    lines += [
        "",
        "In brackets: central 68 % of a bootstrap over training seeds and showers. Shifts: relative to GEANT4, in the "
        f"worst of {N_BINS} bins of incident energy with as many test showers each, with its standard error.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(run(bottleneck))
