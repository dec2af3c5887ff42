"""The fast simulator: exact amplitudes of a batch of circuits, by compiled loops, on the processor.

    p_b = |<b| U_K ... U_1 |0>|^2,    b = 0 .. 2^n - 1, wire 0 the most significant bit

The gates are compiled to few steps (`_plan`), the steps run on eight samples at once (`_loops`, `_lanes`), and
gradients come from undoing them (`_adjoint`): complex128 for float64 angles, else complex64.
"""

import torch
from torch import Tensor

from qgen.files import InputError
from qgen.simulation import Quantity, Traced
from qgen.simulation._adjoint import amplitudes
from qgen.simulation._exact import Exact
from qgen.simulation._plan import plan

__all__ = ["Statevector"]


class Statevector(Exact):
    """The fast simulator: exact, with first derivatives of probabilities, expectations and amplitudes."""

    gradients: frozenset[Quantity] = frozenset({"probabilities", "expectations"})

    def state(self, circuit: Traced) -> Tensor:
        """Amplitudes, complex, shape (batch, 2**n_qubits).

        Raises:
            InputError: angles that are not on the processor.
        """
        if circuit.angles.device.type != "cpu":
            raise InputError(f"backend 'statevector': expected tensors on the cpu, found {circuit.angles.device}")
        angles = circuit.angles if circuit.angles.dtype == torch.float64 else circuit.angles.float()
        steps = plan(circuit.operations, circuit.n_qubits)
        return amplitudes(steps, *steps.matrices(angles))

    def probabilities(self, circuit: Traced) -> Tensor:
        """Exact probabilities of all basis states, shape (batch, 2**n_qubits), differentiable once."""
        state = self.state(circuit)
        return (state.real.square() + state.imag.square()).to(circuit.angles.dtype)
