import numpy as np
import torch

from qgen.generators.qcbm.condition import features, n_features


def test_terms_by_hand() -> None:
    """x, -cos pi x, sin 3/2 pi x, cos 2 pi x."""
    x = torch.linspace(-1.2, 1.2, 25, dtype=torch.float64)
    expected = torch.stack([x, -torch.cos(np.pi * x), torch.sin(1.5 * np.pi * x), torch.cos(2 * np.pi * x)], dim=1)
    torch.testing.assert_close(features(x, 3), expected)
    torch.testing.assert_close(features(x, 0), x[:, None])


def test_conditions_stand_side_by_side() -> None:
    conditions = torch.rand(7, 2, dtype=torch.float64)
    found = features(conditions, 2)
    assert found.shape == (7, n_features(2, 2))
    torch.testing.assert_close(found, torch.cat([features(column, 2) for column in conditions.T], dim=1))


def test_fourier_terms_are_orthogonal_on_the_interval() -> None:
    x = (2 * torch.arange(1000, dtype=torch.float64) + 1) / 1000 - 1
    terms = features(x, 4)[:, 1:]
    torch.testing.assert_close(terms.T @ terms / 1000, torch.eye(4, dtype=torch.float64) / 2)
