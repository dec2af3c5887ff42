"""How good is the annealer-type QVAE, and what do its prior, the couplings and the annealer bring?

Trains the CaloQVAE on native CaloGAN showers (three layers, 504 cells) with its prior on a Zephyr graph, one colour of
which holds the incident energy and the response, and scores on the published CaloGAN variables:

- the trained prior, sampled by block Gibbs;
- the same model sampled by a stand-in for a quantum annealer, thermal and with a transverse field, at a temperature
  that it is not told and that is measured from its reads (no processor takes part, and its times are modelled);
- its reconstruction: what a perfect prior would reach;
- a random graph with as many couplings, no couplings, and normal latents, each trained anew;
- the classical references and the truth floor.

    python studies/caloqvae.py --particle e+ --seeds 5
    python studies/caloqvae.py --dataset clic/e- --representation image8x8
"""

from pathlib import Path
from typing import Literal

from qgen.cli import compare, run
from qgen.experiment import CONTROLS

DEVICE = (
    "sampler=samplers/qpu_standin,sampler_options={{beta_device: 3.3, draws: {draws}, sigma_h: 0.01, sigma_j: 0.01}}"
)


def caloqvae(
    particle: Literal["e+", "gamma", "pi+"] = "e+",
    dataset: str | None = None,
    representation: str = "native",
    nodes: int = 32,
    epochs: int | None = None,
    budget: Literal["quick", "standard", "full"] = "standard",
    seeds: int | None = None,
    out: Path = Path("runs/caloqvae"),
) -> None:
    """Train and score the CaloQVAE, its samplers, its controls, and the classical references.

    Args:
        particle: which embedded CaloGAN showers to learn.
        dataset: another embedded sample or HDF5 file instead.
        representation: native, image8x8, profile<n> or depth3.
        nodes: of each of the four colours of the prior.
        epochs: passes through the training showers, instead of the default.
        budget: quick is one seed and short training, standard 3 seeds, full 5.
        seeds: number of training seeds, instead of the budget's.
        out: folder for runs, scoreboard and figures; an interrupted study continues there.
    """
    length = "" if epochs is None else f",epochs={epochs}"
    prior = f"partitions=[{nodes},{nodes},{nodes},{nodes}],conditioned=true{length}"
    trained = f"qvae:graph=zephyr,{prior}"
    generators = [
        f"{trained} as Zephyr prior",
        *(f"{trained}@{DEVICE.format(draws=d)} as Zephyr prior, stand-in {d}" for d in ("thermal", "transverse")),
        f"qvae:graph=random,{prior} as random prior",
        f"qvae:graph=none,{prior} as prior without couplings",
        f"qvae:prior=normal,{prior} as normal prior",
        *CONTROLS,
    ]
    compare(out, dataset or f"calogan/{particle}", generators, representation, budget, seeds)


if __name__ == "__main__":
    raise SystemExit(run(caloqvae))
