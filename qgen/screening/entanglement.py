"""Entangling capability: the mean Meyer-Wallach entanglement of a circuit's states (1905.10876, quant-ph/0305094).

    Q(psi) = 2 (1 - 1/n sum_k Tr rho_k^2),    rho_k = the state of qubit k alone

Q is 0 for products and 1 where every qubit alone is fully mixed, as in a GHZ state. Haar-random states of N = 2^n
have <Q> = (N - 2)/(N + 1): more than that is not a virtue by itself.
"""

import numpy as np
import torch
from torch import Tensor

from qgen.files import InputError
from qgen.screening.starts import Start, parts, states
from qgen.simulation.circuit import Circuit


def meyer_wallach(amplitudes: Tensor) -> Tensor:
    """Q, 0..1, shape (batch,), of states (batch, 2**n_qubits), wire 0 the most significant bit."""
    n_qubits = amplitudes.shape[1].bit_length() - 1
    purities = []
    for k in range(n_qubits):
        split = amplitudes.reshape(len(amplitudes), 2**k, 2, -1).movedim(2, 1).flatten(2)
        rho = split @ split.mH
        purities.append(rho.abs().square().sum(dim=(1, 2)))
    return 2 * (1 - torch.stack(purities).mean(dim=0))


def entangling_capability(
    circuit: Circuit, *, n_samples: int = 1000, start: Start = "uniform", rng: np.random.Generator
) -> tuple[float, float]:
    """Mean Q over random angles, and its standard error.

    Args:
        circuit: the circuit to be measured.
        n_samples: number of random states, >= 2.
        start: distribution of the angles, see `qgen.screening.starts`.
        rng: draws the angles.

    Raises:
        InputError: fewer samples, or an unknown start.
    """
    if n_samples < 2:
        raise InputError(f"entangling_capability: expected n_samples >= 2, found {n_samples}")
    of_parts = [meyer_wallach(states(circuit, n, start, rng)) for n in parts(n_samples, circuit.n_qubits)]
    values = torch.cat(of_parts)
    return float(values.mean()), float(values.std()) / n_samples**0.5


def haar_entanglement(n_qubits: int) -> float:
    """<Q> of Haar-random states, (N - 2)/(N + 1)."""
    return (2**n_qubits - 2) / (2**n_qubits + 1)
