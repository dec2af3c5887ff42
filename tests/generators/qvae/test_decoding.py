"""Decoding some showers at a time gives what decoding each by itself gives."""

import numpy as np
import pytest
import torch

import qgen
from qgen.generators.qvae import decoding
from qgen.generators.qvae.coding import ShowerCode
from qgen.training import generator


class Told:
    """A decoder without chance: hits and activations are functions of the latents and the condition."""

    def sample(self, z: torch.Tensor, condition: torch.Tensor, rng: torch.Generator) -> tuple[torch.Tensor, ...]:
        angle = (z.double() * torch.linspace(0.1, 2, z.shape[1])).sum(1) + condition.double().sum(1)
        u = torch.sin(angle[:, None] * torch.arange(1, 505))
        return (u > -0.8).float(), 2 * u


@pytest.mark.parametrize("showers_at_once", [1, 3, 100])
def test_decoding_in_parts(monkeypatch: pytest.MonkeyPatch, showers_at_once: int) -> None:
    showers = qgen.load("calogan/e+", stop=60)
    code = ShowerCode.fit(showers)
    energy, total = showers.incident_energy[:10], showers.total_energy[:10]
    z = (torch.rand(10, 6, generator=generator(1)) > 0.5).float()
    monkeypatch.setattr(decoding, "VOXELS_AT_ONCE", showers_at_once * 504 + 1)
    found = decoding.decode(Told(), code, z, energy, total, generator(2))  # type: ignore[arg-type]
    rows = []
    for i in range(10):
        one = slice(i, i + 1)
        drawn = Told().sample(z[one], code.response.condition(energy[one], total[one]), generator(3))
        rows.append(code.inverse(*drawn, energy[one], total[one]))
    np.testing.assert_allclose(found, np.concatenate(rows), rtol=1e-5)
    np.testing.assert_allclose(found.sum(axis=1), total, rtol=1e-5)
