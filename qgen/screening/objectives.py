"""The Born machine's objectives as losses to be screened: which of them still have gradients at how many qubits.

    mmd sigma             (p - t)^T K_sigma (p - t), one Gaussian kernel
    mmd mixture           the mean of them
    kl                    - sum_s t(s) ln[(1 - eps) p(s) + eps / 2^n]
    sliced_wasserstein    mean over lines of W_1(p, t)

t is the distribution of the training showers over the basis states of a code, at all energies. With the same t and the
same positions the losses differ only in what they see. Their units differ, so variances can be compared between numbers
of qubits, but not between losses.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from qgen.codes import fit_code
from qgen.files import InputError
from qgen.generators.qcbm.objectives import SMOOTHING
from qgen.generators.qcbm.objectives.sliced_wasserstein import LINES, lines, sorted_along, wasserstein
from qgen.screening.losses import BANDWIDTHS, Loss, mmd
from qgen.showers import Showers
from qgen.transforms.bits import states_of

MOST_RESPONSE_BITS = 3


def codebook_states(showers: Showers, n_qubits: int, *, seed: int) -> tuple[Tensor, Tensor]:
    """Distribution over the basis states of a codebook and their positions: t (2^n,) and r (2^n, d), float64.

    A third of the bits, at most 3, number the response.

    Args:
        showers: to be encoded.
        n_qubits: bits of the code, >= 2.
        seed: of the codebook.

    Raises:
        InputError: fewer qubits, or fewer different showers than codewords.
    """
    if n_qubits < 2:
        raise InputError(f"codebook_states: expected n_qubits >= 2, found {n_qubits}")
    response = min(MOST_RESPONSE_BITS, max(1, n_qubits // 3))
    options = {"shape_bits": n_qubits - response, "response_bits": response}
    code = fit_code("codebook", showers, seed=seed, options=options)
    t = np.bincount(states_of(code.encode(showers)), minlength=2**n_qubits) / len(showers)
    return torch.from_numpy(t), torch.from_numpy(code.positions())


def objective_losses(
    reference: Tensor, positions: Tensor, *, bandwidths: Sequence[float] = BANDWIDTHS, seed: int = 0
) -> Mapping[str, Loss]:
    """Losses by name, each (batch, 2^n) -> (batch,).

    Args:
        reference: t, shape (2^n,), sum 1.
        positions: of the basis states, shape (2^n, any).
        bandwidths: sigma, in the units of the positions; one loss for each, and their mixture.
        seed: of the lines of "sliced_wasserstein".
    """
    order, steps = sorted_along(positions, lines(LINES, positions.shape[1], seed))

    def kl(p: Tensor) -> Tensor:
        return -(reference * torch.log((1 - SMOOTHING) * p + SMOOTHING / p.shape[1])).sum(dim=1)

    def sliced(p: Tensor) -> Tensor:
        return wasserstein(p - reference, order, steps).mean(dim=1)

    single = {f"mmd {width:g}": mmd(reference, positions, [width]) for width in bandwidths}
    return {**single, "mmd mixture": mmd(reference, positions, bandwidths), "kl": kl, "sliced_wasserstein": sliced}
