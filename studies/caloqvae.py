"""How good is the annealer-type QVAE, and what do the couplings of its Boltzmann prior bring?

Trains the CaloQVAE on native CaloGAN showers (three layers, 504 cells) and scores it on the published CaloGAN
variables, beside the same model with the couplings removed (independent bits) and the classical references.

    python studies/caloqvae.py --particle e+ --seeds 5
    python studies/caloqvae.py --dataset clic/e- --representation image8x8
"""

from pathlib import Path
from typing import Literal

from qgen.cli import compare, run
from qgen.experiment import CONTROLS


def caloqvae(
    particle: Literal["e+", "gamma", "pi+"] = "e+",
    dataset: str | None = None,
    representation: str = "native",
    epochs: int | None = None,
    budget: Literal["quick", "standard", "full"] = "standard",
    seeds: int | None = None,
    out: Path = Path("runs/caloqvae"),
) -> None:
    """Train and score the CaloQVAE, its prior without couplings, and the classical references.

    Args:
        particle: which embedded CaloGAN showers to learn.
        dataset: another embedded sample or HDF5 file instead.
        representation: native, image8x8, profile<n> or depth3.
        epochs: passes through the training showers, instead of the default.
        budget: quick is one seed and short training, standard 3 seeds, full 5.
        seeds: number of training seeds, instead of the budget's.
        out: folder for runs, scoreboard and figures; an interrupted study continues there.
    """
    length = "" if epochs is None else f",epochs={epochs}"
    generators = [f"qvae:graph=multipartite{length}", f"qvae:graph=none{length}", *CONTROLS]
    compare(out, dataset or f"calogan/{particle}", generators, representation, budget, seeds)


if __name__ == "__main__":
    raise SystemExit(run(caloqvae))
