"""Random circuits of every gate: the fast simulator against PennyLane, amplitudes, probabilities and gradients."""

import numpy as np
import pennylane as qml
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from qgen.simulation import Traced, gates
from qgen.simulation.pennylane import PennyLane
from qgen.simulation.statevector import Statevector

N_ANGLES = {name: getattr(qml, name).num_params for name in sorted(gates.NAMES)}


@st.composite
def circuits(draw):
    """Gates on one to five wires; many alike, so that runs, products and permutations of all lengths occur."""
    n_qubits = draw(st.integers(1, 5))
    known = sorted(gates.NAMES if n_qubits > 1 else gates.NAMES - gates.TWO_QUBIT)
    names = draw(st.lists(st.sampled_from(known), min_size=1, max_size=6, unique=True))
    operations = []
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=30)):
        wires = draw(st.permutations(range(n_qubits)))[: 2 if name in gates.TWO_QUBIT else 1]
        operations.append((name, tuple(wires), N_ANGLES[name]))
    return tuple(operations), n_qubits


@settings(max_examples=80)
@given(circuits(), st.integers(1, 11), st.integers(0, 2**31))
def test_values_and_gradients(circuit, batch, seed):
    """In complex128 to 1e-10, and in complex64 to 1e-5 of the largest number."""
    (operations, n_qubits), rng = circuit, torch.Generator().manual_seed(seed)
    angles = 3 * torch.randn(batch, sum(n for *_, n in operations), generator=rng, dtype=torch.float64)
    cotangent = torch.randn(batch, 2**n_qubits, generator=rng, dtype=torch.complex128)
    pick = torch.randn(batch, 2**n_qubits, generator=rng, dtype=torch.float64)

    def run(backend, dtype):
        x = angles.to(dtype).requires_grad_()
        traced = Traced(operations, x, n_qubits)
        state, p = backend.state(traced), backend.probabilities(traced)
        loss = (cotangent.to(state.dtype).conj() * state).sum().real + (p * pick.to(dtype)).sum()
        gradient = torch.autograd.grad(loss, x)[0] if loss.requires_grad else torch.zeros_like(x)
        return state.detach(), p.detach(), gradient

    expected = run(PennyLane(), torch.float64)
    for dtype, tolerance in ((torch.float64, 1e-10), (torch.float32, 1e-5)):
        for ours, theirs in zip(run(Statevector(), dtype), expected, strict=True):
            scale = max(1.0, theirs.abs().max().item() if theirs.numel() else 0.0)
            torch.testing.assert_close(ours.to(theirs.dtype), theirs, atol=scale * tolerance, rtol=0)


@pytest.mark.parametrize("name", sorted(gates.NAMES))
def test_gradients_of_every_gate_against_finite_differences(name):
    wires = (2, 0) if name in gates.TWO_QUBIT else (1,)
    around = [("Rot", (wire,), 3) for wire in range(3)]
    operations = (*around, (name, wires, N_ANGLES[name]), *around)
    angles = torch.from_numpy(np.random.default_rng(1).normal(size=(2, 18 + N_ANGLES[name]))).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: Statevector().probabilities(Traced(operations, x, 3)), angles)
