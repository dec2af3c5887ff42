"""CaloQVAE: a discrete variational autoencoder with a Boltzmann prior (arXiv 2210.07430, 2312.03179, 2410.22870).

A shower is drawn in three steps, each with its own part of the model:

    E_tot ~ p(E_tot | E_inc),    z ~ exp(-E(z)) / Z,    (x, u) ~ p(x, u | z, c),    c = (E_inc, E_tot),

the first in closed form (`ResponseModel`), the second by a Boltzmann machine that any `Sampler` can draw from, the
third by the decoder. Energies follow from hits x and activations u (`ShowerCode`) and are scaled to E_tot: the
total energy is right by construction, and shape and response stay correlated, since the decoder sees both.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from qgen.boltzmann.machine import BoltzmannMachine, to_bits
from qgen.boltzmann.quantum import MAX_SPINS
from qgen.datasets import Stream
from qgen.files import InputError
from qgen.generators.base import BaseGenerator
from qgen.generators.protocol import Traits
from qgen.generators.qvae.calibration import calibrated
from qgen.generators.qvae.coding import ShowerCode
from qgen.generators.qvae.latents import Bits, Normal
from qgen.generators.qvae.model import VariationalAutoencoder, decode
from qgen.generators.qvae.negative import ExactPhase, NegativePhase
from qgen.generators.qvae.networks import DecoderKind, NetworkKind, encoder_and_decoder
from qgen.generators.qvae.objective import NegativeELBO
from qgen.generators.qvae.prior import NormalPrior, Prior, prior_of
from qgen.geometry import Geometry
from qgen.ising import Sampler
from qgen.networks.cylinder import angle_groups, cylinder_shape
from qgen.networks.turns import RandomTurns
from qgen.plugins import option, resolve
from qgen.plugins.options import require_seed
from qgen.representations import represent
from qgen.samplers.block_gibbs import BlockGibbsSampler
from qgen.showers import Showers
from qgen.training import Batch, Run, generator, seeded, train
from qgen.training.rows import Rows
from qgen.training.streamed import MEMORY, Survey, streamed

Floats = NDArray[np.float64]

WITHOUT_EFFECT = {
    "boltzmann": ("transverse_field",),
    "quantum": ("sampler", "sampler_options", "device_from"),
    "normal": ("transverse_field", "sampler", "sampler_options", "device_from"),
}
"""Options that mean nothing to a prior."""
FEW = 200
"""Showers that what is only tried out is fitted to."""
MOST_VOXELS = 2**24
"""Voxels of all the showers of a stream that the coding is fitted to: 2589 showers of dataset 2."""


class CaloQVAE(BaseGenerator):
    """Annealer-type generator: bits of a Boltzmann machine, decoded to a shower.

    `fit` also takes a `qgen.datasets.stream`: it trains on mini-batches from the file, and fits response and coding of
    the showers to those of it, chosen at random, that have `MOST_VOXELS` voxels in all; memory stays bounded.
    """

    family = "annealer"
    quick: ClassVar[Mapping[str, Any]] = {"epochs": 100, "learning_rate": 2e-3, "prior_learning_rate": 6e-3}
    typical_fit_s: ClassVar[Mapping[str, float]] = {"quick": 30.0, "standard": 60.0}

    prior: Literal["boltzmann", "quantum", "normal"] = option(
        "a Boltzmann machine; the same in a transverse field, exact, of at most 12 nodes in all; or the usual "
        "autoencoder with as many normal latents, the classical control",
        default="boltzmann",
    )
    graph: Any = option("of the Boltzmann machine", default="multipartite", plugin="graphs")
    partitions: Sequence[int] = option(
        "nodes of each colour; every free colour is one level of the posterior", default=(16, 32, 32), least=1
    )
    graph_options: Mapping[str, Any] | None = option(
        "settings of the graph, e.g. the size of the processor", default=None
    )
    conditioned: bool = option(
        "whether the nodes of the first colour hold the condition in bits: the incident energy (2410.22870) and the "
        "response",
        default=True,
    )
    transverse_field: float = option(
        "Gamma of the quantum prior, on its free nodes, in units of the temperature", default=0.3, above=0, most=100
    )
    decoder: DecoderKind = option(
        "flat, or hierarchical: every level of latents refines what the earlier ones gave", default="flat"
    )
    network: NetworkKind = option(
        "perceptrons, or convolutions: strided, periodic in angle, for the regular cylinders of `cylinder_shape`",
        default="mlp",
    )
    width: int = option("of the hidden layers of every network", default=64, least=1)
    layer_fractions: bool = option("whether layers have fractions of their own in the likelihood", default=False)
    turns: bool = option(
        "whether every training step turns or mirrors each shower of a regular cylinder at random", default=False
    )
    sampler: Any = option(
        "draws the prior when showers are generated; a model with a sampler object cannot be saved",
        default="samplers/block_gibbs",
        plugin="samplers",
        after_fit=True,
    )
    sampler_options: Mapping[str, Any] | None = option(
        "settings of a sampler given by name or class", default=None, after_fit=True
    )
    calibration_reads: int = option(
        "by which the effective temperature of an annealer is measured before every sample; 0 trusts its "
        "`beta_effective`",
        default=500,
        least=0,
        after_fit=True,
    )
    n_chains: int = option("persistent chains of the negative phase", default=500, least=1)
    sweeps_per_step: int = option("block Gibbs sweeps of these chains at every training step", default=5, least=0)
    device_from: float = option(
        "part of the training after which `sampler` gives the negative phase instead of the chains: training with the "
        "annealer in the loop; 1 is never",
        default=1.0,
        least=0,
        most=1,
    )
    device_reads: int = option("reads of `sampler` per training step", default=500, least=1)
    device_budget: int | None = option(
        "reads of `sampler` in all, then the chains go on; None has no end", default=None, least=0
    )
    epochs: int = option("passes through the training showers", default=200, least=0)
    batch_size: int = option("showers per step", default=128, least=1)
    learning_rate: float = option("of encoder and decoder", default=1e-3, least=0, most=10)
    prior_learning_rate: float = option("of the Boltzmann machine", default=3e-3, least=0, most=10)
    weight_decay: float = option("of encoder and decoder", default=0.1, least=0, most=10)
    tau_start: float = option("temperature of the relaxed bits at the first epoch", default=0.5, above=0, most=10)
    tau_end: float = option("the same at the last epoch", default=0.1, above=0, most=10)
    warm_up: float = option(
        "part of the training over which the weight of the KL divergence rises to 1", default=0.7, least=0, most=1
    )
    prior_from: float = option(
        "part of the training before which the prior stays as it starts: the latents first learn to tell showers apart",
        default=0.2,
        least=0,
        below=1,
    )
    freeze_from: float = option(
        "part of the training after which encoder and decoder stay as they are and only the prior goes on; 1 is never",
        default=1.0,
        least=0,
        most=1,
    )
    validate_every: int = option(
        "epochs between validations, each of which is a candidate for the weights that are kept", default=5, least=1
    )

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
        rng = generator(require_seed("reconstruct", seed))
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
        """Check the options, that none means nothing to the prior, and that a quantum prior is small enough."""
        super().require_options()
        for name in WITHOUT_EFFECT[self.prior]:
            default, value = self.__options__[name].default, getattr(self, name)
            if value != default:
                raise InputError(f"CaloQVAE: expected {name}={default} with prior={self.prior}, found {value!r}")
        if self.prior == "quantum" and sum(self.partitions) > MAX_SPINS:
            raise InputError(
                f"CaloQVAE: expected partitions of at most {MAX_SPINS} nodes in all with prior=quantum, "
                f"found {sum(self.partitions)}"
            )

    def require_samples(self, showers: Showers, *, seed: int) -> None:
        """Build sampler, prior and networks, untrained.

        Raises:
            InputError: one of them cannot be, or the sampler needs an account and finds none.
        """
        few = represent(showers.select(slice(FEW)), self.representation)
        trial = type(self)(**self.get_params())
        trial.code_ = trial._coding(few)
        trial._around(prior_of(self.get_params()), few.geometry)
        sampler = self._sampler()
        if hasattr(sampler, "require_account"):
            sampler.require_account()

    def _coding(self, showers: Showers) -> ShowerCode:
        symmetric = self.turns or self.network == "convolution"
        groups = angle_groups(showers.geometry) if symmetric else None
        return ShowerCode.fit(showers, layer_fractions=self.layer_fractions, groups=groups)

    def _fit(self, showers: Showers, run: Run, stream: Stream | None = None) -> None:
        sampler = self._sampler()  # an unknown sampler is told before the training, not after it
        self.code_ = self._coding(showers)
        with seeded(run.seed, 3):
            self.model_: VariationalAutoencoder = self._around(prior_of(self.get_params()), showers.geometry)
        data: Batch | Rows = (
            self._batch(showers)
            if stream is None
            else streamed(stream, lambda part: self._batch(represent(part, self.representation)), memory=MEMORY)
        )
        prior = self.model_.prior
        negative: NegativePhase | ExactPhase = ExactPhase()
        if isinstance(prior, BoltzmannMachine):
            held = self._held(showers.incident_energy, showers.total_energy)
            if prior.n_condition:
                prior.hold(held, np.random.default_rng((run.seed, 4)))
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
            prior_from=self.prior_from,
            freeze_from=self.freeze_from,
            augment=RandomTurns(cylinder_shape(showers.geometry)) if self.turns else None,
        )
        self.history_ = train(
            objective, data, run, epochs=self.epochs, batch_size=self.batch_size, validate_every=self.validate_every
        )

    def _around(self, prior: Prior, geometry: Geometry) -> VariationalAutoencoder:
        """The model with this prior and untrained networks."""
        latents = Normal() if isinstance(prior, NormalPrior) else Bits()
        encoder, decoder = encoder_and_decoder(
            self.code_,
            geometry,
            prior.levels,
            latents,
            network=self.network,
            decoder=self.decoder,
            width=self.width,
        )
        return VariationalAutoencoder(encoder, decoder, prior)

    def _sampler(self) -> Sampler:
        sampler: Any = resolve(self.sampler, "samplers")
        if not isinstance(sampler, type):
            return cast(Sampler, sampler)
        try:
            return cast(Sampler, sampler(**(self.sampler_options or {})))
        except TypeError as error:
            raise InputError(f"{self.sampler}: expected sampler_options that it has, found: {error}") from error

    def _batch(self, showers: Showers) -> Batch:
        """What the networks see of showers, and the bits that the prior holds."""
        return {**self.code_.forward(showers), "held": self._held(showers.incident_energy, showers.total_energy)}

    def _held(self, incident_energy: Floats, total_energy: Floats) -> Tensor:
        """The condition as bits of the held nodes, float32, shape (n, n_held)."""
        return self.code_.held(incident_energy, total_energy, self.model_.prior.n_condition)

    def _sample(self, incident_energy: Floats, rng: np.random.Generator) -> tuple[NDArray[Any], Mapping[str, Any]]:
        total = self.code_.response.sample(incident_energy, rng)
        prior, held = self.model_.prior, self._held(incident_energy, total)
        if isinstance(prior, BoltzmannMachine):
            sampler, temperature = calibrated(self._sampler(), prior, held, self.calibration_reads, rng)
            samples = prior.draw(len(incident_energy), sampler, rng, condition=held)
            z, sampling = to_bits(samples.spins)[:, prior.n_condition :], {**samples.info, **temperature}
        else:
            z, sampling = prior.draw(held, rng)
        random = generator(int(rng.integers(2**63)))
        voxels = decode(self.model_.decoder, self.code_, z, incident_energy, total, random)
        return voxels, {"sampling": sampling} if sampling else {}

    def _state(self) -> Mapping[str, Any]:
        return self.model_.state_dict() | self.code_.state()

    def _restore(self, state: Mapping[str, torch.Tensor]) -> None:
        self.code_ = ShowerCode.restore(state, self.geometry_)
        with seeded(0):
            self.model_ = self._around(prior_of(self.get_params(), state), self.geometry_)
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
