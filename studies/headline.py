"""The headline tables: which generator comes nearest to GEANT4?

- clic-e-, calogan-e+: the default comparison at 8x8 pixels, gate circuits beside the annealer-type CaloQVAE;
- native-e+, native-pi+, dataset-2: showers as they are; the CaloQVAE, its ablations, the bootstrap, and but for dataset
  2, where it takes longer than all fits, a copula of all voxels.

The controls that must fail stand below a line of every table. With --sealed true the generators learn from the open
part of the embedded samples and are scored on the sealed part (`qgen.datasets.sealed`): once, at the end, since nothing
may be chosen by what comes out. Without it all is done on the open part.

    python studies/headline.py --sealed true --seeds 5
    python studies/headline.py --tables native-e+ native-pi+
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import calo4pqvae
import caloqvae

from qgen.cli import compare, run, with_split
from qgen.comparison.compare import DEFAULT
from qgen.comparison.split import USUAL, Split

NODES = "partitions=[32,32,32,32]"
COPULA = "classical/gaussian_copula"
CYLINDERS = [*caloqvae.priors(f"{NODES},{caloqvae.SETTINGS}"), COPULA, "classical/bootstrap"]
DATASET_2 = f"{NODES},{calo4pqvae.SETTINGS},width={calo4pqvae.WIDTH},epochs={calo4pqvae.EPOCHS}"
TABLES: dict[str, tuple[str, str, Sequence[str]]] = {
    "clic-e-": ("clic/e-", "image8x8", DEFAULT),
    "calogan-e+": ("calogan/e+", "image8x8", DEFAULT),
    "native-e+": ("calogan/e+", "native", CYLINDERS),
    "native-pi+": ("calogan/pi+", "native", CYLINDERS),
    "dataset-2": ("calochallenge/2", "native", [*caloqvae.priors(DATASET_2), "classical/bootstrap"]),
}
"""Dataset, representation and generators."""


@with_split
def headline(
    tables: Sequence[Literal["clic-e-", "calogan-e+", "native-e+", "native-pi+", "dataset-2"]] = tuple(TABLES),
    budget: Literal["quick", "standard", "full"] = "quick",
    seeds: int = 5,
    out: Path = Path("runs/headline"),
    split: Split = USUAL,
) -> None:
    """Train and score what the headline tables show.

    Args:
        tables: which to make, each in a folder of its name.
        budget: quick trains shorter.
        seeds: number of training seeds; ranks and p-values take 3 or more.
        out: folder for runs, scoreboards and figures; an interrupted study continues there.
    """
    for name in tables:
        dataset, representation, generators = TABLES[name]
        compare(out / name, dataset, generators, representation, budget, seeds, split=split)


if __name__ == "__main__":
    raise SystemExit(run(headline))
