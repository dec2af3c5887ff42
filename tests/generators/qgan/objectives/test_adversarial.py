"""The adversarial objective against closed forms and finite differences."""

import numpy as np
import pytest
import torch

from qgen.circuits.line import line
from qgen.generators.qgan.modes import MODES, Recipe
from qgen.generators.qgan.objectives._objective import DRAWS_PER_SHOWER, Ingredients
from qgen.generators.qgan.objectives.adversarial import Adversarial
from qgen.generators.qgan.view import View
from qgen.metrics.frechet_distance import frechet_distance
from qgen.networks.adversary import Adversary
from qgen.networks.discriminator import Discriminator
from qgen.training import generator
from qgen.transforms.log_image import LogImage

PAIR = LogImage(0.3, 1.0)


def mode(name: str, rng: torch.Generator):
    return MODES[name](Recipe(line, 1, "statevector", 4, 3, 2, 2, 0.5), rng).double()


def batch(n: int, rng: torch.Generator) -> dict[str, torch.Tensor]:
    energies = torch.exp(torch.randn(n, 4, generator=rng, dtype=torch.float64))
    return {
        "energies": energies,
        "total": energies.sum(1),
        "condition": torch.randn(n, 2, generator=rng, dtype=torch.float64),
        "incident_energy": 50 * energies.sum(1),
    }


@pytest.fixture(params=["style", "ancilla"])
def objective(request):
    rng = generator(0)
    data = batch(40, rng)
    view = View(data["energies"], torch.tensor([[1.0], [1], [0], [0]], dtype=torch.float64), PAIR, visible=0.1)
    made_of = Ingredients(
        mode(request.param, rng),
        view,
        PAIR,
        lambda energies, incident: np.log(energies.numpy() + 1) / incident.numpy()[:, None],
        learning_rate=1e-2,
        averaging=0.9,
        warm_up=0.0,
    )
    adversary = Adversary(Discriminator(6, 2, width=5).double(), learning_rate=1e-2, gradient_penalty=0.3)
    return Adversarial(made_of, adversary).double()


@pytest.mark.parametrize("objective", ["style"], indirect=True)
def test_gradient_of_the_generators_loss_against_finite_differences(objective):
    data = batch(6, generator(3))

    def loss() -> torch.Tensor:
        objective.discriminator_loss(data, generator(4))
        return objective.generator_loss(data, generator(4))

    loss().backward()
    for parameter in objective.generator.parameters():
        flat, gradient = parameter.data.view(-1), parameter.grad.view(-1).clone()
        for i in range(0, len(flat), 5):
            values = []
            for step in (1e-6, -2e-6):
                flat[i] += step
                values.append(loss().item())
            flat[i] += 1e-6
            assert gradient[i].item() == pytest.approx((values[0] - values[1]) / 2e-6, rel=1e-4, abs=1e-7)


def test_while_warming_up_the_generators_loss_is_the_cross_entropy(objective):
    data = batch(6, generator(3))
    objective.warm_up = 0.1
    objective.begin_epoch(0.05)
    objective.discriminator_loss(data, generator(4))
    p = objective.images(objective.generator, data["condition"], generator(4)).p.detach().numpy()
    raised = 1 + np.log1p(data["energies"].numpy() / 0.3)
    expected = -np.mean(np.sum(raised / raised.sum(1, keepdims=True) * np.log(p), axis=1))
    assert objective.generator_loss(data, generator(4)).item() == pytest.approx(expected)
    objective.begin_epoch(0.1)
    objective.discriminator_loss(data, generator(4))
    assert objective.generator_loss(data, generator(4)).item() != pytest.approx(expected)


def test_the_running_mean_follows_the_steps(objective):
    optimiser = objective.optimisers()["generator"]
    expected = objective.averaged.angles.bias.clone()
    for step in range(1, 31):
        objective.discriminator_loss(batch(5, generator(5)), generator(step))
        optimiser.zero_grad()
        objective.generator_loss(batch(5, generator(5)), generator(step)).backward()
        optimiser.step()
        memory = min(0.9, step / (step + 9))
        expected = memory * expected + (1 - memory) * objective.generator.angles.bias.detach()
    torch.testing.assert_close(objective.averaged.angles.bias, expected)
    assert not torch.allclose(expected, objective.generator.angles.bias)


def test_score_is_the_frechet_distance_of_the_averaged_generator(objective):
    data = batch(30, generator(6))
    repeated = {name: values.repeat_interleave(DRAWS_PER_SHOWER, 0) for name, values in data.items()}
    with torch.no_grad():
        p = objective.images(objective.averaged, repeated["condition"], generator(7)).p
    made = PAIR.inverse(p, repeated["total"])
    reference = objective.features(data["energies"], data["incident_energy"])
    scale = np.abs(reference).max(axis=0)
    expected = frechet_distance(reference / scale, objective.features(made, repeated["incident_energy"]) / scale)
    assert objective.score(data, generator(7)) == pytest.approx(expected)


def test_learning_rates_fall_over_the_second_half(objective):
    rates = []
    for progress in (0.0, 0.5, 0.75, 1.0):
        objective.begin_epoch(progress)
        rates.append(objective.optimisers()["generator"].param_groups[0]["lr"])
    assert rates == pytest.approx([1e-2, 1e-2, 5e-3, 0])
