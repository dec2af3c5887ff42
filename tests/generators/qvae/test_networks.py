import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.special import expit
from scipy.stats import multivariate_normal

import qgen
from qgen.boltzmann.machine import BoltzmannMachine
from qgen.files import InputError
from qgen.generators.qvae import CaloQVAE
from qgen.generators.qvae.coding import ShowerCode
from qgen.generators.qvae.latents import Bits
from qgen.generators.qvae.model import Decoder, Encoder, VariationalAutoencoder
from qgen.generators.qvae.negative import NegativePhase
from qgen.generators.qvae.networks import Heads, LatentTrunk, encoder_and_decoder
from qgen.generators.qvae.objective import NegativeELBO
from qgen.geometry import Geometry, Layer
from qgen.graphs import build
from qgen.networks.cylinder import angle_groups, cylinder_shape
from qgen.networks.turns import RandomTurns
from qgen.samplers.block_gibbs import BlockGibbsSampler
from qgen.showers import Showers
from qgen.training import Run, generator, seeded, train

CYLINDER = Geometry(
    "cylinder",
    tuple(
        Layer((tuple(np.linspace(0, 2 * np.pi, 5)), (0.0, 1.0, 2.5)), (float(z), z + 1.0), axes=("angle", "r"))
        for z in range(3)
    ),
)


def cylinder_showers(n: int = 300) -> Showers:
    """Three layers of 4 angles and 2 radii, every cell hit with a probability that grows with the energy."""
    rng = np.random.default_rng(0)
    energy = np.exp(rng.uniform(6, 10, n))
    hit = rng.uniform(size=(n, CYLINDER.n_voxels)) < (np.log(energy)[:, None] - 4) / 8
    hit[:, 3] = True
    voxels = hit * rng.lognormal(0, 1, hit.shape) * energy[:, None] / 20
    return Showers(voxels.astype(np.float32), energy, CYLINDER, "e-")


def networks(
    code: ShowerCode, geometry: Geometry = CYLINDER, *, scale: float | None = 0.4, **options: object
) -> tuple[Encoder, Decoder]:
    """Convolutions with 2 + 3 bits, the weights of the given scale, or as they start."""
    settings = {"network": "convolution", "decoder": "hierarchical", "width": 8} | options
    with seeded(1):
        made = encoder_and_decoder(code, geometry, [2, 3], Bits(), **settings)  # type: ignore[arg-type]
        for parameter in itertools.chain(*(part.parameters() for part in made)):
            if scale is not None:
                with torch.no_grad():
                    parameter.normal_(0, scale)
    return made


@pytest.mark.parametrize("layer_fractions", [True, False])
def test_likelihood_on_a_cylinder_is_that_of_every_voxel_by_itself(layer_fractions: bool) -> None:
    """Log-odds are those of the hit rates plus a map; one sigma for all angles; layers come first."""
    showers = cylinder_showers()
    code = ShowerCode.fit(showers, groups=angle_groups(CYLINDER), layer_fractions=layer_fractions)
    model = networks(code)[1].double()
    few = showers.select(slice(0, 10))
    batch = {name: values.double() for name, values in code.forward(few).items()}
    z = torch.from_numpy(np.random.default_rng(1).integers(0, 2, size=(10, 5)).astype(float))
    features = model.trunk(z - 0.5, batch["condition"])
    maps = model.heads.maps(features).detach().numpy()
    assert code.rates is not None
    p = expit(maps[:, 0] + code.rates.logits(batch["condition"][:, 0].numpy()))
    shape, hit, u = cylinder_shape(CYLINDER), batch["hit"].numpy(), batch["activation"].numpy()
    sd = np.broadcast_to(np.exp(model.heads.log_sd.detach().numpy()), shape).ravel()
    mean, counts = maps[:, 1], hit > 0
    if layer_fractions:
        mean = np.concatenate([model.heads.layers(features).detach().numpy(), mean], axis=1)
        sd = np.concatenate([np.exp(model.heads.layer_log_sd.detach().numpy()), sd])
        counts = np.concatenate([counts.reshape(10, 3, 8).any(axis=2), counts], axis=1)
    assert u.shape == mean.shape
    for n, found in enumerate(model.log_likelihood(z, **batch).tolist()):
        on = counts[n]
        expected = np.log(np.where(hit[n] > 0, p[n], 1 - p[n])).sum()
        expected += multivariate_normal(mean[n, on], np.diag(sd[on] ** 2)).logpdf(u[n, on])
        assert found == pytest.approx(expected, abs=1e-4)  # rates are kept in single precision


def test_convolutions_start_from_the_hit_rates_at_every_energy() -> None:
    showers = cylinder_showers()
    code = ShowerCode.fit(showers, groups=angle_groups(CYLINDER))
    model, assumed = networks(code, scale=None)[1], code.rates
    assert assumed is not None
    condition = torch.tensor([[-1.0, 0.0], [0.0, 0.0], [1.0, 0.0]])
    with torch.no_grad():
        logit, mean, sd = model(torch.zeros(3, 5), condition)
    np.testing.assert_allclose(logit, assumed.logits(np.array([-1.0, 0, 1])), atol=0.2)
    assert mean.abs().max() < 0.2
    assert torch.equal(sd, torch.ones_like(sd))


def test_every_level_sees_features_condition_and_earlier_latents() -> None:
    code = ShowerCode.fit(cylinder_showers(), groups=angle_groups(CYLINDER))
    encoder, _ = networks(code)
    batch = code.forward(cylinder_showers().select(slice(0, 5)))
    features = encoder.trunk(**batch)
    assert features.shape == (5, 8 + 2)
    torch.testing.assert_close(features[:, 8:], batch["condition"])
    assert [level[0].in_features for level in encoder.levels] == [10, 10 + 2]
    for name in batch:
        changed = encoder.trunk(**{**batch, name: batch[name] * 0.5})
        assert (changed[:, :8] != features[:, :8]).any(), name
    posterior = encoder(**batch, tau=0.0, rng=generator(0))
    rng = generator(0)
    first = Bits().draw(encoder.levels[0](features), tau=0.0, rng=rng)
    second = Bits().draw(encoder.levels[1](torch.cat([features, first - 0.5], dim=1)), tau=0.0, rng=rng)
    assert torch.equal(posterior.z, torch.cat([first, second], dim=1))


def test_hierarchical_decoder_refines_level_by_level() -> None:
    """With the second network switched off, what is left is the first level's answer, blind to later bits."""
    with seeded(1):
        trunk, heads = LatentTrunk([2, 3], 8, hierarchical=True), Heads(8, 4, 0)
        for parameter in [*trunk.parameters(), *heads.parameters()]:
            with torch.no_grad():
                parameter.normal_(0, 0.6)
    model = Decoder(trunk, heads, np.zeros(4, dtype=np.intp), Bits())
    assert [network[0].in_features for network in trunk.networks] == [2 + 2, 5 + 2 + 8]
    z, c = torch.zeros(1, 5), torch.zeros(1, 2)
    other = torch.tensor([[0.0, 0, 1, 1, 0]])
    assert not torch.equal(model(z, c)[1], model(other, c)[1])
    with torch.no_grad():
        for parameter in trunk.networks[1][-1].parameters():
            parameter.zero_()
    torch.testing.assert_close(model(z, c)[1], model(other, c)[1])
    first = torch.nn.functional.silu(trunk.networks[0](torch.cat([z[:, :2] - 0.5, c], dim=1)))
    torch.testing.assert_close(model(z, c)[1], heads.mean(first))


def test_resumed_training_with_turns_ends_with_the_same_bits_of_every_weight(tmp_path: Path) -> None:
    showers = cylinder_showers()
    code = ShowerCode.fit(showers, groups=angle_groups(CYLINDER))
    data = {**code.forward(showers), "held": torch.empty(len(showers), 0)}

    def objective(*, turns: bool = True) -> NegativeELBO:
        with seeded(3):
            machine = BoltzmannMachine(build("multipartite", (2, 3)), n_chains=20)
        return NegativeELBO(
            VariationalAutoencoder(*networks(code, scale=None), machine),
            NegativePhase(BlockGibbsSampler(1)),
            **{"learning_rate": 1e-2, "prior_learning_rate": 1e-2, "weight_decay": 0.0},
            **{"tau_start": 0.5, "tau_end": 0.1, "warm_up": 0.5},
            augment=RandomTurns(cylinder_shape(CYLINDER)) if turns else None,
        )

    def stop(epoch: int, row: dict[str, float]) -> None:
        if epoch == 2:
            raise KeyboardInterrupt

    whole, resumed, plain = objective(), objective(), objective(turns=False)
    for made in (whole, plain):
        train(made, data, Run(seed=0), epochs=4, batch_size=64)
    run = Run(seed=0, checkpoint=tmp_path, callbacks=(stop,))
    with pytest.raises(KeyboardInterrupt):
        train(objective(), data, run, epochs=4, batch_size=64, checkpoint_every_s=0)
    train(resumed, data, Run(seed=0, checkpoint=tmp_path), epochs=4, batch_size=64)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name
    first = "model.encoder.trunk.encoder.features.0.weight"
    assert not torch.equal(whole.state_dict()[first], plain.state_dict()[first])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"network": "convolution"}, "expected polar layers, the radius fastest, found axes"),
        ({"turns": True}, "expected polar layers, the radius fastest, found axes"),
        ({"network": "transformer"}, "CaloQVAE: expected a network of mlp, convolution, found 'transformer'"),
        ({"decoder": "tree"}, "CaloQVAE: expected a decoder of flat, hierarchical, found 'tree'"),
    ],
)
def test_what_a_geometry_cannot_have(options: dict[str, object], message: str) -> None:
    showers = qgen.load("calogan/e+", stop=100)
    with pytest.raises(InputError, match=message):
        CaloQVAE(representation="native", partitions=(4, 4), epochs=1, **options).fit(showers, seed=0)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def dataset_2() -> Showers:
    return qgen.load("calochallenge/2", stop=200)


@pytest.fixture(scope="module")
def model(dataset_2: Showers) -> CaloQVAE:
    return CaloQVAE(
        representation="native",
        network="convolution",
        turns=True,
        partitions=(4, 8, 8),
        conditioned=True,
        decoder="hierarchical",
        width=16,
        n_chains=50,
        batch_size=32,
        learning_rate=5e-3,
        epochs=2,
        validate_every=1,
    ).fit(dataset_2, seed=0)


def test_dataset_2_is_learnt_by_convolutions(model: CaloQVAE, dataset_2: Showers) -> None:
    """The bound gets better; hits are about as many as in GEANT4 layer by layer; the reconstruction keeps energies."""
    first, last = (row["validation"] for row in model.history_)
    assert last < first
    assert model.code_.n_layers == 0
    again = model.reconstruct(dataset_2, seed=0)
    np.testing.assert_allclose(again.total_energy, dataset_2.total_energy, rtol=1e-5)
    found, expected = (np.mean(s.voxels.reshape(-1, 45, 144) > 0, axis=(0, 2)) for s in (again, dataset_2))
    np.testing.assert_allclose(found, expected, atol=0.03)


def test_saved_and_loaded_convolutions_draw_the_same_showers(model: CaloQVAE, tmp_path: Path) -> None:
    model.save(tmp_path)
    again = qgen.load_generator(tmp_path)
    energy = np.linspace(*model.energy_range_, 10)
    np.testing.assert_array_equal(again.sample(energy, seed=3).voxels, model.sample(energy, seed=3).voxels)
    assert again.resources() == model.resources()
