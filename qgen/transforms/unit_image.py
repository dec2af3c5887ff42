"""An image as a distribution over pixels, linear: p_i = E_i / E_tot, and back E_i = p_i E_tot."""

from torch import Tensor

__all__ = ["UnitImage"]


class UnitImage:
    """The pair E <-> (p, E_tot), without the logarithm of `LogImage`."""

    def forward(self, energies: Tensor) -> tuple[Tensor, Tensor]:
        """Energies [MeV], shape (n, n_pixels), to p, shape (n, n_pixels), and E_tot [MeV], shape (n,).

        An empty image has no p (it is not a number).
        """
        total = energies.sum(1)
        return energies / total[:, None], total

    def inverse(self, p: Tensor, total: Tensor) -> Tensor:
        """Energies [MeV], shape (n, n_pixels), with row sums `total`, shape (n,), for p >= 0 of any row sums > 0."""
        return p / p.sum(1, keepdim=True) * total[:, None]
