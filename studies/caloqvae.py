"""How good is the annealer-type QVAE, and what do its prior, the couplings and the annealer bring?

Trains the CaloQVAE on native CaloGAN showers (three layers, 504 cells) with its prior on a Zephyr graph, one colour of
which holds the incident energy and the response, and scores on the published CaloGAN variables:

- the trained prior, sampled by block Gibbs;
- the same model sampled by a stand-in for a quantum annealer, thermal and with a transverse field, at a temperature
  that it is not told and that is measured from its reads (no processor takes part, and its times are modelled);
- its reconstruction: what a perfect prior would reach;
- a random graph with as many couplings, no couplings, and normal latents, each trained anew;
- a small prior in a transverse field, exact (`prior=quantum`), and the same machine without the field: 4 held and 8
  free nodes;
- the classical references and the truth floor.

For every particle it also tells what the prior adds to the error of the autoencoder and how far the response is off
(`bottleneck.py`); for all three it ends with the particle-identification cross-test (`particles.py`), on the same fits.

    python studies/caloqvae.py --seeds 5
    python studies/caloqvae.py --particle e+ --budget quick
"""

from pathlib import Path
from typing import Literal

from bottleneck import bottleneck
from particles import PARTICLES
from particles import particles as cross_test

from qgen.cli import compare, run, with_split
from qgen.comparison.compare import REFERENCES, on_stand_ins
from qgen.comparison.split import USUAL, Split
from qgen.files import InputError

SMALL = "partitions=[4,4,4],decoder=hierarchical,batch_size=512"
"""Every step of the quantum prior diagonalises a matrix of 256 x 256 for each condition: few, large batches."""

SETTINGS = "decoder=hierarchical,prior_from=0,warm_up=0.3,learning_rate=1e-3,prior_learning_rate=3e-3"


def priors(settings: str) -> list[str]:
    """The prior on a Zephyr graph, and its ablations: a random graph, no couplings, and normal latents."""
    return [
        f"qvae:graph=zephyr,{settings} as Zephyr prior",
        f"qvae:graph=random,{settings} as random prior",
        f"qvae:graph=none,{settings} as prior without couplings",
        f"qvae:prior=normal,{settings} as normal prior",
    ]


@with_split
def caloqvae(
    particle: Literal["e+", "gamma", "pi+", "all"] = "all",
    nodes: int = 32,
    epochs: int | None = None,
    budget: Literal["quick", "standard", "full"] = "standard",
    seeds: int | None = None,
    out: Path = Path("runs/caloqvae"),
    split: Split = USUAL,
) -> None:
    """Train and score the CaloQVAE, its samplers, its controls, and the classical references.

    Args:
        particle: which embedded CaloGAN showers to learn; all: e+, gamma and pi+, one model each, and the cross-test.
        nodes: of each of the four colours of the prior.
        epochs: passes through the training showers, instead of the default.
        budget: quick is one seed and short training, standard 3 seeds, full 5.
        seeds: number of training seeds, instead of the budget's.
        out: folder for runs, scoreboards and figures, one of each particle; an interrupted study continues there.
    """
    if particle == "all" and split.test is not None:
        raise InputError("caloqvae: expected --particle with --test: one file is not of three particles")
    length = "" if epochs is None else f",epochs={epochs}"
    trained, *controls = priors(f"partitions=[{nodes},{nodes},{nodes},{nodes}],{SETTINGS}{length}")
    generators = [
        trained,
        *on_stand_ins(trained.partition(" as ")[0], "Zephyr prior"),
        *controls,
        f"qvae:prior=quantum,{SMALL}{length} as quantum prior, 12 nodes",
        f"qvae:{SMALL}{length} as Boltzmann prior, 12 nodes",
        *REFERENCES,
    ]
    for name in PARTICLES if particle == "all" else (particle,):
        compare(out / name, f"calogan/{name}", generators, "native", budget, seeds, split=split)
        for place in split.parts:
            bottleneck(out / name / place)
    if particle == "all":
        references = ["classical/gaussian_copula", "classical/bootstrap"]
        cross_test([trained, *references], budget, seeds, out, split=split)


if __name__ == "__main__":
    raise SystemExit(run(caloqvae))
