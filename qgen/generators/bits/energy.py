"""How a machine depends on the energy x, the scaled logarithm of E_inc in about -1..1: its bases, bins and nodes.

Parameters are expanded in one of two bases,

    fourier     (x, cos pi x, sin 3/2 pi x, cos 2 pi x, ...),    legendre    P_0(x), P_1(x), ...;

the first are, up to signs, x and cos(k pi (x + 1)/2), k = 2, 3, ...: a Fourier series that does not tie one end of the
range to the other; its term k = 1 is nearly x and left out.

Data are met in one of two ways. In bins (`EnergyBins`) a shower belongs to one bin, for which some energies stand. At
nodes it belongs to the two next to it, with the weights of linear interpolation (`hats`): where the model is taken as
linear between nodes, it is needed at the nodes only.
"""

import numpy as np
import torch
from numpy.polynomial.legendre import legvander
from torch import Tensor


def fourier(x: Tensor, n_terms: int) -> Tensor:
    """x (n,) itself and n_terms >= 0 Fourier terms, shape (n, 1 + n_terms)."""
    return torch.stack([x, *(torch.cos(k * torch.pi * (x + 1) / 2) for k in range(2, n_terms + 2))], dim=1)


def legendre(x: Tensor, degree: int) -> Tensor:
    """P_0(x) to P_degree(x) of x (n,), shape (n, degree + 1)."""
    return torch.from_numpy(legvander(x.numpy(), degree))


def legendre_fit(values: Tensor, x: Tensor, n: int) -> Tensor:
    """At most n Legendre coefficients, no more than there are x (m,), of values (m, any) by least squares."""
    basis = legendre(x.double(), min(n, len(x)) - 1).numpy()
    return torch.from_numpy(np.linalg.lstsq(basis, values.numpy(), rcond=None)[0])


class EnergyBins:
    """Bins of equal population in the scaled energy, and energies that stand for each.

    Args:
        x: scaled energies of the training showers (n,).
        n_bins: bins, fewer where many energies coincide.
        n_nodes: energies in each bin, at the middles of parts of equal population.

    Attributes:
        edges: between bins, shape (n_bins - 1,).
        nodes: shape (n_bins, n_nodes).
    """

    def __init__(self, x: Tensor, n_bins: int, n_nodes: int) -> None:
        ends = torch.unique(torch.quantile(x, torch.linspace(0, 1, n_bins + 1, dtype=x.dtype)))
        self.edges = ends[1:-1]
        parts = [x[self.number(x) == b] for b in range(len(self.edges) + 1)]
        middles = (torch.arange(n_nodes, dtype=x.dtype) + 0.5) / n_nodes
        self.nodes = torch.stack([torch.quantile(part, middles) for part in parts])

    def number(self, x: Tensor) -> Tensor:
        """Bin of every energy, shape (n,)."""
        return torch.searchsorted(self.edges, x, right=True)

    def __len__(self) -> int:
        return len(self.nodes)


def energy_nodes(x: Tensor, n: int) -> Tensor:
    """Nodes half way from evenly populated to evenly spaced in x (n_showers,), shape (n,); equal ones are merged."""
    u = torch.linspace(0, 1, n)
    even = x.min() + (x.max() - x.min()) * u
    return torch.unique((torch.quantile(x, u) + even) / 2)


def hats(x: Tensor, nodes: Tensor) -> Tensor:
    """Weights of showers at increasing nodes, shape (n, n_nodes); rows sum to 1, beyond the ends they are flat."""
    nodes = nodes.to(x.dtype)
    x = x.clamp(nodes[0], nodes[-1])[:, None]
    left = torch.cat([nodes[:1] - 1, nodes[:-1]])
    right = torch.cat([nodes[1:], nodes[-1:] + 1])
    return torch.minimum((x - left) / (nodes - left), (right - x) / (right - nodes)).clamp_min(0)
