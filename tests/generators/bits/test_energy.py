import numpy as np
import torch

from qgen.generators.bits.energy import EnergyBins, energy_nodes, fourier, hats, legendre, legendre_fit


def test_fourier_terms_by_hand() -> None:
    """x, -cos pi x, sin 3/2 pi x, cos 2 pi x."""
    x = torch.linspace(-1.2, 1.2, 25, dtype=torch.float64)
    expected = torch.stack([x, -torch.cos(np.pi * x), torch.sin(1.5 * np.pi * x), torch.cos(2 * np.pi * x)], dim=1)
    torch.testing.assert_close(fourier(x, 3), expected)
    torch.testing.assert_close(fourier(x, 0), x[:, None])


def test_fourier_terms_are_orthogonal_on_the_interval() -> None:
    x = (2 * torch.arange(1000, dtype=torch.float64) + 1) / 1000 - 1
    terms = fourier(x, 4)[:, 1:]
    torch.testing.assert_close(terms.T @ terms / 1000, torch.eye(4, dtype=torch.float64) / 2)


def test_a_polynomial_is_had_back_from_its_values() -> None:
    """Columns 2 - x and 3/2 x^2; with fewer values than coefficients the polynomial goes through them."""
    x = torch.linspace(-1, 1, 6, dtype=torch.float64)
    values = torch.stack([2 - x, 1.5 * x**2], dim=1)
    expected = torch.tensor([[2, 0.5], [-1, 0], [0, 1]], dtype=torch.float64)
    torch.testing.assert_close(legendre_fit(values, x, 3), expected)
    few = legendre_fit(values[:2], x[:2], 3)
    torch.testing.assert_close(legendre(x[:2], 1) @ few, values[:2])


def test_bins_hold_equally_many() -> None:
    bins = EnergyBins(torch.rand(1000, generator=torch.Generator().manual_seed(0)), 8, 2)
    assert bins.nodes.shape == (8, 2)
    assert (bins.nodes.flatten().diff() > 0).all()
    assert torch.equal(bins.number(bins.nodes), torch.arange(8)[:, None].expand(-1, 2))
    assert len(EnergyBins(torch.zeros(10), 8, 2)) == 1


def test_hats_interpolate() -> None:
    nodes = np.array([-1.0, -0.2, 0.7])
    x = np.linspace(-1.5, 1.5, 31)
    expected = np.stack([np.interp(x, nodes, row) for row in np.eye(3)], axis=1)
    np.testing.assert_allclose(hats(torch.tensor(x), torch.tensor(nodes)).numpy(), expected, atol=1e-12)


def test_one_node_stands_for_all() -> None:
    torch.testing.assert_close(hats(torch.tensor([-3.0, 0.0, 2.0]), torch.zeros(1)), torch.ones(3, 1))


def test_nodes_between_even_and_evenly_populated() -> None:
    x = torch.cat([torch.full((99,), -1.0), torch.tensor([1.0])])
    torch.testing.assert_close(energy_nodes(x, 3), torch.tensor([-1.0, -0.5, 1.0]))
