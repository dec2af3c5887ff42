"""What an ansatz keeps: shapes, and the state of a slow independent simulation."""

from typing import Any

import torch

from qgen.circuits import as_ansatz
from qgen.simulation.circuit import Circuit
from qgen.simulation.twin import Twin
from qgen.testing._require import global_state_kept, require


def check_ansatz(ansatz: Any, *, n_qubits: int | None = None, depth: int = 2) -> None:
    """Check a circuit: shapes, use of its weights, and the fast simulator against PennyLane's own, with gradients.

    Args:
        ansatz: a function f(inputs, weights, wires) with `weight_shape`, or what `qgen.circuits.as_ansatz` takes for
            one: a Qiskit circuit, OpenQASM 3, a name.
        n_qubits: number of wires; by default the circuit's own where it has one, else 4.
        depth: number of blocks.

    Raises:
        AssertionError: what is broken.
        InputError: a circuit that cannot be used.
    """
    made = as_ansatz(ansatz)
    name = getattr(made, "__name__", type(made).__name__)
    require(hasattr(made, "weight_shape"), f"{name}: expected the attribute weight_shape(n_qubits, depth)")
    n = getattr(made, "n_qubits", 4) if n_qubits is None else n_qubits
    circuit, twin = Circuit(made, n, depth), Twin(made, n, depth)
    rng = torch.Generator().manual_seed(0)
    inputs = torch.rand(3, circuit.n_inputs, generator=rng, dtype=torch.float64).requires_grad_()
    weights = torch.rand(3, *circuit.weight_shape, generator=rng, dtype=torch.float64).requires_grad_()
    with global_state_kept(name):
        p = circuit.probabilities(inputs, weights)
    require(p.shape == (3, 2**n), f"{name}: expected probabilities of shape {(3, 2**n)}")
    one = torch.ones(3, dtype=p.dtype)
    require(torch.allclose(p.sum(dim=1), one), f"{name}: expected probabilities that sum to 1")
    other = twin.probabilities(inputs, weights)
    require(torch.allclose(p, other, atol=1e-10), f"{name}: batched simulator and PennyLane disagree")
    pick = torch.rand(p.shape, generator=rng, dtype=p.dtype)
    ours, theirs = (
        torch.autograd.grad((q * pick).sum(), (weights, inputs), allow_unused=True, materialize_grads=True)
        for q in (p, other)
    )
    same = all(torch.allclose(a, b, atol=1e-9) for a, b in zip(ours, theirs, strict=True))
    require(same, f"{name}: gradients of batched simulator and PennyLane disagree")
    require(bool((ours[0] != 0).any()), f"{name}: expected the probabilities to depend on the weights")
