"""Losses whose gradients are screened: functions of the probabilities p of all basis states, one value per sample.

    z0       <Z_0> = sum_b (-1)^{b_0} p_b                  a local observable
    global   1 - p_{0...0}                                 a global one: barren even for products (2001.00550)
    mmd      (p - t)^T K (p - t)                           squared discrepancy to the mean shower t of a dataset

K is the QCBM's mixture of Gaussian kernels between pixels. t has one pixel per basis state, as the QGAN has: the 8x8
image for 6 qubits, else the profile along the image's columns with 2^n_qubits bins. A pixel of the 8x8 image has the
size 1; a profile is 8 long.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from qgen.datasets import open_part
from qgen.files import InputError
from qgen.generators.qcbm.objectives.mmd import discrepancy, mixture_kernel
from qgen.plugins import near_miss
from qgen.representations import represent

Loss = Callable[[Tensor], Tensor]
"""Probabilities (batch, 2**n_qubits) -> values (batch,)."""

NAMES = ("z0", "global", "mmd")
BANDWIDTHS = (0.3, 1.0, 3.0, 10.0)
"""Of the kernel, in pixels of the 8x8 image: those of `qgen.QCBM`."""
SIDE = 8
MAX_QUBITS = 9
"""A profile has at most 1000 bins."""
N_SHOWERS = 1000
"""Showers that the mean shower is made of."""


def loss(name: str, n_qubits: int, *, dataset: str = "clic/e-") -> Loss:
    """A loss by name.

    Args:
        name: "z0", "global" or "mmd".
        n_qubits: of the circuit.
        dataset: showers for "mmd": an embedded sample or a file of native showers.

    Raises:
        InputError: no such loss, or a dataset without such an image.
    """
    if name not in NAMES:
        raise InputError(f"loss: expected one of {', '.join(NAMES)}, found {name!r}{near_miss(name, NAMES)}")
    if name == "mmd":
        return mmd(mean_shower(dataset, n_qubits), pixels(n_qubits))
    return z0 if name == "z0" else global_cost


def z0(p: Tensor) -> Tensor:
    """Expectation value of Z on wire 0, in -1..1, shape (batch,)."""
    up, down = p.chunk(2, dim=1)
    return up.sum(dim=1) - down.sum(dim=1)


def global_cost(p: Tensor) -> Tensor:
    """Probability that not every bit is 0, in 0..1, shape (batch,)."""
    return 1 - p[:, 0]


def mmd(reference: Tensor, positions: Tensor, bandwidths: Sequence[float] = BANDWIDTHS) -> Loss:
    """Squared maximum mean discrepancy to a distribution.

    Args:
        reference: t, shape (n_states,), sum 1.
        positions: of the basis states, shape (n_states, any) [pixels of the 8x8 image].
        bandwidths: of the kernel, in the unit of the positions.
    """
    kernel = mixture_kernel(positions, bandwidths)
    return lambda p: discrepancy(p, reference, kernel)


def mean_shower(dataset: str, n_qubits: int) -> Tensor:
    """Mean energy of every pixel as a distribution over basis states, shape (2**n_qubits,)."""
    if n_qubits > MAX_QUBITS:
        raise InputError(f"loss mmd: expected at most {MAX_QUBITS} qubits, found {n_qubits}")
    name = "image8x8" if n_qubits == 6 else f"profile{2**n_qubits}"
    mean = represent(open_part(dataset).select(slice(N_SHOWERS)), name).voxels.mean(axis=0, dtype=np.float64)
    return torch.from_numpy(mean / mean.sum())


def pixels(n_qubits: int) -> Tensor:
    """Middle of every pixel, shape (2**n_qubits, 1), of 6 qubits (64, 2)."""
    if n_qubits == 6:
        return torch.cartesian_prod(torch.arange(SIDE), torch.arange(SIDE)).double()
    return (torch.arange(2**n_qubits).double() + 0.5)[:, None] * SIDE / 2**n_qubits
