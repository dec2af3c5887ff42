"""Angles as written out in the module's equation."""

import torch

from qgen.circuits.line import line
from qgen.generators.qgan.model import N_PHI, Angles, phi_of
from qgen.simulation.circuit import Circuit
from qgen.training import generator


def test_angles_are_those_of_the_equation_and_differ_by_sample():
    rng = generator(1)
    angles = Angles(Circuit(line, 2, 1), n_latent=3, n_phi=N_PHI, spread=0.5, rng=rng).double()
    condition, z = torch.randn(4, 2, generator=rng).double(), torch.randn(4, 3, generator=rng).double()
    w, u, b = angles.latent, angles.energy, angles.bias
    for inputs, weights, (x, r), noise in zip(*angles(phi_of(condition), z), condition, z, strict=True):
        expected = b[0] + x * u[0] + (2 * x**2 - 1) * u[1] + r * u[2] + x * r * u[3]
        for j in range(3):
            expected = expected + (w[j] + x * w[3 + j]) * noise[j] / 3**0.5
        torch.testing.assert_close(torch.cat([inputs, weights.flatten()]), expected)


def test_without_noise_and_features_angles_are_numbers():
    angles = Angles(Circuit(line, 2, 1), n_latent=0, n_phi=0, spread=0.5, rng=generator(1))
    inputs, weights = angles(torch.zeros(3, 0), torch.zeros(3, 0))
    torch.testing.assert_close(torch.cat([inputs, weights.flatten(1)], dim=1), angles.bias.expand(3, -1))
