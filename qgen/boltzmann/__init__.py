"""What can be learnt, and told, of a Boltzmann machine? Training, likelihood, temperature, mixing, transverse field."""
