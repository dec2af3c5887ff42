"""QGAN: parametrised circuits whose basis states, or qubits, are the pixels, trained against a discriminator.

A shower is drawn in three steps:

    E_tot ~ p(E_tot | E_inc),    p ~ image of the circuits (`qgen.generators.qgan.modes`),    E_i from p_i and E_tot.

The first is `ResponseModel`, classical and in closed form; the second is what the mode does; the third the inverse
of `LogImage` or `UnitImage`, which keep E_tot. Probabilities and expectations are exact here, many shots on hardware.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from qgen.files import InputError
from qgen.generators.base import MIN_SHOWERS, BaseGenerator, require_energies
from qgen.generators.protocol import Family, Traits
from qgen.generators.qgan.discriminators import Kind, discriminator
from qgen.generators.qgan.modes import MODES, Mode, Recipe
from qgen.generators.qgan.objectives import Adversarial, ImageObjective, Ingredients, Matching, penalty_of
from qgen.generators.qgan.view import View, above, row_and_column_sums, thresholds
from qgen.geometry import Geometry
from qgen.networks.adversary import Adversary
from qgen.networks.response import ResponseModel
from qgen.observables import feature_set, features
from qgen.plugins import option
from qgen.plugins.options import require_seed
from qgen.representations import represent
from qgen.showers import Showers
from qgen.training import Run, generator, seeded, train
from qgen.transforms.log_image import LogImage
from qgen.transforms.unit_image import UnitImage

Floats = NDArray[np.float64]

LEAST_ENERGY = 1e-6
"""Least total energy of an image [MeV]: a distribution over pixels has no empty image."""
CHUNK = 1024
"""Showers simulated at once when sampling."""


class QGAN(BaseGenerator):
    """Quantum GAN: circuits generate, a perceptron, a small CNN or another circuit discriminates."""

    family = "gate"
    quick: ClassVar[Mapping[str, Any]] = {"epochs": 190}
    typical_fit_s: ClassVar[Mapping[str, float]] = {"quick": 75.0, "standard": 150.0}

    mode: str = option(
        "how circuits make an image: an image for every shower, but only the mean image with probability; perceptron "
        "is the classical control; angle takes one qubit for every pixel, the others n qubits for 2^n",
        default="style",
        choices=MODES,
    )
    ansatz: Any = option("of every circuit", default="circuits/line", plugin="circuits")
    depth: int = option("blocks of every circuit", default=8, least=1)
    backend: Any = option(
        "where circuits run; training needs one with gradients",
        default="statevector",
        plugin="simulation",
        after_fit=True,
    )
    n_latent: int = option("latent variables of style, angle and patch", default=32, least=0)
    n_ancillas: int = option(
        "measured qubits of ancilla, and those of the circuit that chooses in dual", default=4, least=0
    )
    n_patches: int = option("number of patches of the image, of mode patch: a power of two", default=4, least=0)
    spread: float = option("of the angles' coefficients at the start [rad]", default=0.1, least=0, most=10)
    log_image: bool = option("whether images hold the logarithm of energies (`LogImage`) or energies", default=True)
    offset: float = option(
        "E_0 of `LogImage`, in units of the mean pixel energy of the training showers; below the energy of every pixel "
        "that matters, as fainter ones are hardly seen",
        default=0.17,
        least=0,
        most=1e6,
    )
    pedestal: float = option(
        "t of `LogImage`, added to every logarithm: room for pixels without energy", default=0.3, least=0, most=100
    )
    loss: Literal["bce", "wgan-gp", "mmd"] = option(
        "bce or wgan-gp against the discriminator, or mmd, which needs none", default="bce"
    )
    correlation: float = option("weight of the pixels' correlations in mmd", default=1.0, least=0, most=1e6)
    discriminator: Kind = option(
        "what tells generated showers; quantum: at most 12 pixels, no gradient penalty", default="mlp"
    )
    width: int = option("of the discriminator's hidden layers", default=256, least=1)
    discriminator_depth: int = option("blocks of the quantum discriminator", default=4, least=1)
    epochs: int = option("passes through the training showers; 0 leaves the circuits untrained", default=400, least=0)
    batch_size: int = option("showers per step", default=128, least=1)
    learning_rate: float = option("of the circuits' coefficients", default=1e-2, least=0, most=10)
    discriminator_rate: float = option("learning rate of the discriminator", default=1e-3, least=0, most=10)
    gradient_penalty: float | None = option(
        "gamma of the discriminator; None takes 0.1 for bce, 0 for a quantum one, 10 for wgan-gp",
        default=None,
        least=0,
        most=1e6,
    )
    averaging: float = option(
        "memory of the running mean of the coefficients, per step", default=0.995, least=0, below=1
    )
    warm_up: float = option(
        "part of the training in which the circuit learns the mean image, before the adversarial game",
        default=0.03,
        least=0,
        below=1,
    )
    validate_every: int = option(
        "epochs between validations, each of which is a candidate for the coefficients that are kept",
        default=5,
        least=1,
    )

    @property
    def traits(self) -> Traits:
        """Family, representation, and whether the mode is event-level; a perceptron is a classical generator."""
        family: Family = "classical" if self.mode == "perceptron" else "gate"
        return Traits(family, getattr(MODES.get(self.mode), "event_level", True), self.representation)

    def require_options(self) -> None:
        """Check every option, then a loss of pairs on batches of one, and a gradient penalty that does not fit."""
        super().require_options()
        if self.loss != "mmd":
            penalty_of(self.loss, self.discriminator, self.gradient_penalty)
        elif self.batch_size < 2:
            raise InputError("QGAN: expected batch_size >= 2 for loss 'mmd', which compares pairs, found 1")

    def require_samples(self, showers: Showers, *, seed: int) -> None:
        """Build the circuits for these images, untrained, and ask their backend for gradients.

        Raises:
            InputError: they cannot be.
        """
        start = self._untrained(represent(showers.select(slice(1)), self.representation).geometry, generator(seed))
        start.require_gradients()

    def _fit(self, showers: Showers, run: Run) -> None:
        start = self._untrained(showers.geometry, generator(run.seed, 4))
        start.require_gradients()
        self.response_ = ResponseModel.fit(showers.incident_energy, showers.total_energy)
        self.threshold_, visible = thresholds(showers)
        logarithm = LogImage(self.offset * float(showers.voxels.mean(dtype=np.float64)), self.pedestal)
        self.transform_: LogImage | UnitImage = logarithm if self.log_image else UnitImage()
        kept = showers.select(showers.total_energy > 0)  # an empty one is no distribution over pixels
        if len(kept) < MIN_SHOWERS:
            raise InputError(f"QGAN.fit: expected at least {MIN_SHOWERS} showers with energy, found {len(kept)}")
        energies = torch.from_numpy(kept.voxels.copy())
        view = View(energies, row_and_column_sums(showers.geometry), logarithm, visible=visible)
        objective = self._objective(start, view, run.seed)
        data = {
            "energies": energies,
            "total": torch.from_numpy(kept.total_energy.copy()).float(),
            "condition": self.response_.condition(kept.incident_energy, kept.total_energy),
            "incident_energy": torch.from_numpy(kept.incident_energy.copy()),
        }
        self.history_ = train(
            objective, data, run, epochs=self.epochs, batch_size=self.batch_size, validate_every=self.validate_every
        )
        self.model_: Mode = objective.averaged

    def _objective(self, start: Mode, view: View, seed: int) -> ImageObjective:
        """What is minimised; makes the discriminator, where there is one."""
        made_of = Ingredients(
            start, view, self.transform_, self._features, self.learning_rate, self.averaging, self.warm_up
        )
        if self.loss == "mmd":
            self.discriminator_: nn.Module | None = None
            return Matching(made_of, correlation=self.correlation)
        self.discriminator_ = self._discriminator(len(view.mean), self.geometry_, seed)
        adversary = Adversary(
            self.discriminator_,
            game=self.loss,
            learning_rate=self.discriminator_rate,
            gradient_penalty=penalty_of(self.loss, self.discriminator, self.gradient_penalty),
        )
        return Adversarial(made_of, adversary)

    def _untrained(self, geometry: Geometry, rng: torch.Generator) -> Mode:
        """The mode's circuits for these images."""
        recipe = Recipe(
            self.ansatz,
            self.depth,
            self.backend,
            geometry.n_voxels,
            self.n_latent,
            self.n_ancillas,
            self.n_patches,
            self.spread,
        )
        return MODES[self.mode](recipe, rng)

    def _discriminator(self, n_features: int, geometry: Geometry, seed: int) -> nn.Module:
        with seeded(seed, 3):
            return discriminator(
                self.discriminator,
                n_features=n_features,
                n_pixels=geometry.n_voxels,
                width=self.width,
                depth=self.discriminator_depth,
                backend=self.backend,
                rng=generator(seed, 5),
            )

    def _features(self, energies: Tensor, incident_energy: Tensor) -> Floats:
        """The features that showers of this geometry are scored on."""
        incident = incident_energy.numpy()
        showers = Showers(above(self.threshold_, energies.numpy()), incident, self.geometry_)
        return features(showers, feature_set(self.geometry_, n_reference=len(showers)))[0]

    def _sample(self, incident_energy: Floats, rng: np.random.Generator) -> NDArray[Any]:
        total, condition, noise = self._drawn(incident_energy, rng)
        self.model_.run_on(self.backend)
        with torch.no_grad():
            p = torch.cat(
                [self.model_(c, z).p for c, z in zip(condition.split(CHUNK), noise.split(CHUNK), strict=True)]
            )
            energies = self.transform_.inverse(p.double(), torch.from_numpy(total))
        return above(self.threshold_, energies.numpy())

    def _drawn(self, incident_energy: Floats, rng: np.random.Generator) -> tuple[Floats, Tensor, Tensor]:
        """Total energies [MeV] (n,), conditions (n, 2) and noise (n, n_noise) of showers."""
        total = np.maximum(self.response_.sample(incident_energy, rng), LEAST_ENERGY)
        noise = torch.from_numpy(rng.standard_normal((len(total), self.model_.n_noise))).float()
        return total, self.response_.condition(incident_energy, total), noise

    def export(
        self, path: str | Path, incident_energy: float, *, parametric: bool = False, seed: int = 0
    ) -> dict[str, float]:
        """Write the circuits of one shower as OpenQASM 3, with their measurement, for a quantum computer.

        It is the shower of `sample([incident_energy], seed=seed)`: the angles hold its energy and its noise. A mode of
        several circuits has all of them in the file, side by side in the order in which they run; in dual mode the
        angles of the second one are those for what the first one gave.

        Args:
            path: to write.
            incident_energy: [MeV].
            parametric: leave the angles open, to be bound for every shower, and measure nothing.
            seed: of the shower.

        Returns:
            `n_qubits`, `one_qubit_gates`, `two_qubit_gates`, `depth`, `two_qubit_depth`, of all circuits together.

        Raises:
            InputError: not fitted yet, an energy that is not > 0, or a mode without a circuit.
        """
        from qgen.simulation.qiskit_circuits import side_by_side, to_qiskit, write_qasm

        self._require_fitted()
        if not self.model_.circuits:
            raise InputError(f"QGAN: expected a mode with a circuit to export, found {self.mode!r}")
        rng = np.random.default_rng(require_seed("export", seed))
        _, condition, noise = self._drawn(require_energies([incident_energy], self.energy_range_), rng)
        self.model_.run_on(self.backend)
        together = side_by_side(self.model_.recorded(condition, noise))
        n_measured = 0 if parametric else together.n_qubits
        return write_qasm(to_qiskit(together, parametric=parametric), path, n_measured=n_measured)

    def _state(self) -> Mapping[str, Any]:
        seen = {} if self.discriminator_ is None else self.discriminator_.state_dict(prefix="discriminator.")
        return {
            **self.model_.state_dict(prefix="circuit."),
            **seen,
            **self.response_.state(),
            "threshold": np.array(self.threshold_),
            "offset": np.array(getattr(self.transform_, "offset", np.nan)),
        }

    def _restore(self, state: Mapping[str, Tensor]) -> None:
        self.response_ = ResponseModel.restore(state)
        self.threshold_ = float(state["threshold"])
        self.transform_ = LogImage(float(state["offset"]), self.pedestal) if self.log_image else UnitImage()
        self.model_ = self._untrained(self.geometry_, generator(0))
        self.model_.requires_grad_(False).load_state_dict(_under("circuit.", state))
        self.discriminator_ = None
        if seen := _under("discriminator.", state):
            n_features = self.geometry_.n_voxels + row_and_column_sums(self.geometry_).shape[1] + 1
            self.discriminator_ = self._discriminator(n_features, self.geometry_, 0)
            self.discriminator_.load_state_dict(seen)

    def resources(self) -> dict[str, float]:
        """Numbers of coefficients (of the circuits' angles, of the discriminator) and angles, the qubits of the largest
        circuit, blocks, and the two-qubit gates of all circuits that one shower takes."""
        self._require_fitted()
        circuits, discriminator_ = self.model_.circuits, self.discriminator_
        seen = [] if discriminator_ is None else list(discriminator_.parameters())
        counts: dict[str, float] = {
            "n_parameters": sum(p.numel() for p in self.model_.parameters()),
            "n_discriminator_parameters": sum(p.numel() for p in seen),
        }
        if not circuits:
            return counts
        return counts | {
            "n_angles": sum(circuit.n_inputs + circuit.n_weights for circuit in circuits),
            "n_qubits": max(circuit.n_qubits for circuit in circuits),
            "n_circuits": len(circuits),
            "depth": self.depth,
            "two_qubit_gates": sum(circuit.two_qubit_gates for circuit in circuits),
        }


def _under(prefix: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The entries whose name starts with `prefix`, without it."""
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
