"""From the options of a CaloQVAE to its untrained prior and networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qgen.boltzmann.machine import BoltzmannMachine
from qgen.files import InputError
from qgen.generators.qvae.coding import ShowerCode
from qgen.generators.qvae.latents import Bits, Normal
from qgen.generators.qvae.model import VariationalAutoencoder
from qgen.generators.qvae.networks import encoder_and_decoder
from qgen.generators.qvae.prior import NormalPrior
from qgen.geometry import Geometry
from qgen.graphs import build


def untrained_prior(options: Mapping[str, Any]) -> BoltzmannMachine | NormalPrior:
    """The prior that the options of a `CaloQVAE` name.

    Raises:
        InputError: an unknown prior, or a graph that cannot be.
    """
    kind, conditioned = options["prior"], options["conditioned"]
    if kind == "normal":
        return NormalPrior(list(options["partitions"])[conditioned:])
    if kind != "boltzmann":
        raise InputError(f"prior: expected boltzmann or normal, found {kind!r}")
    graph = build(options["graph"], options["partitions"], options["graph_options"])
    return BoltzmannMachine(graph, conditioned=conditioned, n_chains=options["n_chains"])


def untrained(
    options: Mapping[str, Any], code: ShowerCode, geometry: Geometry, prior: BoltzmannMachine | NormalPrior
) -> VariationalAutoencoder:
    """The model with this prior, for showers of a geometry and their code."""
    latents = Normal() if isinstance(prior, NormalPrior) else Bits()
    networks = {name: options[name] for name in ("network", "decoder", "width")}
    encoder, decoder = encoder_and_decoder(code, geometry, prior.levels, latents, **networks)
    return VariationalAutoencoder(encoder, decoder, prior)
