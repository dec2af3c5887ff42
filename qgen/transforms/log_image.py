"""An image as a distribution over pixels: logarithm, pedestal, unit sum; and back with an exact total energy.

    forward:   p_i = (t + ln(1 + E_i / E_0)) / S,      S = sum_i (t + ln(1 + E_i / E_0))
    inverse:   E_i = E_0 (exp(max(S p_i - t, 0)) - 1),  S such that sum_i E_i = E_tot

A distribution that a circuit or a softmax gives is positive everywhere, while many pixels are empty; the pedestal t
makes room for them: every pixel with S p_i <= t is empty. The sum of E_i grows with S from 0 without bound, so S is
unique; it is found by Newton's method on ln sum_i E_i, kept inside a bracket. Gradients pass through it by the
implicit function theorem: dS/dp_i = -(df/dp_i)/(df/dS) and dS/dE_tot = 1/(df/dS) for f(S, p) = sum_i E_i.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from qgen.files import InputError

__all__ = ["LogImage"]

MAX_ITERATIONS = 100
TOLERANCE = 1e-7
"""Relative, on S; one more step of Newton, which squares it, carries the gradients."""


@dataclass(frozen=True)
class LogImage:
    """The pair E <-> (p, E_tot).

    Attributes:
        offset: E_0 [MeV], > 0: energies far below it are mapped linearly, far above it logarithmically.
        pedestal: t >= 0, in units of the logarithm.

    Raises:
        InputError: an offset or a pedestal that is not allowed.
    """

    offset: float
    pedestal: float

    def __post_init__(self) -> None:
        if not (self.offset > 0 and self.pedestal >= 0):
            raise InputError(f"LogImage: expected offset > 0, pedestal >= 0, found {self.offset}, {self.pedestal}")

    def logarithm(self, energies: Tensor) -> Tensor:
        """ln(1 + E/E_0), of the same shape."""
        return torch.log1p(energies / self.offset)

    def forward(self, energies: Tensor) -> tuple[Tensor, Tensor]:
        """Energies [MeV], shape (n, n_pixels), to p, shape (n, n_pixels), and E_tot [MeV], shape (n,).

        Without a pedestal an empty image has no p (it is not a number).
        """
        raised = self.pedestal + self.logarithm(energies)
        return raised / raised.sum(1, keepdim=True), energies.sum(1)

    def inverse(self, p: Tensor, total: Tensor) -> Tensor:
        """Energies [MeV], shape (n, n_pixels), with row sums `total`; differentiable in both arguments.

        Args:
            p: shape (n, n_pixels), >= 0, rows sum to 1 (any other scale of a row changes nothing).
            total: E_tot [MeV], shape (n,), > 0.
        """
        q, wanted = p.double(), total.double()
        with torch.no_grad():
            scale = self._scale(q, wanted)
            raised = scale[:, None] * q - self.pedestal
            slope = self.offset * (torch.exp(raised) * q * (raised > 0)).sum(1)
        scale = scale - (self._energies(scale, q).sum(1) - wanted) / slope
        return self._energies(scale, q).to(p.dtype)

    def _energies(self, scale: Tensor, p: Tensor) -> Tensor:
        return self.offset * torch.expm1(torch.relu(scale[:, None] * p - self.pedestal))

    def _scale(self, p: Tensor, total: Tensor) -> Tensor:
        """S by Newton's method on ln f, with a bisection wherever a step would leave the bracket.

        The largest pixel alone holds between E_tot / n_pixels and E_tot: that is the first bracket.
        """
        largest = p.max(1).values
        low = (self.pedestal + self.logarithm(total / p.shape[1])) / largest
        high = (self.pedestal + self.logarithm(total)) / largest
        scale = high
        for _ in range(MAX_ITERATIONS):
            raised = torch.relu(scale[:, None] * p - self.pedestal)
            energies = torch.expm1(raised)
            f = energies.sum(1)
            slope = ((energies + 1) * p * (raised > 0)).sum(1)
            miss = torch.log(self.offset * f / total)
            low, high = torch.where(miss < 0, scale, low), torch.where(miss < 0, high, scale)
            step = scale - miss * f / slope
            step = torch.where((step > low) & (step < high), step, (low + high) / 2)
            done = (step - scale).abs() <= TOLERANCE * scale
            scale = step
            if bool(done.all()):
                break
        return scale
