"""Amplitudes from the matrices of a plan, differentiable without stored states.

The forward pass keeps its final amplitudes only. The backward pass undoes gate after gate on them and on the gradient,
which needs gates that are unitary, and memory for no more than a block of samples (2009.02823; `_loops`).
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from qgen.files import InputError
from qgen.simulation import _loops as loops
from qgen.simulation._lanes import LANES
from qgen.simulation._plan import Plan

Array = NDArray[Any]

_AMPLITUDES_PER_THREAD = 2**15
"""Of all samples and steps, from which a further thread pays: about a millisecond."""


def amplitudes(plan: Plan, ones: Tensor, twos: Tensor, phases: Tensor) -> Tensor:
    """Final amplitudes, complex, shape (batch, 2**n_qubits).

    Args:
        plan: what to apply.
        ones: as `Plan.matrices` gives them, like `twos` and `phases`.
    """
    return _Amplitudes.apply(plan, ones, twos, phases)


class _Amplitudes(torch.autograd.Function):
    """The compiled loops and their adjoint."""

    @staticmethod
    def forward(ctx: Any, plan: Plan, *matrices: Tensor) -> Tensor:
        """Final amplitudes."""
        n = len(matrices[0])
        blocks = [_blocks(m) for m in matrices]
        out = np.empty((len(blocks[0]), LANES, 2**plan.n_qubits, 2), blocks[0].dtype)
        tables = plan.steps, plan.diagonal_wires, plan.where

        def run(part: slice) -> None:
            loops.forward(*tables, *(b[part] for b in blocks), out[part])

        _shared(run, len(out), out.size * len(plan.steps))
        state = torch.view_as_complex(torch.from_numpy(out.reshape(-1, *out.shape[2:])[:n]))
        ctx.plan = plan
        ctx.save_for_backward(*matrices, state)
        return state

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of the matrices."""
        *matrices, state = ctx.saved_tensors
        return None, *_Gradients.apply(ctx.plan, state, gradients[0], *matrices)


class _Gradients(torch.autograd.Function):
    """The way back, with a clear word where second derivatives are asked for."""

    @staticmethod
    def forward(ctx: Any, plan: Plan, state: Tensor, gradient: Tensor, *matrices: Tensor) -> tuple[Tensor, ...]:
        """Gradients of the matrices."""
        blocks = [_blocks(m) for m in matrices]
        n_blocks, shape = len(blocks[0]), (-1, LANES, 2**plan.n_qubits, 2)
        ones, twos, phases = blocks[:3]
        ends = [_rows(t, n_blocks).reshape(shape) for t in (state, gradient)]
        slopes = [np.zeros_like(ones), np.zeros_like(twos), np.zeros_like(phases[:, : phases.shape[1] // 2])]
        tables = plan.steps, plan.diagonal_wires, plan.where

        def run(part: slice) -> None:
            loops.backward(*tables, *(b[part] for b in (ones, twos, phases, *ends, *slopes)))

        _shared(run, n_blocks, 3 * ends[0].size * len(plan.steps))
        d_ones, d_twos = (_complex(d, m) for d, m in zip(slopes[:2], matrices[:2], strict=True))
        angles = slopes[2].reshape(n_blocks, -1, LANES).transpose(0, 2, 1).reshape(n_blocks * LANES, -1)
        d_phases = 1j * matrices[2] * torch.from_numpy(angles[: len(state)]).reshape(matrices[2].shape)
        return d_ones, d_twos, d_phases

    @staticmethod
    def backward(ctx: Any, *_: Tensor) -> tuple[Tensor | None, ...]:
        """Refused.

        Raises:
            InputError: always.
        """
        raise InputError("backend 'statevector' has no second derivatives: expected backend 'pennylane' for them")


def _rows(values: Tensor, n_blocks: int) -> Array:
    """A complex tensor (batch, ...) as real numbers (n_blocks * LANES, -1), filled up with zeros."""
    real = torch.view_as_real(values.detach().resolve_conj().contiguous()).numpy().reshape(len(values), -1)
    return real if len(real) == n_blocks * LANES else np.pad(real, ((0, n_blocks * LANES - len(real)), (0, 0)))


def _blocks(values: Tensor) -> Array:
    """In the layout of the loops: (n_blocks, -1), for every number its LANES samples side by side."""
    n_blocks = -(-len(values) // LANES)
    rows = _rows(values, n_blocks).reshape(n_blocks, LANES, -1)
    return np.ascontiguousarray(rows.transpose(0, 2, 1)).reshape(n_blocks, -1)


def _complex(array: Array, like: Tensor) -> Tensor:
    """Back from the layout of the loops, in the shape of a tensor."""
    rows = array.reshape(len(array), -1, LANES).transpose(0, 2, 1).reshape(len(array) * LANES, -1)[: len(like)]
    return torch.view_as_complex(torch.from_numpy(np.ascontiguousarray(rows)).reshape(*like.shape, 2))


def _shared(run: Callable[[slice], None], n_blocks: int, work: int) -> None:
    """Run all blocks, on as many threads as torch uses."""
    n = min(torch.get_num_threads(), n_blocks, max(1, work // _AMPLITUDES_PER_THREAD))
    if n == 1:
        run(slice(0, n_blocks))
        return
    bounds = np.linspace(0, n_blocks, n + 1).astype(int)
    with ThreadPoolExecutor(n) as pool:
        for _ in pool.map(run, [slice(a, b) for a, b in pairwise(bounds)]):
            pass
