"""The style-based circuit and the objective, against loops, closed forms and finite differences."""

import numpy as np
import pytest
import torch

from qgen.circuits.line import line
from qgen.metrics.frechet_distance import frechet_distance
from qgen.networks.discriminator import Discriminator
from qgen.qgan.model import StyleCircuit, View
from qgen.qgan.objective import DRAWS_PER_SHOWER, Adversarial
from qgen.simulation.circuit import Circuit
from qgen.simulation.twin import Twin
from qgen.training import generator
from qgen.transforms.log_image import LogImage

PAIR = LogImage(0.3, 1.0)


def style(rng: torch.Generator) -> StyleCircuit:
    return StyleCircuit(Circuit(line, 2, 1), n_latent=3, spread=0.5, rng=rng).double()


def batch(n: int, rng: torch.Generator) -> dict[str, torch.Tensor]:
    energies = torch.exp(torch.randn(n, 4, generator=rng, dtype=torch.float64))
    return {
        "energies": energies,
        "total": energies.sum(1),
        "condition": torch.randn(n, 2, generator=rng, dtype=torch.float64),
        "incident_energy": 50 * energies.sum(1),
    }


@pytest.fixture
def objective():
    rng = generator(0)
    data = batch(40, rng)
    view = View(data["energies"], torch.tensor([[1.0], [1], [0], [0]], dtype=torch.float64), PAIR, visible=0.1)
    return Adversarial(
        style(rng),
        Discriminator(6, 2, width=5).double(),
        view,
        PAIR,
        lambda energies, incident: np.log(energies.numpy() + 1) / incident.numpy()[:, None],
        learning_rate=1e-2,
        discriminator_rate=1e-2,
        gradient_penalty=0.3,
        averaging=0.9,
        warm_up=0.0,
    ).double()


def test_angles_are_those_of_the_equation_and_differ_by_sample():
    """Every sample by itself on PennyLane, with angles written out as in the module's equation."""
    rng = generator(1)
    model = style(rng)
    condition, z = torch.randn(4, 2, generator=rng).double(), torch.randn(4, 3, generator=rng).double()
    w, u, b = model.latent, model.energy, model.bias
    peer = Twin(line, 2, 1)
    for found, (x, r), noise in zip(model(condition, z), condition, z, strict=True):
        angles = b[0] + x * u[0] + (2 * x**2 - 1) * u[1] + r * u[2] + x * r * u[3]
        for j in range(3):
            angles = angles + (w[j] + x * w[3 + j]) * noise[j] / 3**0.5
        expected = peer.probabilities(angles[:2], angles[2:].reshape(1, 2, 2))[0]
        torch.testing.assert_close(found, expected)


def test_view_is_standardised_on_the_training_showers():
    energies = batch(100, generator(2))["energies"]
    seen = View(energies, torch.eye(4, dtype=torch.float64)[:, :2], PAIR, visible=0.1)(energies)
    torch.testing.assert_close(seen.mean(0), torch.zeros(7, dtype=torch.float64), atol=1e-12, rtol=0)
    torch.testing.assert_close(seen.std(0), torch.ones(7, dtype=torch.float64))
    assert abs(np.corrcoef(seen[:, 0].numpy(), np.log1p(energies[:, 0].numpy() / 0.3))[0, 1]) > 1 - 1e-12
    occupancy = np.tanh(energies.numpy() / 0.1).mean(1)
    np.testing.assert_allclose(seen[:, 6], (occupancy - occupancy.mean()) / occupancy.std(ddof=1))


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
    p = objective.distribution(objective.generator, data["condition"], generator(4)).detach().numpy()
    raised = 1 + np.log1p(data["energies"].numpy() / 0.3)
    expected = -np.mean(np.sum(raised / raised.sum(1, keepdims=True) * np.log(p), axis=1))
    assert objective.generator_loss(data, generator(4)).item() == pytest.approx(expected)
    objective.begin_epoch(0.1)
    objective.discriminator_loss(data, generator(4))
    assert objective.generator_loss(data, generator(4)).item() != pytest.approx(expected)


def test_the_running_mean_follows_the_steps(objective):
    optimiser = objective.optimisers()["generator"]
    expected = objective.averaged.bias.clone()
    for step in range(1, 31):
        objective.discriminator_loss(batch(5, generator(5)), generator(step))
        optimiser.zero_grad()
        objective.generator_loss(batch(5, generator(5)), generator(step)).backward()
        optimiser.step()
        memory = min(0.9, step / (step + 9))
        expected = memory * expected + (1 - memory) * objective.generator.bias.detach()
    torch.testing.assert_close(objective.averaged.bias, expected)
    assert not torch.allclose(expected, objective.generator.bias)


def test_score_is_the_frechet_distance_of_the_averaged_generator(objective):
    data = batch(30, generator(6))
    repeated = {name: values.repeat_interleave(DRAWS_PER_SHOWER, 0) for name, values in data.items()}
    with torch.no_grad():
        p = objective.distribution(objective.averaged, repeated["condition"], generator(7))
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
