"""CaloQVAE: a discrete variational autoencoder with a Boltzmann prior (arXiv 2210.07430, 2312.03179).

A shower is drawn in three steps, each with its own part of the model:

    E_tot ~ p(E_tot | E_inc),    z ~ exp(-E(z)) / Z,    (x, u) ~ p(x, u | z, c),    c = (E_inc, E_tot),

the first in closed form (`ResponseModel`), the second by a Boltzmann machine that any `Sampler` can draw from, the
third by the decoder. The shares of the voxels follow from hits x and activations u, and are scaled to E_tot: the
total energy is right by construction, and shape and response stay correlated, since the decoder sees both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from qgen.generator import BaseGenerator, resolve
from qgen.networks.response import ResponseModel
from qgen.qvae.model import DiscreteVAE
from qgen.qvae.objective import NegativeELBO
from qgen.representations import represent
from qgen.samplers import Sampler
from qgen.samplers.block_gibbs import BlockGibbsSampler
from qgen.showers import Showers
from qgen.training import Batch, Row, Run, generator, seeded, train
from qgen.transforms.logit import Logit
from qgen.transforms.normal_scores import NormalScores

__all__ = ["CaloQVAE"]

Floats = NDArray[np.float64]

N_CONDITION = 2
RESPONSE_LIMIT = 4.0
"""The standardised response enters the networks halved and held to +-4."""


class CaloQVAE(BaseGenerator):
    """Annealer-type generator: bits of a Boltzmann machine, decoded to a shower.

    Args:
        representation: what it learns and emits.
        n_visible: bits of the one part of the Boltzmann machine.
        n_hidden: bits of the other part.
        couplings: False trains a prior of independent bits: the control of what the couplings are worth.
        width: of the two hidden layers of every network.
        sampler: draws the prior when showers are generated: a name for `resolve`, a class or a `Sampler`; a
            model with a sampler object cannot be saved.
        sampler_options: settings of a sampler given by name or class.
        n_chains: persistent chains of the negative phase.
        sweeps_per_step: block Gibbs sweeps of these chains at every training step.
        epochs: passes through the training showers.
        batch_size: showers per step.
        learning_rate: of encoder and decoder.
        prior_learning_rate: of the Boltzmann machine.
        weight_decay: of encoder and decoder.
        tau_start: temperature of the relaxed bits at the first epoch.
        tau_end: the same at the last epoch.
        warm_up: part of the training over which the weight of the KL divergence rises to 1.
        validate_every: epochs between validations, each of which is a candidate for the weights that are kept.
    """

    family = "annealer"
    plugins = ("sampler",)
    typical_fit_s: ClassVar[Mapping[str, float]] = {"quick": 40.0, "standard": 40.0, "full": 40.0}

    model_: DiscreteVAE
    response_: ResponseModel
    scores_: NormalScores
    history_: list[Row]

    def __init__(
        self,
        *,
        representation: str = "image8x8",
        n_visible: int = 32,
        n_hidden: int = 32,
        couplings: bool = True,
        width: int = 64,
        sampler: Any = "samplers/block_gibbs",
        sampler_options: Mapping[str, Any] | None = None,
        n_chains: int = 500,
        sweeps_per_step: int = 5,
        epochs: int = 200,
        batch_size: int = 128,
        learning_rate: float = 1e-3,
        prior_learning_rate: float = 3e-3,
        weight_decay: float = 0.1,
        tau_start: float = 0.5,
        tau_end: float = 0.1,
        warm_up: float = 0.3,
        validate_every: int = 5,
    ) -> None:
        self.representation = representation
        self.n_visible = n_visible
        self.n_hidden = n_hidden
        self.couplings = couplings
        self.width = width
        self.sampler = sampler
        self.sampler_options = sampler_options
        self.n_chains = n_chains
        self.sweeps_per_step = sweeps_per_step
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.prior_learning_rate = prior_learning_rate
        self.weight_decay = weight_decay
        self.tau_start = tau_start
        self.tau_end = tau_end
        self.warm_up = warm_up
        self.validate_every = validate_every

    def reconstruct(self, showers: Showers, *, seed: int) -> Showers:
        """Showers encoded and decoded again, with their own E_tot: what remains if the prior were perfect.

        Raises:
            InputError: not fitted yet, or a projection that these showers do not have.
        """
        self._require_fitted()
        projected = represent(showers, self.representation)
        rng = generator(seed)
        batch = self._batch(projected)
        with torch.no_grad():
            z = self.model_.encoder(**batch, tau=0.0, rng=rng).z
        voxels = self._decode(z, projected.incident_energy, projected.total_energy, rng)
        return Showers(voxels.astype(np.float32), projected.incident_energy, self.geometry_, self.particle_)

    def _fit(self, showers: Showers, run: Run) -> None:
        self._sampler()  # an unknown sampler is told before the training, not after it
        hit, logits = _logits(showers)
        self.response_ = ResponseModel.fit(showers.incident_energy, showers.total_energy)
        self.scores_ = NormalScores.fit(logits, hit, self.response_.scale.forward(showers.incident_energy))
        with seeded(run.seed, 3):
            self.model_ = self._build(showers.geometry.n_voxels)
        objective = NegativeELBO(
            self.model_,
            BlockGibbsSampler(self.sweeps_per_step),
            learning_rate=self.learning_rate,
            prior_learning_rate=self.prior_learning_rate,
            weight_decay=self.weight_decay,
            tau_start=self.tau_start,
            tau_end=self.tau_end,
            warm_up=self.warm_up,
        )
        self.history_ = train(
            objective,
            self._batch(showers),
            run,
            epochs=self.epochs,
            batch_size=self.batch_size,
            validate_every=self.validate_every,
        )

    def _build(self, n_voxels: int) -> DiscreteVAE:
        return DiscreteVAE(
            n_voxels,
            N_CONDITION,
            self.n_visible,
            self.n_hidden,
            width=self.width,
            n_chains=self.n_chains,
            couplings=self.couplings,
        )

    def _sampler(self) -> Sampler:
        found = resolve(self.sampler)
        sampler: Sampler = found(**(self.sampler_options or {})) if isinstance(found, type) else found
        return sampler

    def _batch(self, showers: Showers) -> Batch:
        """Hits and activations, each (n, n_voxels), and the condition (n, 2), in float32."""
        hit, logits = _logits(showers)
        scores = self.scores_.forward(logits, self.response_.scale.forward(showers.incident_energy))
        return {
            "hit": torch.from_numpy(hit).float(),
            "activation": torch.from_numpy(np.where(hit, scores, 0.0)).float(),
            "condition": self._condition(showers.incident_energy, showers.total_energy),
        }

    def _condition(self, incident_energy: Floats, total_energy: Floats) -> Tensor:
        """Scaled logarithm of E_inc, held to the training range, and standardised response."""
        x = np.clip(self.response_.scale.forward(incident_energy), -1, 1)
        t = np.clip(self.response_.standardise(incident_energy, total_energy) / 2, -RESPONSE_LIMIT, RESPONSE_LIMIT)
        return torch.from_numpy(np.stack([x, t], axis=1)).float()

    def _sample(self, incident_energy: Floats, rng: np.random.Generator) -> NDArray[Any]:
        total = self.response_.sample(incident_energy, rng)
        z = self.model_.prior.draw(len(incident_energy), self._sampler(), rng)
        return self._decode(z, incident_energy, total, generator(int(rng.integers(2**63))))

    def _decode(self, z: Tensor, incident_energy: Floats, total_energy: Floats, rng: torch.Generator) -> Floats:
        """Voxel energies [MeV] of bits, with the given totals."""
        with torch.no_grad():
            hit, u = self.model_.decoder.sample(z, self._condition(incident_energy, total_energy), rng)
        logits = self.scores_.inverse(u.numpy().astype(np.float64), self.response_.scale.forward(incident_energy))
        share = np.where(hit.numpy() > 0, np.maximum(Logit().inverse(logits), np.finfo(np.float32).tiny), 0.0)
        return np.asarray(share * (total_energy / share.sum(axis=1))[:, None])

    def _state(self) -> Mapping[str, Any]:
        return self.model_.state_dict() | self.response_.state() | self.scores_.state()

    def _restore(self, state: Mapping[str, torch.Tensor]) -> None:
        self.response_, self.scores_ = ResponseModel.restore(state), NormalScores.restore(state)
        with seeded(0):
            self.model_ = self._build(self.geometry_.n_voxels)
        self.model_.load_state_dict({name: state[name] for name in self.model_.state_dict()})

    def resources(self) -> dict[str, float]:
        """`n_parameters` of all networks and the prior, and those that generation needs; `n_nodes`; `n_couplings`.

        Raises:
            InputError: not fitted yet.
        """
        self._require_fitted()
        model = self.model_
        sizes = {name: sum(p.numel() for p in part.parameters()) for name, part in model.named_children()}
        return {
            "n_parameters": float(sum(sizes.values())),
            "n_parameters_generation": float(sizes["decoder"] + sizes["prior"]),
            "n_nodes": float(model.prior.n_nodes),
            "n_couplings": float(model.prior.w.numel() if self.couplings else 0),
        }


def _logits(showers: Showers) -> tuple[NDArray[np.bool_], Floats]:
    """Where voxels have energy, and the logits of their shares of E_tot, each (n, n_voxels)."""
    hit = showers.voxels > 0
    total = np.maximum(showers.total_energy, np.finfo(np.float64).tiny)
    return hit, Logit().forward(showers.voxels / total[:, None])
