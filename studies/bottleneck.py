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
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qgen import metrics
from qgen.cli import run
from qgen.comparison.runs import runs_of, samples_of, scores_of, split_of
from qgen.evaluation.pairs import SeedScores, ratio_of_excess
from qgen.files import write_table
from qgen.observables import response
from qgen.showers import Showers

N_BINS = 4
N_BOOTSTRAP = 500
SHIFTS = {"response": "response", "resolution": "resolution, s.d.", "core": "resolution, central 68 %"}


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
    rows = [{"generator": "GEANT4, training showers", "seeds": None, "ratio": None, "bins": bins(test, [train])}]
    for name, runs in runs_of(folder).items():
        ratio, shifts = _ratio([scores_of(run) for run in runs]), bins(test, [samples_of(run) for run in runs])
        rows.append({"generator": name, "seeds": len(runs), "ratio": ratio, "bins": shifts})
    return rows


def bins(test: Showers, samples: Sequence[Showers]) -> list[dict[str, Any]]:
    """By energy bin, relative shifts of `SHIFTS` and their standard errors."""
    edges = metrics.quantile_edges(test.incident_energy, N_BINS)
    energy = np.concatenate([s.incident_energy for s in samples])
    of_all, of_test = np.concatenate([response(s) for s in samples]), response(test)
    found = []
    for low, high in pairwise(edges):
        reference = of_test[(test.incident_energy >= low) & (test.incident_energy <= high)]
        generated = of_all[(energy >= low) & (energy <= high)]
        shifts = (f(reference, generated) for f in (metrics.response_shift, metrics.resolution_shift, core_shift))
        found.append({"from_mev": low, "to_mev": high, **dict(zip(SHIFTS, shifts, strict=True))})
    return found


def core_shift(reference: NDArray[np.float64], generated: NDArray[np.float64]) -> tuple[float, float]:
    """Relative shift of half the central 68 % over the median, and its standard error by the bootstrap."""

    def core(sample: NDArray[np.float64]) -> float:
        low, middle, high = np.quantile(sample, (0.16, 0.5, 0.84))
        return float((high - low) / 2 / middle)

    rng = np.random.default_rng(0)
    drawn = [
        core(rng.choice(generated, len(generated))) / core(rng.choice(reference, len(reference)))
        for _ in range(N_BOOTSTRAP)
    ]
    return core(generated) / core(reference) - 1, float(np.std(drawn))


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
    worst = " | ".join(f"{what}, worst bin [%]" for what in SHIFTS.values())
    lines = [f"| generator | seeds | FPD over floor, sampled : reconstructed | {worst} |", "|---|---|---|---|---|---|"]
    for row in rows:
        ratio = "-" if row["ratio"] is None else "{:.2f} ({:.2f} to {:.2f})".format(*row["ratio"])
        shifts = [max((one[key] for one in row["bins"]), key=lambda shift: abs(shift[0])) for key in SHIFTS]
        cells = " | ".join(f"{100 * value:+.1f} ± {100 * error:.1f}" for value, error in shifts)
        lines.append(f"| {row['generator']} | {row['seeds'] or '-'} | {ratio} | {cells} |")
    lines += [
        "",
        "In brackets: central 68 % of a bootstrap over training seeds and showers. Shifts: relative to GEANT4, in the "
        f"worst of {N_BINS} bins of incident energy with as many test showers each, with its standard error.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(run(bottleneck))
