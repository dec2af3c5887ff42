"""Unitary matrices of the gates that the statevector simulator knows, in PennyLane's names and conventions.

A rotation about an operator P with P^2 = 1 is exp(-i t P / 2) = cos(t/2) - i sin(t/2) P. In the matrix of a two-qubit
gate the first wire is the more significant bit; a controlled gate is diag(1, U), controlled by its first wire.
"""

import cmath
import math
from collections.abc import Callable

import torch
from torch import Tensor

Matrices = Callable[[Tensor], Tensor]

X = torch.tensor([[0, 1], [1, 0]], dtype=torch.complex128)
Y = torch.tensor([[0, -1j], [1j, 0]], dtype=torch.complex128)
Z = torch.tensor([[1, 0], [0, -1]], dtype=torch.complex128)

CONSTANT: dict[str, Tensor] = {
    "Identity": torch.eye(2, dtype=torch.complex128),
    "Hadamard": (X + Z) / math.sqrt(2),
    "PauliX": X,
    "PauliY": Y,
    "PauliZ": Z,
    "S": torch.diag(torch.tensor([1, 1j], dtype=torch.complex128)),
    "T": torch.diag(torch.tensor([1, cmath.exp(0.25j * math.pi)], dtype=torch.complex128)),
    "CZ": torch.diag(torch.tensor([1, 1, 1, -1], dtype=torch.complex128)),
}
"""Gates without parameters (besides the permutations), complex128."""

PERMUTATION: dict[str, tuple[int, ...]] = {"CNOT": (0, 1, 3, 2), "SWAP": (0, 2, 1, 3)}
"""Gates that only permute basis states (each its own inverse): the image of every state of their two wires."""

DIAGONAL = frozenset(
    {"Identity", "PauliZ", "S", "T", "RZ", "PhaseShift", "CZ", "CRZ", "ControlledPhaseShift", "IsingZZ"}
)
"""Gates with a diagonal matrix, on one wire or two."""


def complex_type(angles: Tensor) -> torch.dtype:
    """complex128 for float64 angles, else complex64."""
    return torch.complex128 if angles.dtype == torch.float64 else torch.complex64


def _rotation(operator: Tensor) -> Matrices:
    """exp(-i t P / 2) for P with P^2 = 1; t (..., 1) -> (..., d, d)."""

    def matrices(angles: Tensor) -> Tensor:
        half = angles[..., None] / 2
        p = (-1j * operator).to(complex_type(angles))
        return torch.cos(half) * torch.eye(len(p), dtype=p.dtype) + torch.sin(half) * p

    return matrices


def _phase(angles: Tensor) -> Tensor:
    """diag(1, e^{it}); t (..., 1) -> (..., 2, 2)."""
    phases = torch.polar(torch.ones_like(angles), angles)
    return torch.diag_embed(torch.cat([torch.ones_like(phases), phases], dim=-1))


def _rot(angles: Tensor) -> Tensor:
    """RZ(omega) RY(theta) RZ(phi); (phi, theta, omega) (..., 3) -> (..., 2, 2)."""
    phi, theta, omega = angles.split(1, dim=-1)
    rz, ry = _rotation(Z), _rotation(Y)
    return rz(omega) @ ry(theta) @ rz(phi)


def _u3(angles: Tensor) -> Tensor:
    """Phase(phi) Phase(delta) Rot(delta, theta, -delta); (theta, phi, delta) (..., 3) -> (..., 2, 2)."""
    theta, phi, delta = angles.split(1, dim=-1)
    return _phase(phi + delta) @ _rot(torch.cat([delta, theta, -delta], dim=-1))


def _controlled(gate: Matrices) -> Matrices:
    """diag(1, U)."""

    def matrices(angles: Tensor) -> Tensor:
        u = gate(angles)
        eye, zero = torch.eye(2, dtype=u.dtype).expand_as(u), torch.zeros_like(u)
        return torch.cat([torch.cat([eye, zero], dim=-1), torch.cat([zero, u], dim=-1)], dim=-2)

    return matrices


PARAMETRISED: dict[str, Matrices] = {
    "RX": _rotation(X),
    "RY": _rotation(Y),
    "RZ": _rotation(Z),
    "PhaseShift": _phase,
    "Rot": _rot,
    "U3": _u3,
    "CRX": _controlled(_rotation(X)),
    "CRY": _controlled(_rotation(Y)),
    "CRZ": _controlled(_rotation(Z)),
    "ControlledPhaseShift": _controlled(_phase),
    "IsingXX": _rotation(torch.kron(X, X)),
    "IsingYY": _rotation(torch.kron(Y, Y)),
    "IsingZZ": _rotation(torch.kron(Z, Z)),
}
"""Gates with angles: real angles (..., n_parameters) -> complex matrices (..., d, d)."""

TWO_QUBIT = frozenset(
    {"CNOT", "SWAP", "CZ", "CRX", "CRY", "CRZ", "ControlledPhaseShift", "IsingXX", "IsingYY", "IsingZZ"}
)
"""Gates on two wires."""

NAMES = frozenset(CONSTANT) | frozenset(PERMUTATION) | frozenset(PARAMETRISED)
"""Every gate that is known."""


def matrices(name: str, angles: Tensor) -> Tensor:
    """Matrices of one kind of gate.

    Args:
        name: one of `CONSTANT` or `PARAMETRISED`.
        angles: in radians, shape (batch, n_gates, n_parameters).

    Returns:
        complex, shape (batch, n_gates, d, d) with d = 2 or 4.
    """
    if name in PARAMETRISED:
        return PARAMETRISED[name](angles)
    return CONSTANT[name].to(complex_type(angles)).expand(*angles.shape[:2], -1, -1)
