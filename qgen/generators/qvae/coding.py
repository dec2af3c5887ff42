"""What do the networks see of a shower? Hits, activations and a condition, and back.

With E_l the energy of calorimeter layer l, a shower is a set of fractions,

    f_l = E_l / E_tot    and    f_v = E_v / E_l(v)    for every voxel v of layer l(v),

of which the hits x_v = [E_v > 0] say which are not zero (a layer is hit where one of its voxels is). The activation
u of a fraction that is not zero is its logit, brought to a standard normal marginal given E_inc (`NormalScores`).
Layers first, voxels after them. Without `layer_fractions`, the default, there are no f_l, and f_v = E_v / E_tot. Back
again fractions are normalised over the voxels of a layer and over the layers, and scaled to E_tot, whose distribution
given E_inc is known in closed form (`ResponseModel`): E_tot/E_inc is modelled explicitly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import ndtr
from torch import Tensor

from qgen.geometry import Geometry
from qgen.networks.hit_rates import HitRates
from qgen.networks.response import ResponseModel
from qgen.showers import Showers
from qgen.training import Batch
from qgen.transforms.logit import Logit
from qgen.transforms.normal_scores import NormalScores
from qgen.transforms.thermometer import Thermometer

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

MOST_LEVELS = 8
"""Incident energies, and responses at each, that the held bits tell apart, at most."""
FEW = 0.3
"""Where so few fractions count, taking them one by one is faster than a table of all."""
TINY = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True)
class ShowerCode:
    """Fitted coding of the showers of one geometry.

    Attributes:
        layers: calorimeter layer of every voxel, shape (n_voxels,).
        response: p(E_tot | E_inc).
        scores: of the logits of all fractions: n_layers first where layers have their own, then n_voxels.
        rates: of the hits given E_inc, where voxels that are alike by symmetry share them; else None.
    """

    layers: Index
    response: ResponseModel
    scores: NormalScores
    rates: HitRates | None = None

    @classmethod
    def fit(cls, showers: Showers, *, layer_fractions: bool = False, groups: Index | None = None) -> Self:
        """Fit response, normal scores and hit rates.

        Args:
            showers: to fit to.
            layer_fractions: whether layers have fractions of their own. A single layer never has one.
            groups: of voxels that are alike by symmetry and share normal scores and hit rates, shape (n_voxels,);
                None: there are no such voxels.
        """
        layers = layer_of_voxels(showers.geometry)
        n_layers = len(showers.geometry.layers)
        if n_layers == 1 or not layer_fractions:
            n_layers = 0
        response = ResponseModel.fit(showers.incident_energy, showers.total_energy)
        x = response.scale.forward(showers.incident_energy)
        rates = None if groups is None else HitRates.fit(showers.voxels > 0, x, groups=groups)
        every = None if groups is None else np.concatenate([np.arange(n_layers), n_layers + groups])
        fractions = _fractions(showers, layers, apart=n_layers > 0)
        scores = NormalScores.fit(Logit().forward(fractions), fractions > 0, x, groups=every)
        return cls(layers, response, scores, rates)

    @property
    def n_layers(self) -> int:
        """Layers that have fractions of their own: all or 0."""
        return len(self.scores.groups) - len(self.layers)

    def forward(self, showers: Showers) -> Batch:
        """Hits (n, n_voxels), activations (n, n_fractions) and condition (`ResponseModel`), float32."""
        fractions = _fractions(showers, self.layers, apart=self.n_layers > 0)
        u = self.scores.forward(Logit().forward(fractions), self.response.scale.forward(showers.incident_energy))
        return {
            "hit": torch.from_numpy(showers.voxels > 0).float(),
            "activation": torch.from_numpy(np.where(fractions > 0, u, 0.0)).float(),
            "condition": self.response.condition(showers.incident_energy, showers.total_energy),
        }

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
        n_layers = self.n_layers
        counts = np.pad(hit.numpy() > 0, ((0, 0), (n_layers, 0)), constant_values=True)
        fractions = self._fractions(activation.numpy().astype(np.float64), counts, incident_energy)
        voxels = fractions[:, n_layers:]
        if n_layers:
            energy = _layer_sums(voxels, self.layers)
            scale = np.divide(fractions[:, :n_layers], energy, out=np.zeros_like(energy), where=energy > 0)
            voxels *= scale[:, self.layers]
        return np.asarray(voxels * (total_energy / voxels.sum(axis=1))[:, None])

    def _fractions(self, u: Floats, counts: NDArray[np.bool_], incident_energy: Floats) -> Floats:
        """Fractions of activations, no smaller than TINY where they count, else zero; same shape."""
        x = self.response.scale.forward(incident_energy)
        if counts.mean() > FEW:
            return np.where(counts, np.maximum(Logit().inverse(self.scores.inverse(u, x)), TINY), 0.0)
        rows, columns = np.nonzero(counts)
        fractions = np.zeros(u.shape)
        logits = self.scores.inverse_at(rows, columns, u[rows, columns], x)
        fractions[rows, columns] = np.maximum(Logit().inverse(logits), TINY)
        return fractions

    def state(self) -> dict[str, Floats]:
        """Named arrays, taken back by `restore`."""
        return self.response.state() | self.scores.state() | ({} if self.rates is None else self.rates.state())

    @classmethod
    def restore(cls, state: Mapping[str, Any], geometry: Geometry) -> Self:
        """The coding of `state`; entries may be tensors, further entries are ignored."""
        rates = HitRates.restore(state) if "hits.coefficients" in state else None
        return cls(layer_of_voxels(geometry), ResponseModel.restore(state), NormalScores.restore(state), rates)


def layer_of_voxels(geometry: Geometry) -> Index:
    """Calorimeter layer of every voxel, shape (n_voxels,)."""
    layers = np.empty(geometry.n_voxels, dtype=np.intp)
    for number, index in enumerate(geometry.indices):
        layers[index] = number
    return layers


def _fractions(showers: Showers, layers: Index, *, apart: bool) -> Floats:
    """f_v of all voxels, where layers stand `apart` after f_l of all layers; zero where the energy is."""
    voxels = showers.voxels.astype(np.float64)
    total = np.maximum(voxels.sum(axis=1, keepdims=True), TINY)
    if not apart:
        return np.asarray(voxels / total)
    energy = _layer_sums(voxels, layers)
    return np.concatenate([energy / total, voxels / np.maximum(energy, TINY)[:, layers]], axis=1)


def _layer_sums(voxels: Floats, layers: Index) -> Floats:
    """Energies of the layers, shape (n, n_layers)."""
    return np.stack([voxels[:, layers == number].sum(axis=1) for number in range(layers.max() + 1)], axis=1)
