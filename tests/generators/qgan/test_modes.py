"""Every mode against its definition: enumeration of outcomes, PennyLane, products."""

import pennylane as qml
import pytest
import torch

from qgen.circuits.line import line
from qgen.files import InputError
from qgen.generators.qgan.model import phi_of
from qgen.generators.qgan.modes import MODES, Recipe
from qgen.generators.qgan.modes._mode import measured
from qgen.simulation.twin import Twin
from qgen.training import generator

N = 20_000


def make(name: str, n_pixels: int = 4, **sizes):
    given = {"n_latent": 3, "n_ancillas": 2, "n_patches": 2, "spread": 0.7, **sizes}
    recipe = Recipe(line, 2, "statevector", n_pixels, **given)
    return MODES[name](recipe, generator(5)).double()


def seen(mode, n: int = 5):
    rng = generator(6)
    return torch.randn(n, 2, generator=rng).double(), mode.noise(n, rng).double()


def quantiles(n: int) -> torch.Tensor:
    """Standard normal numbers whose cumulative probabilities are evenly spaced: every outcome as often as it should."""
    return torch.special.ndtri((torch.arange(n, dtype=torch.float64) + 0.5) / n)


@pytest.mark.parametrize("name", MODES)
def test_images_are_distributions(name):
    mode = make(name)
    images = mode(*seen(mode))
    torch.testing.assert_close(images.p.sum(1), torch.ones(5, dtype=torch.float64))
    assert images.p.min() >= 0
    assert torch.equal(images.weight.detach(), torch.ones(5, dtype=torch.float64))


@pytest.mark.parametrize("name", MODES)
def test_showers_of_one_energy_differ_where_it_is_event_level(name):
    mode = make(name)
    condition = torch.full((40, 2), 0.3, dtype=torch.float64)
    p = mode(condition, mode.noise(40, generator(7)).double()).p
    assert bool(p.std(0).max() > 1e-6) == mode.event_level


def test_probability_is_the_circuit_itself():
    mode = make("probability")
    inputs, weights = mode.angles.bias.split([2, 8], dim=1)
    expected = Twin(line, 2, 2).probabilities(inputs, weights.reshape(1, 2, 2, 2))
    torch.testing.assert_close(mode(*seen(mode)).p, expected.expand(5, -1))


def test_style_runs_every_sample_with_its_angles():
    mode = make("style")
    condition, noise = seen(mode)
    expected = Twin(line, 2, 2).probabilities(*mode.angles(phi_of(condition), noise))
    torch.testing.assert_close(mode(condition, noise).p, expected)


def test_angle_reads_every_qubit():
    mode = make("angle", n_pixels=3)
    condition, noise = seen(mode)
    for found, x, w in zip(mode(condition, noise).p, *mode.angles(phi_of(condition), noise), strict=True):

        @qml.qnode(qml.device("default.qubit", wires=3), interface="torch")
        def circuit(x=x, w=w):
            line(x, w, range(3))
            return [qml.expval(qml.PauliZ(i)) for i in range(3)]

        excited = (1 - torch.stack(circuit())) / 2
        torch.testing.assert_close(found, excited / excited.sum(), atol=1e-5, rtol=0)


def test_patches_are_shared_out():
    mode = make("patch", n_pixels=8)
    condition, noise = seen(mode)
    phi = phi_of(condition)
    parts = [
        Twin(line, n, 2).probabilities(*angles(phi, noise)) for n, angles in zip((2, 2, 1), mode.angles, strict=True)
    ]
    expected = torch.cat([parts[2][:, :1] * parts[0], parts[2][:, 1:] * parts[1]], dim=1)
    torch.testing.assert_close(mode(condition, noise).p, expected)


def joint(mode, condition: torch.Tensor) -> torch.Tensor:
    """P(b, x) of one condition (1, 2), shape (4, 4), by the definition of the two measuring modes."""
    phi, none = phi_of(condition), condition[:, :0]
    if len(mode.circuits) == 1:
        return mode.circuits[0].probabilities(*mode.angles(phi, none)).reshape(4, 4)
    chooses, shapes = mode.circuits
    chosen = chooses.probabilities(*mode.angles(phi, none))[0]
    signs = torch.tensor([[-1, -1], [-1, 1], [1, -1], [1, 1]], dtype=torch.float64)
    images = shapes.probabilities(*mode.shape_angles(torch.cat([phi.expand(4, -1), signs], dim=1), none.expand(4, 0)))
    return chosen[:, None] * images


@pytest.mark.parametrize("name", ["ancilla", "dual"])
def test_outcomes_and_their_gradient_are_those_of_the_enumeration(name):
    """The mean of any function of the images, and its gradient, over outcomes as often as they should be."""
    mode = make(name)
    condition = torch.tensor([[0.3, -0.8]], dtype=torch.float64)
    table = joint(mode, condition)
    value = torch.tensor([0.3, -1.0, 2.0, 0.7], dtype=torch.float64)

    def loss(p: torch.Tensor) -> torch.Tensor:
        return (p @ value).square()

    exact = (table.sum(1) * loss(table / table.sum(1, keepdim=True))).sum()
    images = mode(condition.expand(N, 2), quantiles(N)[:, None])
    sampled = (images.weight * loss(images.p)).mean()
    assert sampled.item() == pytest.approx(exact.item(), abs=2e-3)
    parameters = list(mode.parameters())
    trained = [i for i, p in enumerate(parameters) if p.numel()]
    for found, wanted in zip(
        torch.autograd.grad(sampled, [parameters[i] for i in trained]),
        torch.autograd.grad(exact, [parameters[i] for i in trained]),
        strict=True,
    ):
        torch.testing.assert_close(found, wanted, atol=3e-3, rtol=0)
        assert wanted.abs().max() > 0.01


def test_ancillas_left_alone_are_uniform():
    """Without angles the ancillas are in a uniform superposition from the start, so that all images are learnt."""
    mode = make("ancilla", spread=0.0)
    table = joint(mode, torch.zeros(1, 2, dtype=torch.float64))
    torch.testing.assert_close(table.sum(1), torch.full((4,), 0.25, dtype=torch.float64))


def test_measured_by_hand():
    p = torch.tensor([[0.2, 0.0, 0.8], [0.5, 0.5, 0.0]], dtype=torch.float64).requires_grad_()
    outcome, weight = measured(p, torch.special.ndtri(torch.tensor([0.1, 0.9], dtype=torch.float64)))
    assert outcome.tolist() == [0, 1]
    assert weight.tolist() == [1.0, 1.0]
    torch.testing.assert_close(torch.autograd.grad(weight.sum(), p)[0], torch.tensor([[5.0, 0, 0], [0, 2, 0]]).double())
    outcome, _ = measured(p[:1].expand(1000, 3), quantiles(1000))
    assert torch.bincount(outcome, minlength=3).tolist() == [200, 0, 800]


def test_wires_of_ancillas_come_first():
    mode = make("ancilla")
    assert [wires for name, wires, _ in mode.circuits[0].operations() if name == "Hadamard"] == [(0,), (1,)]


@pytest.mark.parametrize(
    ("name", "n_pixels", "sizes", "message"),
    [
        ("style", 12, {}, "mode 'style' draws 2, 4, 8, ... pixels with a circuit, found 12"),
        ("angle", 64, {}, "mode 'angle' draws 1 to 16 pixels, found 64"),
        ("ancilla", 8, {"n_ancillas": 0}, "mode 'ancilla' takes n_ancillas >= 1, found 0"),
        ("dual", 8, {"n_ancillas": 0}, "mode 'dual' takes n_ancillas >= 1, found 0"),
        ("patch", 64, {"n_patches": 3}, "expected n_patches of 2, 4, 8, ... that divide 64 pixels, found 3"),
    ],
)
def test_sizes_that_make_no_sense(name, n_pixels, sizes, message):
    with pytest.raises(InputError, match=message.replace(".", r"\.")):
        make(name, n_pixels, **sizes)


def test_the_perceptron_has_as_many_parameters_as_the_style_circuit():
    sizes = {"n_latent": 32, "n_pixels": 64}
    counts = [sum(p.numel() for p in make(name, **sizes).parameters()) for name in ("style", "perceptron")]
    assert counts[1] == pytest.approx(counts[0], rel=0.02)


def test_the_perceptron_of_three_bins_has_as_many_parameters_as_the_angle_circuit():
    counts = [
        sum(p.numel() for p in make(name, n_pixels=3, n_latent=32).parameters()) for name in ("angle", "perceptron")
    ]
    assert counts[1] == pytest.approx(counts[0], rel=0.03)


def test_a_function_without_weight_shape_is_one_line_behind_hadamards_too():
    def bare(inputs, weights, wires):
        qml.RX(weights[0], wires=wires[0])

    recipe = Recipe(bare, 2, "statevector", 4, n_latent=3, n_ancillas=2, n_patches=2, spread=0.7)
    with pytest.raises(InputError, match="bare: expected a function with the attribute weight_shape"):
        MODES["ancilla"](recipe, generator(5))
