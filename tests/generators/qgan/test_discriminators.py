import math

import pennylane as qml
import pytest
import torch

from qgen.circuits.line import line
from qgen.files import InputError
from qgen.generators.qgan.discriminators import discriminator
from qgen.generators.qgan.model import phi_of
from qgen.training import generator

SIZES = {"width": 8, "depth": 2, "backend": "statevector"}


def test_the_quantum_one_on_pennylane():
    made = discriminator("quantum", n_features=5, n_pixels=3, rng=generator(0), **SIZES).double()
    features, condition = torch.randn(4, 5).double(), torch.randn(4, 2).double()
    _, weights = made.angles(phi_of(condition), condition[:, :0])
    for found, x, w in zip(made(features, condition), features, weights, strict=True):

        @qml.qnode(qml.device("default.qubit", wires=3), interface="torch")
        def circuit(x=x, w=w):
            line(math.pi * torch.tanh(x[:3] / 2), w, range(3))
            return qml.expval(qml.PauliZ(0))

        torch.testing.assert_close(found, made.scale * circuit() + made.offset)


def test_the_convolutions_tell_rows_from_columns():
    """Bright rows against bright columns at random places: no single pixel tells them apart."""
    rng = generator(1)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = discriminator("cnn", n_features=66, n_pixels=64, rng=rng, **SIZES)
    adam = torch.optim.Adam(made.parameters(), 3e-3)

    def drawn(n: int) -> tuple[torch.Tensor, torch.Tensor]:
        images, place = torch.zeros(n, 8, 8), torch.randint(8, (n,), generator=rng)
        images[torch.arange(n), place] = 1.0
        rows = torch.arange(n) % 2 == 0
        images[~rows] = images[~rows].mT
        return torch.cat([images.flatten(1), torch.zeros(n, 2)], dim=1), rows

    for _ in range(150):
        images, rows = drawn(64)
        adam.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(made(images, torch.zeros(64, 2)), rows.float()).backward()
        adam.step()
    images, rows = drawn(200)
    assert ((made(images, torch.zeros(200, 2)) > 0) == rows).float().mean() > 0.98


@pytest.mark.parametrize(
    ("kind", "n_pixels", "message"),
    [
        ("mpl", 64, "expected a discriminator of mlp, cnn, quantum, found 'mpl'"),
        ("cnn", 8, "'cnn' sees square images of at least 4 x 4 pixels, found 8"),
        ("quantum", 64, "'quantum' sees at most 12 pixels, found 64"),
    ],
)
def test_what_does_not_suit(kind, n_pixels, message):
    with pytest.raises(InputError, match=message):
        discriminator(kind, n_features=n_pixels, n_pixels=n_pixels, rng=generator(0), **SIZES)
