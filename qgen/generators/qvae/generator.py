"""CaloQVAE: a discrete variational autoencoder with a Boltzmann prior (arXiv 2210.07430, 2312.03179, 2410.22870).

A shower is drawn in three steps, each with its own part of the model:

    E_tot ~ p(E_tot | E_inc),    z ~ exp(-E(z)) / Z,    (x, u) ~ p(x, u | z, c),    c = (E_inc, E_tot),

the first in closed form (`ResponseModel`), the second by a Boltzmann machine that any `Sampler` can draw from, the
third by the decoder. Energies follow from hits x and activations u (`ShowerCode`) and are scaled to E_tot: the
total energy is right by construction, and shape and response stay correlated, since the decoder sees both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from qgen.boltzmann.machine import BoltzmannMachine, to_bits
from qgen.datasets import Stream
from qgen.generators.base import BaseGenerator
from qgen.generators.protocol import Traits
from qgen.generators.qvae._options import require_options
from qgen.generators.qvae.building import untrained, untrained_prior
from qgen.generators.qvae.calibration import calibrated
from qgen.generators.qvae.coding import ShowerCode
from qgen.generators.qvae.decoding import decode
from qgen.generators.qvae.model import VariationalAutoencoder
from qgen.generators.qvae.negative import NegativePhase
from qgen.generators.qvae.networks import DecoderKind, NetworkKind
from qgen.generators.qvae.objective import NegativeELBO
from qgen.generators.qvae.prior import NormalPrior
from qgen.geometry import Geometry
from qgen.ising import Sampler
from qgen.networks.cylinder import angle_groups, cylinder_shape
from qgen.networks.turns import RandomTurns
from qgen.plugins import resolve
from qgen.representations import represent
from qgen.samplers.block_gibbs import BlockGibbsSampler
from qgen.showers import Showers
from qgen.training import Batch, Row, Run, generator, seeded, train
from qgen.training.rows import Rows
from qgen.training.streamed import MEMORY, Survey, streamed

__all__ = ["CaloQVAE"]

Floats = NDArray[np.float64]

MOST_VOXELS = 2**24
"""Voxels of all the showers of a stream that the coding is fitted to: 2589 showers of dataset 2."""


class CaloQVAE(BaseGenerator):
    """Annealer-type generator: bits of a Boltzmann machine, decoded to a shower.

    `fit` also takes a `qgen.datasets.stream`: it trains on mini-batches from the file, and fits response and coding of
    the showers to those of it, chosen at random, that have `MOST_VOXELS` voxels in all; memory stays bounded.

    Args:
        representation: what it learns and emits.
        prior: "boltzmann", or "normal": the usual autoencoder with as many normal latents, the classical control.
        graph: of the Boltzmann machine: multipartite, chimera, pegasus, zephyr, random, none, or "file.py:function".
        partitions: nodes of each colour; every free colour is one level of the posterior.
        graph_options: of the graph, e.g. the size of the processor.
        conditioned: whether the nodes of the first colour hold the condition in bits: the incident energy (2410.22870)
            and the response.
        decoder: "flat", or "hierarchical": every level of latents refines what the earlier ones gave.
        network: "mlp", or "convolution": strided, periodic in angle, for the regular cylinders of `cylinder_shape`.
        width: of the hidden layers of every network.
        layer_fractions: whether layers have fractions of their own in the likelihood.
        turns: whether every training step turns or mirrors each shower of a regular cylinder at random.
        sampler: draws the prior when showers are generated: a name for `resolve`, a class or a `Sampler`; a
            model with a sampler object cannot be saved.
        sampler_options: settings of a sampler given by name or class.
        calibration_reads: by which the effective temperature of an annealer is measured before every sample; 0 trusts
            its `beta_effective`.
        n_chains: persistent chains of the negative phase.
        sweeps_per_step: block Gibbs sweeps of these chains at every training step.
        device_from: part of the training, 0..1, after which `sampler` gives the negative phase instead of the
            chains: training with the annealer in the loop. 1: never.
        device_reads: reads of `sampler` per training step.
        device_budget: reads of `sampler` in all, then the chains go on; None has no end.
        epochs: passes through the training showers.
        batch_size: showers per step.
        learning_rate: of encoder and decoder.
        prior_learning_rate: of the Boltzmann machine.
        weight_decay: of encoder and decoder.
        tau_start: temperature of the relaxed bits at the first epoch.
        tau_end: the same at the last epoch.
        warm_up: part of the training over which the weight of the KL divergence rises to 1.
        freeze_from: part of the training after which encoder and decoder stay as they are and only the prior
            goes on. 1: never.
        validate_every: epochs between validations, each of which is a candidate for the weights that are kept.
    """

    family = "annealer"
    plugins: ClassVar[Mapping[str, str]] = {"sampler": ""}
    after_fit = ("sampler", "sampler_options", "calibration_reads")
    typical_fit_s: ClassVar[Mapping[str, float]] = {"quick": 60.0, "standard": 60.0, "full": 60.0}

    model_: VariationalAutoencoder
    code_: ShowerCode
    history_: list[Row]

    def __init__(
        self,
        *,
        representation: str = "image8x8",
        prior: Literal["boltzmann", "normal"] = "boltzmann",
        graph: Any = "multipartite",
        partitions: Sequence[int] = (16, 32, 32),
        graph_options: Mapping[str, Any] | None = None,
        conditioned: bool = True,
        decoder: DecoderKind = "flat",
        network: NetworkKind = "mlp",
        width: int = 64,
        layer_fractions: bool = False,
        turns: bool = False,
        sampler: Any = "samplers/block_gibbs",
        sampler_options: Mapping[str, Any] | None = None,
        calibration_reads: int = 500,
        n_chains: int = 500,
        sweeps_per_step: int = 5,
        device_from: float = 1.0,
        device_reads: int = 500,
        device_budget: int | None = None,
        epochs: int = 200,
        batch_size: int = 128,
        learning_rate: float = 1e-3,
        prior_learning_rate: float = 3e-3,
        weight_decay: float = 0.1,
        tau_start: float = 0.5,
        tau_end: float = 0.1,
        warm_up: float = 0.3,
        freeze_from: float = 1.0,
        validate_every: int = 5,
    ) -> None:
        self.representation = representation
        self.prior = prior
        self.graph = graph
        self.partitions = partitions
        self.graph_options = graph_options
        self.conditioned = conditioned
        self.decoder = decoder
        self.network = network
        self.width = width
        self.layer_fractions = layer_fractions
        self.turns = turns
        self.sampler = sampler
        self.sampler_options = sampler_options
        self.calibration_reads = calibration_reads
        self.n_chains = n_chains
        self.sweeps_per_step = sweeps_per_step
        self.device_from = device_from
        self.device_reads = device_reads
        self.device_budget = device_budget
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.prior_learning_rate = prior_learning_rate
        self.weight_decay = weight_decay
        self.tau_start = tau_start
        self.tau_end = tau_end
        self.warm_up = warm_up
        self.freeze_from = freeze_from
        self.validate_every = validate_every

    @property
    def traits(self) -> Traits:
        """Family, event level and representation; with a normal prior it is a classical generator."""
        family = "classical" if self.prior == "normal" else "annealer"
        return Traits(family, self.event_level, self.representation)  # type: ignore[arg-type]

    def reconstruct(self, showers: Showers, *, seed: int) -> Showers:
        """Showers encoded and decoded again, with their own E_tot: what remains if the prior were perfect.

        Raises:
            InputError: not fitted yet, or a projection that these showers do not have.
        """
        self._require_fitted()
        projected = represent(showers, self.representation)
        rng = generator(seed)
        with torch.no_grad():
            z = self.model_.encoder(**self.code_.forward(projected), tau=0.0, rng=rng).z
        energy, total = projected.incident_energy, projected.total_energy
        voxels = decode(self.model_.decoder, self.code_, z, energy, total, rng)
        return Showers(voxels, energy, self.geometry_, self.particle_)

    def floors(self, showers: Showers, *, seed: int) -> Mapping[str, Showers]:
        """The reconstruction."""
        return {"reconstruction": self.reconstruct(showers, seed=seed)}

    def _fit_stream(self, stream: Stream, run: Run) -> None:
        survey = Survey.of(stream, self.representation, most_voxels=MOST_VOXELS, seed=run.seed)
        self._learns_from(survey.some, survey.energy_range)
        self._fit(survey.some, run, stream)

    def require_options(self) -> None:
        """Check numbers and switches.

        Raises:
            InputError: one that is out of range.
        """
        require_options(self.get_params())

    def _fit(self, showers: Showers, run: Run, stream: Stream | None = None) -> None:
        sampler = self._sampler()  # an unknown sampler is told before the training, not after it
        symmetric = self.turns or self.network == "convolution"
        groups = angle_groups(showers.geometry) if symmetric else None
        self.code_ = ShowerCode.fit(showers, layer_fractions=self.layer_fractions, groups=groups)
        with seeded(run.seed, 3):
            self.model_ = self._untrained(showers.geometry)
        data: Batch | Rows = (
            self._batch(showers)
            if stream is None
            else streamed(stream, lambda part: self._batch(represent(part, self.representation)), memory=MEMORY)
        )
        prior = self.model_.prior
        if isinstance(prior, BoltzmannMachine) and prior.n_condition:
            prior.hold(self._held(showers.incident_energy, showers.total_energy), np.random.default_rng((run.seed, 4)))
        negative = NegativePhase(
            BlockGibbsSampler(self.sweeps_per_step),
            device=sampler if self.device_from < 1 else None,
            device_from=self.device_from,
            reads=self.device_reads,
            budget=self.device_budget,
        )
        objective = NegativeELBO(
            self.model_,
            negative,
            learning_rate=self.learning_rate,
            prior_learning_rate=self.prior_learning_rate,
            weight_decay=self.weight_decay,
            tau_start=self.tau_start,
            tau_end=self.tau_end,
            warm_up=self.warm_up,
            freeze_from=self.freeze_from,
            augment=RandomTurns(cylinder_shape(showers.geometry)) if self.turns else None,
        )
        self.history_ = train(
            objective, data, run, epochs=self.epochs, batch_size=self.batch_size, validate_every=self.validate_every
        )

    def _untrained(self, geometry: Geometry, prior: BoltzmannMachine | None = None) -> VariationalAutoencoder:
        """The model with this prior, or an untrained one."""
        options = self.get_params()
        return untrained(options, self.code_, geometry, untrained_prior(options) if prior is None else prior)

    def _sampler(self) -> Sampler:
        found = resolve(self.sampler)
        sampler: Sampler = found(**(self.sampler_options or {})) if isinstance(found, type) else found
        return sampler

    def _batch(self, showers: Showers) -> Batch:
        """What the networks see of showers, and the bits that the prior holds."""
        return {**self.code_.forward(showers), "held": self._held(showers.incident_energy, showers.total_energy)}

    def _held(self, incident_energy: Floats, total_energy: Floats) -> Tensor:
        """The condition as bits of the held nodes, float32, shape (n, n_held)."""
        return self.code_.held(incident_energy, total_energy, self.model_.prior.n_condition)

    def _sample(self, incident_energy: Floats, rng: np.random.Generator) -> tuple[NDArray[Any], Mapping[str, Any]]:
        total = self.code_.response.sample(incident_energy, rng)
        prior, info = self.model_.prior, {}
        if isinstance(prior, NormalPrior):
            z = prior.draw(len(incident_energy), rng)
        else:
            held = self._held(incident_energy, total)
            sampler, temperature = calibrated(self._sampler(), prior, held, self.calibration_reads, rng)
            samples = prior.draw(len(incident_energy), sampler, rng, condition=held)
            z, info = to_bits(samples.spins)[:, prior.n_condition :], {"sampling": {**samples.info, **temperature}}
        random = generator(int(rng.integers(2**63)))
        return decode(self.model_.decoder, self.code_, z, incident_energy, total, random), info

    def _state(self) -> Mapping[str, Any]:
        return self.model_.state_dict() | self.code_.state()

    def _restore(self, state: Mapping[str, torch.Tensor]) -> None:
        self.code_ = ShowerCode.restore(state, self.geometry_)
        with seeded(0):
            trained = "prior.edges" in state
            prior = BoltzmannMachine.of_state(state, "prior.", conditioned=self.conditioned) if trained else None
            self.model_ = self._untrained(self.geometry_, prior)
        self.model_.load_state_dict({name: state[name] for name in self.model_.state_dict()})

    def resources(self) -> dict[str, float]:
        """`n_parameters` of all networks and the prior, and those that generation needs; sizes of the prior.

        Raises:
            InputError: not fitted yet.
        """
        self._require_fitted()
        sizes = {name: sum(p.numel() for p in part.parameters()) for name, part in self.model_.named_children()}
        return {
            "n_parameters": float(sum(sizes.values())),
            "n_parameters_generation": float(sizes["decoder"] + sizes["prior"]),
            **self.model_.prior.sizes(),
        }
