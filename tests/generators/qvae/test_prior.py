import numpy as np
import pytest
import torch
from scipy.integrate import quad

from qgen.files import InputError
from qgen.generators.qvae.latents import Normal
from qgen.generators.qvae.model import Decoder, Encoder, VariationalAutoencoder
from qgen.generators.qvae.negative import ExactPhase
from qgen.generators.qvae.networks import Heads, LatentTrunk, Numbers
from qgen.generators.qvae.objective import NegativeELBO
from qgen.generators.qvae.prior import NormalPrior


def test_normal_prior_is_normalised() -> None:
    def density(z: float) -> float:
        return float(one.mean_log_p(torch.tensor([[z]], dtype=torch.float64)).exp())

    one, held = NormalPrior([1]), torch.empty(7, 0)
    assert quad(density, -np.inf, np.inf)[0] == pytest.approx(1)
    several = torch.randn(1, 5, dtype=torch.float64)
    assert NormalPrior([2, 3]).mean_log_p(several) == pytest.approx(
        sum(one.mean_log_p(several[:, [k]]) for k in range(5))
    )
    assert NormalPrior([2, 3]).draw(held, np.random.default_rng(0))[0].shape == (7, 5)


def test_frozen_networks_need_a_prior_that_learns() -> None:
    latents, prior, layers = Normal(), NormalPrior([2]), np.zeros(3, dtype=np.intp)
    decoder = Decoder(LatentTrunk(prior.levels, 4, hierarchical=False), Heads(4, 3, 0), layers, latents)
    encoder = Encoder(Numbers(), 8, prior.levels, latents, hidden=(4, 4))
    model = VariationalAutoencoder(encoder, decoder, prior)
    settings = {"learning_rate": 1e-3, "prior_learning_rate": 1e-3, "weight_decay": 0.0}
    settings |= {"tau_start": 0.5, "tau_end": 0.1, "warm_up": 0.3, "freeze_from": 0.5}
    with pytest.raises(InputError, match=r"freeze_from: expected 1 for a prior without parameters, found 0\.5"):
        NegativeELBO(model, ExactPhase(), **settings)
