"""Gradients at random starts: where their variance vanishes with qubits or depth, training starts on a barren plateau.

    Var_w = < (dL/dw - <dL/dw>)^2 >    over random angles

(1803.11173; 2001.00550: a global loss is barren at any depth, a local one only in deep circuits.) Angles drawn from the
whole circle show the plateau itself; small ones show what a generator meets at the start of its training.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from qgen.files import InputError
from qgen.screening.losses import Loss
from qgen.screening.starts import Start, angles, parts
from qgen.simulation.circuit import Circuit


def gradients(
    circuit: Circuit, loss: Loss, *, n_starts: int = 1000, start: Start = "uniform", rng: np.random.Generator
) -> NDArray[np.float64]:
    """dL/dw of every weight [1/rad], shape (n_starts, n_weights).

    Args:
        circuit: the circuit to be measured.
        loss: function of the probabilities, see `qgen.screening.losses`.
        n_starts: number of random starts, >= 2.
        start: distribution of the angles, see `qgen.screening.starts`.
        rng: draws the angles.

    Raises:
        InputError: fewer starts, or an unknown kind of start.
    """
    if n_starts < 2:
        raise InputError(f"gradients: expected n_starts >= 2, found {n_starts}")
    of_parts = []
    for n in parts(n_starts, circuit.n_qubits + 4):
        inputs, weights = angles(circuit, n, start, rng)
        weights.requires_grad_()
        value = loss(circuit.probabilities(inputs, weights)).sum()
        of_parts.append(torch.autograd.grad(value, weights)[0].reshape(n, -1).numpy())
    return np.concatenate(of_parts)


def gradient_variance(gradient: NDArray[np.float64], weight: int | None = None) -> tuple[float, float]:
    """Variance over starts and its standard error, of one weight or averaged over all of them.

    Args:
        gradient: result of `gradients`, shape (n_starts, n_weights).
        weight: index among the flattened weights; None for the mean over all.

    Raises:
        InputError: no such weight.
    """
    n_starts, n_weights = gradient.shape
    if weight is not None and not 0 <= weight < n_weights:
        raise InputError(f"weight: expected 0..{n_weights - 1}, found {weight}")
    chosen = gradient if weight is None else gradient[:, [weight]]
    squared = (chosen - chosen.mean(axis=0)) ** 2
    per_start = squared.mean(axis=1) * n_starts / (n_starts - 1)
    return float(per_start.mean()), float(per_start.std(ddof=1) / n_starts**0.5)
