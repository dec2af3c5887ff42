"""Boltzmann machines apart from drawing from them: training, likelihood, temperature, diagnostics, transverse field."""
