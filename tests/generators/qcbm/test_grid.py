import numpy as np
import torch

from qgen.generators.qcbm.grid import Grid, energy_nodes, hats


def test_hats_interpolate() -> None:
    nodes = np.array([-1.0, -0.2, 0.7])
    x = np.linspace(-1.5, 1.5, 31)
    expected = np.stack([np.interp(x, nodes, row) for row in np.eye(3)], axis=1)
    np.testing.assert_allclose(hats(torch.tensor(x), torch.tensor(nodes)).numpy(), expected, atol=1e-12)


def test_two_conditions_are_interpolated_bilinearly() -> None:
    """f = 1 + 2x - 3y + 4xy is bilinear, so that it is had back exactly from its values at the nodes."""
    grid = Grid([torch.tensor([-1.0, 0.1, 1.0]).double(), torch.tensor([-1.0, 1.0]).double()])

    def f(x: torch.Tensor) -> torch.Tensor:
        return 1 + 2 * x[:, 0] - 3 * x[:, 1] + 4 * x[:, 0] * x[:, 1]

    x = 2 * torch.rand(50, 2).double() - 1
    torch.testing.assert_close(grid.weights(x) @ f(grid.points), f(x))
    torch.testing.assert_close(grid.weights(grid.points), torch.eye(6).double())


def test_one_node_stands_for_all() -> None:
    grid = Grid([torch.zeros(1)])
    torch.testing.assert_close(grid.weights(torch.tensor([-3.0, 0.0, 2.0])), torch.ones(3, 1))


def test_nodes_between_even_and_evenly_populated() -> None:
    x = torch.cat([torch.full((99,), -1.0), torch.tensor([1.0])])
    torch.testing.assert_close(energy_nodes(x, 3), torch.tensor([-1.0, -0.5, 1.0]))
