"""Kernels and nodes by hand."""

import numpy as np


def test_smoothing_without_a_circuit(find):
    """By hand: three showers, two states a distance of 1 apart, energies so far apart that each is alone."""
    study = find("smoothing", "controls").__globals__
    states, x, positions = np.array([0, 0, 1]), np.array([-1.0, 0.0, 1.0]), np.array([[0.0], [1.0]])
    np.testing.assert_allclose(study["kernel"](states, x, x, positions, 0.1, 0.0), np.eye(2)[states], atol=1e-12)
    spread = np.exp(-1 / (2 * 0.5**2))
    near, far = 1 / (1 + spread), spread / (1 + spread)
    found = study["kernel"](states, x, x[[0, 2]], positions, 0.1, 0.5)
    np.testing.assert_allclose(found, [[near, far], [far, near]])
    wide = study["kernel"](states, x, x[:1], positions, 1e3, 0.0)
    np.testing.assert_allclose(wide, [[2 / 3, 1 / 3]], rtol=1e-5)
    nodes = study["at_nodes"](states, x, np.array([-1.0, 1.0, 0.5]), 2, 2)  # two hats from end to end
    np.testing.assert_allclose(nodes, [[1, 0], [1 / 3, 2 / 3], [0.5, 0.5]], atol=1e-6)
