"""Losses of known distributions."""

import math

import numpy as np
import pytest
import torch

import qgen
from qgen.datasets import open_part
from qgen.files import InputError
from qgen.screening.losses import BANDWIDTHS, loss, mean_shower, mmd, pixels


def basis(n_qubits: int, state: int) -> torch.Tensor:
    return torch.eye(2**n_qubits, dtype=torch.float64)[[state]]


def test_local_and_global_losses_of_basis_states():
    assert loss("z0", 3)(basis(3, 0b011)).tolist() == [1]
    assert loss("z0", 3)(basis(3, 0b100)).tolist() == [-1]
    assert loss("global", 3)(basis(3, 0)).tolist() == [0]
    assert loss("global", 3)(basis(3, 5)).tolist() == [1]


def test_mmd_is_the_double_sum():
    rng = np.random.default_rng(0)
    p, t, r = rng.dirichlet(np.ones(4)), rng.dirichlet(np.ones(4)), rng.normal(size=(4, 2))
    expected = sum(
        (p[i] - t[i]) * (p[j] - t[j]) * math.exp(-((r[i] - r[j]) ** 2).sum() / (2 * s**2)) / len(BANDWIDTHS)
        for i in range(4)
        for j in range(4)
        for s in BANDWIDTHS
    )
    found = mmd(torch.from_numpy(t), torch.from_numpy(r))(torch.from_numpy(p)[None])
    assert float(found[0]) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("n_qubits", "representation"), [(3, "profile8"), (6, "image8x8")])
def test_the_mean_shower_is_that_of_the_dataset(monkeypatch, n_qubits, representation):
    monkeypatch.setattr("qgen.screening.losses.N_SHOWERS", 50)
    image = qgen.represent(open_part("clic/e-").select(slice(50)), representation).voxels.astype(np.float64).sum(axis=0)
    np.testing.assert_allclose(mean_shower("clic/e-", n_qubits).numpy(), image / image.sum(), rtol=1e-6)
    assert float(loss("mmd", n_qubits)(mean_shower("clic/e-", n_qubits)[None])[0]) == 0


def test_pixels_of_all_representations_are_equally_far_apart():
    """The 8x8 image has its rows first; a profile covers the length of its columns."""
    assert pixels(6)[8 * 2 + 5].tolist() == [2, 5]
    assert pixels(3).flatten().tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5]
    assert pixels(1).flatten().tolist() == [2, 6]


@pytest.mark.parametrize(
    ("name", "n_qubits", "dataset", "message"),
    [
        ("globl", 3, "clic/e-", r"expected one of z0, global, mmd, found 'globl' \(did you mean 'global'\?\)"),
        ("mmd", 10, "clic/e-", "loss mmd: expected at most 9 qubits, found 10"),
        ("mmd", 3, "clic/mu", "clic/mu"),
    ],
)
def test_bad_input_is_one_line(name, n_qubits, dataset, message):
    with pytest.raises(InputError, match=message):
        loss(name, n_qubits, dataset=dataset)
