import numpy as np
import torch

from qgen.generators.qgan.view import View
from qgen.training import generator
from qgen.transforms.log_image import LogImage


def test_view_is_standardised_on_the_training_showers():
    energies = torch.exp(torch.randn(100, 4, generator=generator(2), dtype=torch.float64))
    seen = View(energies, torch.eye(4, dtype=torch.float64)[:, :2], LogImage(0.3, 1.0), visible=0.1)(energies)
    torch.testing.assert_close(seen.mean(0), torch.zeros(7, dtype=torch.float64), atol=1e-12, rtol=0)
    torch.testing.assert_close(seen.std(0), torch.ones(7, dtype=torch.float64))
    assert abs(np.corrcoef(seen[:, 0].numpy(), np.log1p(energies[:, 0].numpy() / 0.3))[0, 1]) > 1 - 1e-12
    occupancy = np.tanh(energies.numpy() / 0.1).mean(1)
    np.testing.assert_allclose(seen[:, 6], (occupancy - occupancy.mean()) / occupancy.std(ddof=1))
