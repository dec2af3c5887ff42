"""Gates fused into few, large steps on a batch of states.

- All gates of one name get their matrices at once, and one-qubit gates that follow one another on a wire are
  multiplied together, for all wires and places of the circuit at once.
- A layer of these products acts on groups of two neighbouring wires, with one 4 x 4 matrix for each.
- CNOTs and SWAPs that follow one another are one gather of amplitudes; a diagonal gate multiplies them by phases.

States are tensors (batch, 2**n_qubits), wire 0 the most significant bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from qgen.simulation import gates

Operation = tuple[str, tuple[int, ...], int]
"""A gate: its name, its wires, its number of parameters."""

GROUP = 2
"""Neighbouring wires whose one-qubit gates act as one matrix."""


@dataclass(frozen=True)
class _Step:
    """One application to the whole state.

    Attributes:
        kind: "local" (a layer of one-qubit products), "permute", "diagonal" or "dense" (a two-qubit gate).
        index: which layer, or which gate of its name.
        name: of the two-qubit gate.
        gather: "permute": source of every amplitude; "diagonal": state 0..3 of the two wires in every basis state;
            "dense": basis states ordered by that state, then by the others; all of shape (2**n_qubits,).
    """

    kind: Literal["local", "permute", "diagonal", "dense"]
    gather: Tensor
    index: int = 0
    name: str = ""


class Plan:
    """How a sequence of gates is applied; it depends on their names and wires, not on their angles."""

    def __init__(self, operations: tuple[Operation, ...], n_qubits: int) -> None:
        self.n_qubits = n_qubits
        self.columns: dict[str, list[list[int]]] = {}
        self.steps: list[_Step] = []
        layers: list[list[list[tuple[str, int]]]] = []
        n_angles = 0
        for name, wires, n_parameters in operations:
            alike = self.columns.setdefault(name, [])
            alike.append(list(range(n_angles, n_angles + n_parameters)))
            n_angles += n_parameters
            if len(wires) > 1:
                self._append(name, wires, len(alike) - 1)
                continue
            if not self.steps or self.steps[-1].kind != "local":
                self.steps.append(_Step("local", torch.empty(0), len(layers)))
                layers.append([[] for _ in range(n_qubits)])
            layers[-1][wires[0]].append((name, len(alike) - 1))
        self.one_qubit = [name for name in self.columns if any(name == n for n, w, _ in operations if len(w) == 1)]
        self.factors = self._factors(layers)

    def run(self, angles: Tensor) -> Tensor:
        """Amplitudes, shape (batch, 2**n_qubits), from |0...0>, for angles of shape (batch, n_angles)."""
        matrices = {
            name: gates.matrices(name, angles[:, torch.tensor(columns, dtype=torch.long)])
            for name, columns in self.columns.items()
            if name not in gates.PERMUTATION
        }
        dtype = gates.complex_type(angles)
        state = torch.zeros(len(angles), 2**self.n_qubits, dtype=dtype)
        state[:, 0] = 1
        groups = self._groups(matrices, torch.eye(2, dtype=dtype).expand(len(angles), 1, 2, 2))
        for step in self.steps:
            if step.kind == "local":
                for start, group in groups:
                    state = _local(group[step.index], start, state)
            elif step.kind == "permute":
                state = state[:, step.gather]
            elif step.kind == "diagonal":
                phases = matrices[step.name][:, step.index].diagonal(dim1=-2, dim2=-1)
                state = state * phases[:, step.gather]
            else:
                state = _dense(matrices[step.name][:, step.index], step.gather, state)
        return state

    def _groups(self, matrices: dict[str, Tensor], identity: Tensor) -> list[tuple[int, tuple[Tensor, ...]]]:
        """First wire of every group, and by layer its Kronecker product, shape (batch, 2**size, 2**size)."""
        if not len(self.factors):
            return []
        single = torch.cat([identity, *(matrices[name] for name in self.one_qubit)], dim=1)
        product = single[:, self.factors[0]]
        for factor in self.factors[1:]:
            product = single[:, factor] @ product
        groups = []
        for start in range(0, self.n_qubits, GROUP):
            first, *others = product[:, :, start : start + GROUP].unbind(2)
            for other in others:
                first = _kron(first, other)
            groups.append((start, first.unbind(1)))
        return groups

    def _factors(self, layers: list[list[list[tuple[str, int]]]]) -> Tensor:
        """Which one-qubit gate is which factor of which product: (longest product, n_layers, n_qubits), 0 for none."""
        chains = [chain for layer in layers for chain in layer]
        offset, first = {}, 1
        for name in self.one_qubit:
            offset[name] = first
            first += len(self.columns[name])
        table = torch.zeros(max(map(len, chains), default=0), len(chains), dtype=torch.long)
        for column, chain in enumerate(chains):
            for row, (name, number) in enumerate(chain):
                table[row, column] = offset[name] + number
        return table.reshape(len(table), len(layers), self.n_qubits)

    def _append(self, name: str, wires: tuple[int, ...], index: int) -> None:
        """Append a two-qubit gate; a permutation is merged with one right before it."""
        bits = (np.arange(2**self.n_qubits)[:, None] >> np.arange(self.n_qubits)[::-1]) & 1
        pair = 2 * bits[:, wires[0]] + bits[:, wires[1]]
        if name in gates.DIAGONAL:
            self.steps.append(_Step("diagonal", torch.from_numpy(pair), index, name))
        elif name in gates.PERMUTATION:
            gather = torch.from_numpy(_permuted(bits, wires, np.asarray(gates.PERMUTATION[name])[pair]))
            if self.steps and self.steps[-1].kind == "permute":
                gather = self.steps.pop().gather[gather]
            self.steps.append(_Step("permute", gather))
        else:
            self.steps.append(_Step("dense", torch.from_numpy(np.argsort(pair, kind="stable")), index, name))


@lru_cache(maxsize=64)
def plan(operations: tuple[Operation, ...], n_qubits: int) -> Plan:
    """The plan of a circuit, made once."""
    return Plan(operations, n_qubits)


def _permuted(bits: NDArray[np.int64], wires: tuple[int, ...], pair: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers of all basis states after the state of two wires became `pair`."""
    bits = bits.copy()
    bits[:, wires[0]], bits[:, wires[1]] = pair // 2, pair % 2
    return np.asarray(bits @ (1 << np.arange(bits.shape[1])[::-1]))


def _kron(a: Tensor, b: Tensor) -> Tensor:
    """Kronecker products over the last two dimensions."""
    size = a.shape[-1] * b.shape[-1]
    return (a[..., :, None, :, None] * b[..., None, :, None, :]).reshape(*a.shape[:-2], size, size)


def _local(group: Tensor, start: int, state: Tensor) -> Tensor:
    """Apply matrices (batch, d, d) to the log2 d wires from `start` on."""
    size = group.shape[-1]
    if 2**start * size == state.shape[1]:
        return (state.reshape(len(state), -1, size) @ group.mT).reshape(state.shape)
    return (group[:, None] @ state.reshape(len(state), 2**start, size, -1)).reshape(state.shape)


def _dense(gate: Tensor, order: Tensor, state: Tensor) -> Tensor:
    """Apply matrices (batch, 4, 4) to two wires; `order` brings their state to the front."""
    moved = gate @ state[:, order].reshape(len(state), 4, -1)
    return moved.reshape(state.shape)[:, torch.argsort(order)]
