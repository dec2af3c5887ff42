"""QGAN: a parametrised circuit whose basis states are the pixels, trained against a classical discriminator.

A shower is drawn in three steps:

    E_tot ~ p(E_tot | E_inc),    p_i = |<i| psi(z, E_inc, E_tot) >|^2  with z ~ N(0, 1),    E_i from p_i and E_tot.

The first is `ResponseModel`, classical and in closed form; the second the style-based circuit of `model.py`; the third
the inverse of `LogImage`, which keeps E_tot. One shower needs the probabilities of all basis states: exact here, many
shots of one circuit on hardware.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from qgen.files import InputError
from qgen.generator import BaseGenerator, resolve
from qgen.networks.discriminator import Discriminator
from qgen.networks.response import ResponseModel
from qgen.observables import feature_set, features
from qgen.qgan.model import N_CONDITION, StyleCircuit, View
from qgen.qgan.objective import Adversarial
from qgen.showers import Geometry, Showers
from qgen.simulation.circuit import Circuit
from qgen.training import Row, Run, generator, seeded, train
from qgen.transforms.log_image import LogImage

__all__ = ["QGAN"]

Floats = NDArray[np.float64]

MODES = ("style",)
THRESHOLD_QUANTILE = 0.01
"""Below this quantile of the energies of hit pixels, a generated pixel is empty."""
VISIBLE_QUANTILE = 0.02
"""Of the energies of hit pixels: around it, a pixel counts as hit in what the discriminator sees."""
LEAST_ENERGY = 1e-6
"""Least total energy of an image [MeV]: a distribution over pixels has no empty image."""
RESPONSE_LIMIT = 4.0
"""The standardised response enters the circuit halved and held to +-4."""
CHUNK = 1024
"""Showers simulated at once when sampling."""


class QGAN(BaseGenerator):
    """Hybrid quantum GAN: a circuit generates, a perceptron discriminates.

    Args:
        mode: "style": latent noise and energy in every angle (2110.06933).
        representation: what it learns and emits; it must have 2**n_qubits pixels.
        ansatz: the circuit, see `qgen.circuits`: a name for `resolve`, "file.py:name", or a function.
        backend: where the circuit runs, see `qgen.simulation`; training needs gradients of probabilities.
        n_qubits: wires of the circuit; 6 for 8 x 8 pixels, 3 for eight bins.
        depth: blocks of the circuit.
        n_latent: latent variables.
        spread: of the angles at the start [rad].
        offset: E_0 of `LogImage`, in units of the mean pixel energy of the training showers.
        pedestal: t of `LogImage`.
        width: of the discriminator's two hidden layers.
        epochs: passes through the training showers; 0 leaves the circuit untrained.
        batch_size: showers per step.
        learning_rate: of the circuit's coefficients.
        discriminator_rate: of the discriminator.
        gradient_penalty: gamma of the discriminator.
        averaging: memory of the running mean of the coefficients, per step.
        warm_up: part of the training in which the circuit learns the mean image, before the adversarial game.
        validate_every: epochs between validations, each of which is a candidate for the coefficients that are kept.
    """

    family = "gate"
    plugins: ClassVar[Mapping[str, str]] = {"ansatz": "", "backend": "simulation"}
    after_fit = ("backend",)
    quick: ClassVar[Mapping[str, Any]] = {"epochs": 190}
    typical_fit_s: ClassVar[Mapping[str, float]] = {"quick": 130.0, "standard": 275.0}

    model_: StyleCircuit
    discriminator_: Discriminator
    response_: ResponseModel
    transform_: LogImage
    threshold_: float
    history_: list[Row]

    def __init__(
        self,
        *,
        mode: str = "style",
        representation: str = "image8x8",
        ansatz: Any = "circuits/line",
        backend: Any = "statevector",
        n_qubits: int = 6,
        depth: int = 8,
        n_latent: int = 32,
        spread: float = 0.1,
        offset: float = 0.17,
        pedestal: float = 0.3,
        width: int = 256,
        epochs: int = 400,
        batch_size: int = 128,
        learning_rate: float = 1e-2,
        discriminator_rate: float = 1e-3,
        gradient_penalty: float = 0.1,
        averaging: float = 0.995,
        warm_up: float = 0.03,
        validate_every: int = 5,
    ) -> None:
        self.mode = mode
        self.representation = representation
        self.ansatz = ansatz
        self.backend = backend
        self.n_qubits = n_qubits
        self.depth = depth
        self.n_latent = n_latent
        self.spread = spread
        self.offset = offset
        self.pedestal = pedestal
        self.width = width
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.discriminator_rate = discriminator_rate
        self.gradient_penalty = gradient_penalty
        self.averaging = averaging
        self.warm_up = warm_up
        self.validate_every = validate_every

    def _fit(self, showers: Showers, run: Run) -> None:
        self._require_options(showers.geometry)
        self.response_ = ResponseModel.fit(showers.incident_energy, showers.total_energy)
        hit = showers.voxels[showers.voxels > 0]
        if not hit.size:
            raise InputError("QGAN.fit: expected showers with energy, found only empty ones")
        self.threshold_, visible = np.quantile(hit, (THRESHOLD_QUANTILE, VISIBLE_QUANTILE)).tolist()
        self.transform_ = LogImage(self.offset * float(showers.voxels.mean(dtype=np.float64)), self.pedestal)
        energies = torch.from_numpy(showers.voxels.copy())
        view = View(energies, _sums(showers.geometry), self.transform_, visible=visible)
        with seeded(run.seed, 3):
            self.discriminator_ = Discriminator(len(view.mean), N_CONDITION, width=self.width)
        start = StyleCircuit(self._circuit(), n_latent=self.n_latent, spread=self.spread, rng=generator(run.seed, 4))
        objective = Adversarial(
            start,
            self.discriminator_,
            view,
            self.transform_,
            self._features,
            learning_rate=self.learning_rate,
            discriminator_rate=self.discriminator_rate,
            gradient_penalty=self.gradient_penalty,
            averaging=self.averaging,
            warm_up=self.warm_up,
        )
        total = np.maximum(showers.total_energy, LEAST_ENERGY)
        data = {
            "energies": energies,
            "total": torch.from_numpy(total).float(),
            "condition": self._condition(showers.incident_energy, total),
            "incident_energy": torch.from_numpy(showers.incident_energy.copy()),
        }
        self.history_ = train(
            objective, data, run, epochs=self.epochs, batch_size=self.batch_size, validate_every=self.validate_every
        )
        self.model_ = objective.averaged

    def _require_options(self, geometry: Geometry) -> None:
        if self.mode not in MODES:
            raise InputError(f"QGAN: expected mode {' or '.join(map(repr, MODES))}, found {self.mode!r}")
        if geometry.n_voxels != 2**self.n_qubits:
            raise InputError(
                f"QGAN: {self.representation!r} has {geometry.n_voxels} pixels, "
                f"but n_qubits={self.n_qubits} gives {2**self.n_qubits} basis states"
            )
        self._circuit().require_gradients("probabilities")

    def _circuit(self) -> Circuit:
        return Circuit(resolve(self.ansatz), self.n_qubits, self.depth, backend=self.backend)

    def _condition(self, incident_energy: Floats, total_energy: Floats) -> Tensor:
        """Scaled logarithm of E_inc, held to the training range, and standardised response: (n, 2), float32."""
        x = np.clip(self.response_.scale.forward(incident_energy), -1, 1)
        r = np.clip(self.response_.standardise(incident_energy, total_energy) / 2, -RESPONSE_LIMIT, RESPONSE_LIMIT)
        return torch.from_numpy(np.stack([x, r], axis=1)).float()

    def _features(self, energies: Tensor, incident_energy: Tensor) -> Floats:
        """The features that showers of this geometry are scored on."""
        incident = incident_energy.numpy()
        showers = Showers(self._above_threshold(energies.numpy()), incident, self.geometry_)
        return features(showers, feature_set(self.geometry_, n_reference=len(showers)))[0]

    def _above_threshold(self, energies: NDArray[Any]) -> NDArray[Any]:
        """Energies with pixels below the threshold empty, at the same row sums."""
        kept = np.where(energies >= min(self.threshold_, energies.max()), energies, 0.0)
        total = kept.sum(axis=1, keepdims=True)
        return np.where(
            total > 0, kept * (energies.sum(axis=1, keepdims=True) / np.where(total > 0, total, 1)), energies
        )

    def _sample(self, incident_energy: Floats, rng: np.random.Generator) -> NDArray[Any]:
        total = np.maximum(self.response_.sample(incident_energy, rng), LEAST_ENERGY)
        condition = self._condition(incident_energy, total)
        z = torch.from_numpy(rng.standard_normal((len(total), self.n_latent))).float()
        self.model_.circuit = self.model_.circuit.on(self.backend)
        with torch.no_grad():
            p = torch.cat(
                [self.model_(c, noise) for c, noise in zip(condition.split(CHUNK), z.split(CHUNK), strict=True)]
            )
            energies = self.transform_.inverse(p.double(), torch.from_numpy(total))
        return self._above_threshold(energies.numpy())

    def _state(self) -> Mapping[str, Any]:
        return {
            **self.model_.state_dict(prefix="circuit."),
            **self.discriminator_.state_dict(prefix="discriminator."),
            **self.response_.state(),
            "threshold": np.array(self.threshold_),
            "offset": np.array(self.transform_.offset),
        }

    def _restore(self, state: Mapping[str, Tensor]) -> None:
        self.response_ = ResponseModel.restore(state)
        self.threshold_ = float(state["threshold"])
        self.transform_ = LogImage(float(state["offset"]), self.pedestal)
        self.model_ = StyleCircuit(self._circuit(), n_latent=self.n_latent, spread=0.0, rng=generator(0))
        self.model_.requires_grad_(False).load_state_dict(_under("circuit.", state))
        seen = _under("discriminator.", state)
        n_features = seen["net.0.weight"].shape[1] - N_CONDITION
        with seeded(0):
            self.discriminator_ = Discriminator(n_features, N_CONDITION, width=self.width)
        self.discriminator_.load_state_dict(seen)

    def resources(self) -> dict[str, float]:
        """Numbers of coefficients (of the circuit's angles, of the discriminator), of qubits, blocks and gates."""
        self._require_fitted()
        circuit = self._circuit()
        n_circuit = sum(p.numel() for p in self.model_.parameters())
        return {
            "n_parameters": n_circuit,
            "n_discriminator_parameters": sum(p.numel() for p in self.discriminator_.parameters()),
            "n_angles": circuit.n_inputs + circuit.n_weights,
            "n_qubits": self.n_qubits,
            "depth": self.depth,
            "two_qubit_gates": circuit.two_qubit_gates,
        }


def _sums(geometry: Geometry) -> Tensor:
    """Which pixels make up which row and which column of a square image, (n_pixels, n_sums); none for a profile."""
    if geometry.representation != "image8x8":
        return torch.zeros(geometry.n_voxels, 0)
    row, column = torch.arange(64) // 8, torch.arange(64) % 8
    return torch.cat([torch.eye(8)[row], torch.eye(8)[column]], dim=1)


def _under(prefix: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The entries whose name starts with `prefix`, without it."""
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
