"""Annealer family: a discrete variational autoencoder with a Boltzmann machine as its prior."""

from qgen.generators.qvae.generator import CaloQVAE

__all__ = ["CaloQVAE"]
