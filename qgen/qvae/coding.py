"""Showers as what the networks see: hits, activations and a condition, and back.

With E_l the energy of calorimeter layer l, a shower is a set of fractions,

    f_l = E_l / E_tot    and    f_v = E_v / E_l(v)    for every voxel v of layer l(v),

of which the hits x_v = [E_v > 0] say which are not zero (a layer is hit where one of its voxels is). The activation
u of a fraction that is not zero is its logit, brought to a standard normal marginal given E_inc (`NormalScores`).
Layers first, voxels after them: so layer energies have their own place in the likelihood, which no sum of many voxel
terms drowns. Back again fractions are normalised over the voxels of a layer and over the layers, and scaled to
E_tot, whose distribution given E_inc is known in closed form (`ResponseModel`): E_tot/E_inc is modelled explicitly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import ndtr
from torch import Tensor

from qgen.networks.response import ResponseModel
from qgen.showers import Geometry, Showers
from qgen.training import Batch
from qgen.transforms.logit import Logit
from qgen.transforms.normal_scores import NormalScores
from qgen.transforms.thermometer import Thermometer

Floats = NDArray[np.float64]

N_CONDITION = 2
RESPONSE_LIMIT = 4.0
"""The standardised response enters the networks halved and held to +-4."""
MOST_LEVELS = 8
"""Incident energies, and responses at each, that the held bits tell apart, at most."""
TINY = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True)
class ShowerCode:
    """Fitted coding of the showers of one geometry.

    Attributes:
        layers: calorimeter layer of every voxel, shape (n_voxels,).
        response: p(E_tot | E_inc).
        scores: of the logits of all fractions: n_layers first where there are several layers, then n_voxels.
    """

    layers: NDArray[np.intp]
    response: ResponseModel
    scores: NormalScores

    @classmethod
    def fit(cls, showers: Showers) -> Self:
        """Fit response and normal scores."""
        layers = layer_of_voxels(showers.geometry)
        response = ResponseModel.fit(showers.incident_energy, showers.total_energy)
        fractions = _fractions(showers, layers)
        x = response.scale.forward(showers.incident_energy)
        return cls(layers, response, NormalScores.fit(Logit().forward(fractions), fractions > 0, x))

    def forward(self, showers: Showers) -> Batch:
        """Hits (n, n_voxels), activations (n, n_fractions) and condition (n, N_CONDITION), float32."""
        fractions = _fractions(showers, self.layers)
        u = self.scores.forward(Logit().forward(fractions), self.response.scale.forward(showers.incident_energy))
        return {
            "hit": torch.from_numpy(showers.voxels > 0).float(),
            "activation": torch.from_numpy(np.where(fractions > 0, u, 0.0)).float(),
            "condition": self.condition(showers.incident_energy, showers.total_energy),
        }

    def condition(self, incident_energy: Floats, total_energy: Floats) -> Tensor:
        """Scaled logarithm of E_inc, held to the training range, and standardised response, float32."""
        x = np.clip(self.response.scale.forward(incident_energy), -1, 1)
        t = np.clip(self.response.standardise(incident_energy, total_energy) / 2, -RESPONSE_LIMIT, RESPONSE_LIMIT)
        return torch.from_numpy(np.stack([x, t], axis=1)).float()

    def held(self, incident_energy: Floats, total_energy: Floats, n_bits: int) -> Tensor:
        """The condition as bits for the held nodes of a prior, float32, shape (n, n_bits).

        Even bits are a thermometer over the logarithm of E_inc, odd ones over the quantile of the response given
        E_inc, MOST_LEVELS levels each: latents that were drawn in ignorance of a shower's E_tot do not go with it.
        """
        quantile = ndtr(self.response.standardise(incident_energy, total_energy))
        parts = (self.response.scale.forward(incident_energy), 2 * quantile - 1)
        bits = np.empty((len(incident_energy), n_bits), dtype=np.float32)
        for first, x in enumerate(parts[:n_bits]):
            n = len(range(first, n_bits, 2))
            bits[:, first::2] = Thermometer(n, min(MOST_LEVELS, n + 1)).forward(x)
        return torch.from_numpy(bits)

    def inverse(self, hit: Tensor, activation: Tensor, incident_energy: Floats, total_energy: Floats) -> Floats:
        """Voxel energies [MeV], shape (n, n_voxels), of hits and activations, with the given totals [MeV]."""
        u = activation.numpy().astype(np.float64)
        logits = self.scores.inverse(u, self.response.scale.forward(incident_energy))
        fractions = np.maximum(Logit().inverse(logits), TINY)
        n_layers = u.shape[1] - len(self.layers)
        voxels = np.where(hit.numpy() > 0, fractions[:, n_layers:], 0.0)
        if n_layers:
            energy = _layer_sums(voxels, self.layers)
            scale = np.divide(fractions[:, :n_layers], energy, out=np.zeros_like(energy), where=energy > 0)
            voxels *= scale[:, self.layers]
        return np.asarray(voxels * (total_energy / voxels.sum(axis=1))[:, None])

    def state(self) -> dict[str, Floats]:
        """Named arrays, taken back by `restore`."""
        return self.response.state() | self.scores.state()

    @classmethod
    def restore(cls, state: Mapping[str, Any], geometry: Geometry) -> Self:
        """The coding of `state`; entries may be tensors, further entries are ignored."""
        return cls(layer_of_voxels(geometry), ResponseModel.restore(state), NormalScores.restore(state))


def layer_of_voxels(geometry: Geometry) -> NDArray[np.intp]:
    """Calorimeter layer of every voxel, shape (n_voxels,)."""
    layers = np.empty(geometry.n_voxels, dtype=np.intp)
    for number, index in enumerate(geometry.indices):
        layers[index] = number
    return layers


def _fractions(showers: Showers, layers: NDArray[np.intp]) -> Floats:
    """f_l of all layers, where there are several, and f_v of all voxels; zero where the energy is."""
    voxels = showers.voxels.astype(np.float64)
    energy = _layer_sums(voxels, layers)
    within = voxels / np.maximum(energy, TINY)[:, layers]
    if energy.shape[1] == 1:
        return np.asarray(within)
    return np.concatenate([energy / np.maximum(energy.sum(axis=1, keepdims=True), TINY), within], axis=1)


def _layer_sums(voxels: Floats, layers: NDArray[np.intp]) -> Floats:
    """Energies of the layers, shape (n, n_layers)."""
    return np.stack([voxels[:, layers == number].sum(axis=1) for number in range(layers.max() + 1)], axis=1)
