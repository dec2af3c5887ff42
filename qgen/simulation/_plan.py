"""Gates compiled to few steps over the state; that depends on their names and wires, not on their angles.

- One-qubit gates that follow one another on a wire become one 2 x 2 matrix, also across gates that they commute with.
- CNOT, SWAP and a lone X move nothing: they change the table that says where a basis state is kept. So all of the
  permutations together are the one gather with which the result is read.
- Diagonal gates on two wires become one multiplication by phases, as long as nothing on their wires comes in between.
- Another gate on two wires takes the one-qubit matrices before it along, into one 4 x 4 matrix.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import count

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from qgen.simulation import Operation, gates
from qgen.simulation._loops import ONE, PHASE, TWO

IDENTITY = 0
"""Number of the product of no gates."""

Gate = tuple[str, int]
"""A gate: its name, and its number among the gates of that name."""


class Plan:
    """Steps for the compiled loops, and the matrices that they need.

    Args:
        operations: the gates in order.
        n_qubits: number of wires.

    Attributes:
        steps: see `_loops.Steps`.
        diagonal_wires: see `_loops.Gates`.
        where: tables basis state -> place, shape (n_tables + 1, 2**n_qubits).
    """

    def __init__(self, operations: tuple[Operation, ...], n_qubits: int) -> None:
        self.n_qubits = n_qubits
        self.columns: dict[str, list[list[int]]] = {}
        self._steps: list[tuple[int, int, int, int, int]] = []
        self._table = np.arange(2**n_qubits)
        self._tables: list[NDArray[np.int64]] = []
        self._n_permutations, self._made_after, self._moved_at = 0, -1, [0] * n_qubits
        self._pending: list[list[Gate]] = [[] for _ in range(n_qubits)]
        self._run: list[tuple[int, int, Gate]] = []
        self._products: list[list[Gate]] = [[]]
        self._ones: list[int] = []
        self._twos: list[tuple[Gate, int, int]] = []
        self._diagonals: list[tuple[int, int, Gate]] = []
        n_angles = count()
        for name, wires, n_parameters in operations:
            alike = self.columns.setdefault(name, [])
            self._add((name, len(alike)), wires)
            alike.append([next(n_angles) for _ in range(n_parameters)])
        for wire in range(n_qubits):
            self._flush(wire)
        self._close()
        self.steps = np.array(self._steps, dtype=np.int64).reshape(-1, 5)
        self.where = np.stack([*self._tables, self._table])
        self.diagonal_wires = np.array([sorted(pair) for *pair, _ in self._diagonals], dtype=np.int64).reshape(-1, 2)
        self._index()

    def matrices(self, angles: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What the steps multiply by: (batch, n, 2, 2), (batch, n, 4, 4) and diagonals (batch, n, 4), complex."""
        of_gates = {
            name: gates.matrices(name, angles[:, torch.tensor(columns, dtype=torch.long)])
            for name, columns in self.columns.items()
            if name not in gates.PERMUTATION
        }
        dtype = gates.complex_type(angles)
        identity = torch.eye(2, dtype=dtype).expand(len(angles), 1, 2, 2)
        single = torch.cat([identity, *(of_gates[name] for name in self._names[2])], dim=1)
        product = single[:, self._factors[0]]
        for factor in self._factors[1:]:
            product = single[:, factor] @ product
        two = torch.cat([torch.empty(len(angles), 0, 4, 4, dtype=dtype), *(of_gates[n] for n in self._names[4])], dim=1)
        before = _kron(product[:, self._before[0]], product[:, self._before[1]])
        diagonal = two.diagonal(dim1=-2, dim2=-1)[:, self._phase]
        swapped = diagonal[..., [0, 2, 1, 3]]
        return product[:, self._one], two[:, self._two] @ before, torch.where(self._turned, swapped, diagonal)

    def _add(self, gate: Gate, wires: tuple[int, ...]) -> None:
        name, pending = gate[0], self._pending
        if len(wires) == 1:
            if name == "PauliX" and not pending[wires[0]]:
                self._permute(wires, (1, 0))
            else:
                pending[wires[0]].append(gate)
        elif name == "SWAP":
            a, b = wires
            pending[a], pending[b] = pending[b], pending[a]
            self._permute(wires, gates.PERMUTATION[name])
        elif name in gates.PERMUTATION:
            self._flush(wires[0], but_diagonal=True)
            self._flush(wires[1])
            self._permute(wires, gates.PERMUTATION[name])
        elif name in gates.DIAGONAL:
            for wire in wires:
                self._flush(wire, but_diagonal=True)
            self._run.append((wires[0], wires[1], gate))
        else:
            self._close_at(wires)
            a, b = (self._product(wire) for wire in wires)
            self._steps.append((TWO, self._row(wires), self._bit(wires[0]), self._bit(wires[1]), len(self._twos)))
            self._twos.append((gate, a, b))

    def _flush(self, wire: int, *, but_diagonal: bool = False) -> None:
        """Make a step of the one-qubit gates that wait on a wire."""
        waiting = self._pending[wire]
        if not waiting or (but_diagonal and all(name in gates.DIAGONAL for name, _ in waiting)):
            return
        self._close_at((wire,))
        self._steps.append((ONE, self._row((wire,)), self._bit(wire), 0, len(self._ones)))
        self._ones.append(self._product(wire))

    def _product(self, wire: int) -> int:
        """The number of the product of what waits on a wire, which then is empty."""
        waiting, self._pending[wire] = self._pending[wire], []
        if not waiting:
            return IDENTITY
        self._products.append(waiting)
        return len(self._products) - 1

    def _close_at(self, wires: tuple[int, ...]) -> None:
        """Close the run of diagonal gates if it acts on any of these wires; else what follows commutes with it."""
        if any(wire in pair for *pair, _ in self._run for wire in wires):
            self._close()

    def _close(self) -> None:
        """Make a step of the run of diagonal gates."""
        if self._run:
            start = len(self._diagonals)
            self._diagonals += sorted(self._run, key=lambda gate: max(gate[:2]))
            row = self._row([wire for *pair, _ in self._run for wire in pair])
            self._steps.append((PHASE, row, 0, start, len(self._diagonals)))
            self._run = []

    def _permute(self, wires: tuple[int, ...], image: tuple[int, ...]) -> None:
        """A permutation, its own inverse: another table from here on."""
        self._close_at(wires)
        states = np.arange(2**self.n_qubits)
        bits = [self._bit(wire) for wire in wires]
        seen = sum(((states & bit) > 0) << place for place, bit in enumerate(reversed(bits)))
        moved = np.asarray(image)[seen]
        for place, bit in enumerate(reversed(bits)):
            states = np.where((moved >> place) & 1, states | bit, states & ~bit)
        self._table = self._table[states]
        self._n_permutations += 1
        for wire in wires:
            self._moved_at[wire] = self._n_permutations

    def _row(self, wires: Sequence[int]) -> int:
        """The table for a step; any that was made since these wires were last permuted finds the same amplitudes."""
        if max(self._moved_at[wire] for wire in wires) > self._made_after:
            self._tables.append(self._table)
            self._made_after = self._n_permutations
        return len(self._tables) - 1

    def _bit(self, wire: int) -> int:
        """The value of a wire's bit; wire 0 is the most significant one."""
        return int(1 << (self.n_qubits - 1 - wire))

    def _index(self) -> None:
        """Numbers in the arrays of `matrices`."""
        n_wires = {name: 2 if name in gates.TWO_QUBIT else 1 for name in self.columns}
        self._names = {
            2**n: [name for name in self.columns if n_wires[name] == n and name not in gates.PERMUTATION]
            for n in (1, 2)
        }
        place: dict[Gate, int] = {}
        for names, first in ((self._names[2], 1), (self._names[4], 0)):
            number = count(first)
            place |= {(name, i): next(number) for name in names for i in range(len(self.columns[name]))}
        factors = np.full((max(1, *map(len, self._products)), len(self._products)), IDENTITY)
        for column, chain in enumerate(self._products):
            factors[: len(chain), column] = [place[gate] for gate in chain]
        self._factors = torch.from_numpy(factors)
        self._one = _numbers(self._ones)
        self._two = _numbers([place[gate] for gate, _, _ in self._twos])
        self._before = _numbers([a for _, a, _ in self._twos]), _numbers([b for _, _, b in self._twos])
        self._phase = _numbers([place[gate] for *_, gate in self._diagonals])
        self._turned = torch.tensor([a > b for a, b, _ in self._diagonals], dtype=torch.bool)[:, None]


@lru_cache(maxsize=64)
def plan(operations: tuple[Operation, ...], n_qubits: int) -> Plan:
    """The plan of a circuit, made once."""
    return Plan(operations, n_qubits)


def _numbers(values: list[int]) -> Tensor:
    return torch.tensor(values, dtype=torch.long)


def _kron(a: Tensor, b: Tensor) -> Tensor:
    """Kronecker products over the last two dimensions."""
    size = a.shape[-1] * b.shape[-1]
    return (a[..., :, None, :, None] * b[..., None, :, None, :]).reshape(*a.shape[:-2], size, size)
