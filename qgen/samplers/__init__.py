"""Where is a Boltzmann machine sampled? One `qgen.ising.Sampler` per file."""
