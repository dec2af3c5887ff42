"""Does the graph of the processor matter to the Calo4pQVAE on CaloChallenge's dataset 2?

Trains the CaloQVAE with three-dimensional convolutions on 45 x 16 x 9 voxels (arXiv 2410.22870, 2412.04677), its prior
on a Pegasus and on a Zephyr graph of the same four colours, one of which holds the incident energy and the response,
and scores both beside:

- the Zephyr prior drawn by a stand-in for a quantum annealer, thermal and with a transverse field (no processor takes
  part, and its times are modelled);
- their reconstructions: what a perfect prior would reach;
- a random graph with as many couplings, no couplings, and normal latents, each trained anew (`--controls`);
- the bootstrap of GEANT4 showers and the truth floor (a copula of 6480 voxels takes longer than the fits).

    python studies/calo4pqvae.py --seeds 3
    python studies/calo4pqvae.py --seeds 3 --controls true

Scores are on a reduced set of 39 features where there are too few showers for the published 362, and say nothing of the
published FPD and KPD, which are of other features and 100000 showers. The table of paired differences at the end of
scoreboard.md tells which differences so many showers resolve.
"""

from pathlib import Path
from typing import Literal

from bottleneck import bottleneck
from caloqvae import priors

from qgen.cli import compare, run, with_split
from qgen.comparison.compare import on_stand_ins
from qgen.comparison.split import USUAL, Split

EPOCHS, WIDTH = 40, 128
SETTINGS = (
    "network=convolution,decoder=hierarchical,turns=true,batch_size=64,learning_rate=2e-3,prior_learning_rate=1e-2,weight_decay=0.05,"
    "prior_from=0,warm_up=0.3"
)


@with_split
def calo4pqvae(
    dataset: str = "calochallenge/2",
    nodes: int = 32,
    epochs: int = EPOCHS,
    width: int = WIDTH,
    controls: bool = False,
    budget: Literal["quick", "standard", "full"] = "standard",
    seeds: int | None = None,
    out: Path = Path("runs/calo4pqvae"),
    split: Split = USUAL,
) -> None:
    """Train and score the Calo4pQVAE on both graphs.

    Args:
        dataset: the embedded sample, or an HDF5 file of CaloChallenge's dataset 2 or 3.
        nodes: of each of the four colours of the prior.
        epochs: passes through the training showers.
        width: of the networks.
        controls: whether to train the random graph, no couplings and normal latents as well.
        budget: quick is one seed, standard 3 seeds, full 5.
        seeds: number of training seeds, instead of the budget's.
        out: folder for runs, scoreboard and figures; an interrupted study continues there.
    """
    settings = f"partitions=[{nodes},{nodes},{nodes},{nodes}],{SETTINGS},width={width},epochs={epochs}"
    trained, *ablations = priors(settings)
    generators = [
        trained,
        f"qvae:graph=pegasus,{settings} as Pegasus prior",
        *on_stand_ins(trained.partition(" as ")[0], "Zephyr prior"),
        "classical/bootstrap",
        *(ablations if controls else ()),
    ]
    compare(out, dataset, generators, "native", budget, seeds, split=split)
    for place in split.parts:
        bottleneck(out / place)


if __name__ == "__main__":
    raise SystemExit(run(calo4pqvae))
