from dataclasses import replace

import numpy as np
import pytest
import torch

import qgen
from qgen.generators.qvae.coding import ShowerCode, layer_of_voxels
from qgen.networks.cylinder import angle_groups, cylinder_shape
from qgen.networks.hit_rates import HitRates
from qgen.networks.turns import random_turns, turned
from qgen.showers import Showers
from qgen.training import generator


@pytest.fixture(scope="module", params=[("calogan/e+", "native"), ("clic/e-", "image8x8")])
def showers(request: pytest.FixtureRequest) -> Showers:
    dataset, representation = request.param
    return qgen.represent(qgen.load(dataset, stop=600), representation)


@pytest.fixture(scope="module")
def code(showers: Showers) -> ShowerCode:
    return ShowerCode.fit(showers, layer_fractions=True)


def test_layers_are_those_of_the_geometry(showers: Showers) -> None:
    layers = layer_of_voxels(showers.geometry)
    for number in range(len(showers.geometry.layers)):
        cells = showers.layer(number).reshape(len(showers), -1)
        np.testing.assert_array_equal(showers.voxels[:, layers == number], cells)


def test_showers_come_back(showers: Showers, code: ShowerCode) -> None:
    batch = code.forward(showers)
    again = code.inverse(batch["hit"], batch["activation"], showers.incident_energy, showers.total_energy)
    np.testing.assert_array_equal(again > 0, showers.voxels > 0)
    bright = showers.voxels > 1e-3 * showers.total_energy[:, None]
    np.testing.assert_allclose(again[bright], showers.voxels[bright], rtol=2e-3)
    np.testing.assert_allclose(again.sum(axis=1), showers.total_energy, rtol=1e-6)


def test_activations_are_standard_normal_where_hit(showers: Showers, code: ShowerCode) -> None:
    batch = code.forward(showers)
    first = batch["activation"][:, 1].numpy()[showers.layer(1).sum(axis=(1, 2)) > 0]
    assert first.mean() == pytest.approx(0, abs=4 / np.sqrt(len(first)))
    assert first.std() == pytest.approx(1, abs=0.15)


def test_layer_fractions_of_any_activations_are_their_own(showers: Showers, code: ShowerCode) -> None:
    """Whatever the voxels say, the energy of a layer is what its own activation says, normalised over the layers."""
    rng = generator(0)
    batch = code.forward(showers)
    hit = torch.ones_like(batch["hit"])
    u = torch.randn(batch["activation"].shape, generator=rng)
    n_layers = len(showers.geometry.layers)
    other = u.clone()
    other[:, n_layers:] = torch.randn(hit.shape, generator=rng)
    made = [code.inverse(hit, a, showers.incident_energy, showers.total_energy) for a in (u, other)]
    energies = [np.stack([v[:, i].sum(axis=1) for i in showers.geometry.indices], axis=1) for v in made]
    np.testing.assert_allclose(energies[0], energies[1], rtol=1e-9)
    assert not np.allclose(made[0], made[1])


def test_state_round_trip(showers: Showers, code: ShowerCode) -> None:
    again = ShowerCode.restore(code.state(), showers.geometry)
    for name, value in code.forward(showers).items():
        assert torch.equal(value, again.forward(showers)[name]), name


@pytest.mark.parametrize("layer_fractions", [False, True])
def test_a_cylinder_has_one_code_for_all_angles(layer_fractions: bool) -> None:
    """Dataset 2: no fractions of 45 layers unless asked for; turned showers have turned activations, and come back."""
    showers = qgen.load("calochallenge/2", stop=100)
    groups = angle_groups(showers.geometry)
    code = ShowerCode.fit(showers, groups=groups, layer_fractions=layer_fractions)
    assert code.n_layers == (45 if layer_fractions else 0)
    turns, shape = random_turns(100, 16, generator(0)), cylinder_shape(showers.geometry)
    there = turned(torch.tensor(showers.voxels), shape, turns).numpy()
    batch, other = (code.forward(s) for s in (showers, replace(showers, voxels=there)))
    voxels = batch["activation"][:, code.n_layers :]
    torch.testing.assert_close(other["activation"][:, code.n_layers :], turned(voxels, shape, turns))
    restored = ShowerCode.restore({k: torch.from_numpy(v) for k, v in code.state().items()}, showers.geometry)
    back = restored.inverse(other["hit"], other["activation"], showers.incident_energy, showers.total_energy)
    bright = there > 1e-3 * showers.total_energy[:, None]
    np.testing.assert_allclose(back[bright], there[bright], rtol=5e-3)
    assert code.rates is not None
    assert restored.rates is not None
    expected = HitRates.fit(showers.voxels > 0, code.response.scale.forward(showers.incident_energy), groups=groups)
    for rates in (code.rates, restored.rates):
        np.testing.assert_array_equal(rates.coefficients, expected.coefficients)
