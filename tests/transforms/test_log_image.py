"""The log image: exact round trips, unique scale, gradients by finite differences."""

import math

import pytest
import torch

from qgen.files import InputError
from qgen.transforms.log_image import LogImage


def images(n: int = 50) -> torch.Tensor:
    """Images over five decades with half of the pixels empty, float64."""
    rng = torch.Generator().manual_seed(0)
    energies = torch.exp(3 * torch.randn(n, 64, generator=rng, dtype=torch.float64))
    return energies * (torch.rand(n, 64, generator=rng) > 0.5)


@pytest.mark.parametrize("pedestal", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("offset", [1e-3, 0.3, 100.0])
def test_round_trip(offset, pedestal):
    pair = LogImage(offset, pedestal)
    energies = images()
    p, total = pair.forward(energies)
    torch.testing.assert_close(p.sum(1), torch.ones(len(p), dtype=torch.float64))
    found = pair.inverse(p, total)
    torch.testing.assert_close(found, energies, rtol=1e-9, atol=1e-9)
    if pedestal > 0:
        assert float(found[energies == 0].max()) < 1e-12 * float(energies.max())


def test_closed_form_of_two_pixels():
    """Equal probabilities share the total equally; a pixel below the pedestal is empty."""
    pair = LogImage(1.0, 1.0)
    torch.testing.assert_close(
        pair.inverse(torch.tensor([[0.5, 0.5]]), torch.tensor([6.0])), torch.tensor([[3.0, 3.0]])
    )
    found = pair.inverse(torch.tensor([[0.9, 0.1]]), torch.tensor([math.e - 1]))
    torch.testing.assert_close(found, torch.tensor([[math.e - 1, 0.0]]))


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-6), (torch.float64, 1e-12)])
def test_total_energy_is_exact_for_any_distribution(dtype, tolerance):
    rng = torch.Generator().manual_seed(1)
    p = torch.softmax(4 * torch.randn(2000, 64, generator=rng, dtype=dtype), dim=1)
    total = torch.exp(2 + 3 * torch.randn(2000, generator=rng, dtype=dtype))
    found = LogImage(0.3, 1.0).inverse(p, total)
    torch.testing.assert_close(found.sum(1), total, rtol=tolerance, atol=0)


def test_gradients_against_finite_differences():
    rng = torch.Generator().manual_seed(2)
    p = torch.softmax(2 * torch.randn(3, 6, generator=rng, dtype=torch.float64), dim=1).requires_grad_()
    total = torch.tensor([0.5, 5.0, 500.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(LogImage(0.3, 0.2).inverse, (p, total), rtol=1e-4)


@pytest.mark.parametrize(("offset", "pedestal"), [(0.0, 1.0), (1.0, -0.1), (math.nan, 1.0)])
def test_bad_settings(offset, pedestal):
    with pytest.raises(InputError, match="LogImage: expected offset > 0"):
        LogImage(offset, pedestal)
