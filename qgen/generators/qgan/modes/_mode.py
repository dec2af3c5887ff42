"""What all modes share: images, what they are made from, measurement."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import pennylane as qml
import torch
from torch import Tensor, nn

from qgen.circuits import Ansatz
from qgen.circuits import ansatz as decorated
from qgen.files import InputError
from qgen.simulation import Quantity, Traced
from qgen.simulation.circuit import Circuit
from qgen.simulation.recording import Recording

MOST_QUBITS = 20
"""Of a circuit; more are not simulated."""


class Images(NamedTuple):
    """What a mode draws.

    Attributes:
        p: distributions over pixels, shape (n, n_pixels); rows sum to 1.
        weight: shape (n,), all 1, with the gradient of ln P(outcome) where an outcome was measured: a mean over
            showers with these weights has the gradient of the mean over outcomes.
    """

    p: Tensor
    weight: Tensor


@dataclass(frozen=True)
class Recipe:
    """What modes are made from.

    Attributes:
        ansatz: of every circuit, see `qgen.circuits.as_ansatz`.
        depth: blocks of every circuit.
        backend: where circuits run.
        n_pixels: of the image.
        n_latent: latent variables.
        n_ancillas: measured qubits, those of the second circuit in dual mode.
        n_patches: number of patches.
        spread: of the coefficients at the start [rad].
    """

    ansatz: Any
    depth: int
    backend: Any
    n_pixels: int
    n_latent: int
    n_ancillas: int
    n_patches: int
    spread: float

    def circuit(self, n_qubits: int, *, mixed: int = 0) -> Circuit:
        """The circuit on some qubits; Hadamard gates first on the `mixed` leading ones.

        Raises:
            InputError: no such circuit, or too many qubits to be simulated.
        """
        if n_qubits > MOST_QUBITS:
            raise InputError(f"QGAN: expected circuits on at most {MOST_QUBITS} qubits, found {n_qubits}")
        circuit = Circuit(self.ansatz, n_qubits, self.depth, backend=self.backend)
        if not mixed:
            return circuit
        return Circuit(_mixed(circuit.ansatz, mixed), n_qubits, self.depth, backend=self.backend)

    def qubits_of_pixels(self, mode: str, n_pixels: int | None = None) -> int:
        """n of 2^n pixels.

        Raises:
            InputError: the number of pixels is no power of two.
        """
        pixels = self.n_pixels if n_pixels is None else n_pixels
        n = pixels.bit_length() - 1
        if n < 1 or 2**n != pixels:
            raise InputError(f"QGAN: mode {mode!r} draws 2, 4, 8, ... pixels with a circuit, found {pixels}")
        return n


class Mode(nn.Module, ABC):
    """Distributions over pixels from condition and noise.

    Attributes:
        event_level: whether every shower has an image of its own.
        circuits: that run for one shower.
        quantity: what is read out.
        n_noise: standard normal numbers that one shower takes.
    """

    event_level: ClassVar[bool] = True
    quantity: ClassVar[Quantity] = "probabilities"
    circuits: list[Circuit]
    n_noise: int

    def __init__(self, recipe: Recipe, rng: torch.Generator) -> None:
        super().__init__()

    @abstractmethod
    def forward(self, condition: Tensor, noise: Tensor) -> Images:
        """Images for conditions (x, r), shape (n, 2), and noise, shape (n, n_noise)."""

    def run_on(self, backend: Any) -> None:
        """Move the circuits to another backend."""
        self.circuits = [circuit.on(backend) for circuit in self.circuits]

    def recorded(self, condition: Tensor, noise: Tensor) -> list[Traced]:
        """The circuits that run for such images, in their order; see `forward`."""
        circuits, recording = self.circuits, Recording(self.circuits[0].backend)
        self.run_on(recording)
        try:
            with torch.no_grad():
                self(condition, noise)
        finally:
            self.circuits = circuits
        return recording.circuits

    def require_gradients(self) -> None:
        """Look at the circuits, and check that the backend has gradients of what is read out.

        Raises:
            InputError: it has none.
        """
        for circuit in self.circuits:
            circuit.operations()
            circuit.require_gradients(self.quantity)

    def noise(self, n: int, rng: torch.Generator) -> Tensor:
        """Standard normal numbers for n showers."""
        return torch.randn(n, self.n_noise, generator=rng)


def measured(p: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
    """Outcomes of a measurement, by the inverse of their cumulative distribution.

    Args:
        p: probabilities, shape (n, n_outcomes).
        noise: standard normal numbers, shape (n,).

    Returns:
        the outcome of every row, and its weight (see `Images`).
    """
    cumulative = p.detach().cumsum(1)
    u = torch.special.ndtr(noise)[:, None] * cumulative[:, -1:]
    outcome = torch.searchsorted(cumulative, u.to(cumulative.dtype)).clamp(max=p.shape[1] - 1)
    chosen = p.gather(1, outcome)[:, 0]
    return outcome[:, 0], chosen / chosen.detach().clamp(min=torch.finfo(p.dtype).tiny)


def _mixed(ansatz: Ansatz, n: int) -> Ansatz:
    """The ansatz after Hadamard gates on the first n wires."""
    given: dict[str, Any] = {"weight_shape": ansatz.weight_shape}
    if hasattr(ansatz, "n_inputs"):
        given["n_inputs"] = ansatz.n_inputs

    @decorated(**given)
    def mixed(inputs: Any, weights: Any, wires: Any) -> None:
        for wire in list(wires)[:n]:
            qml.Hadamard(wires=wire)
        ansatz(inputs, weights, wires)

    mixed.__name__ = getattr(ansatz, "__name__", "ansatz")  # type: ignore[attr-defined]
    return mixed
