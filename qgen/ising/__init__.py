"""What is an Ising model, and how is it drawn from? Models, samples, checks, conditions and the Gibbs kernel."""

from qgen.ising.model import Ising, Sampler, Samples, Spins

__all__ = ["Ising", "Sampler", "Samples", "Spins"]
