"""Walsh correlators of IQP circuits, without states: <Z_a>, the mean of (-1)^{a.x} over the outcomes x.

Of any circuit exp(i sum_j theta_j X_{g_j}) |0...0> (1904.02214, 2503.02934), gates that commute with Z_a drop out:

    <Z_a> = E_{z ~ U} cos(2 sum_{j: g_j.a odd} theta_j (-1)^{g_j.z}),                                            (1)

an unbiased estimate from any number of z (`direct`), with a variance of about 1/2 per z however small <Z_a> is.

Where gates have one or two qubits, h_i and J_ij their angles, more can be done. Let a have the qubits S. A gate that
anticommutes with Z_a has exactly one qubit in S, and so at most one outside: given the signs s_i of z in S, the
others enter (1) in terms of their own and are averaged in closed form (`factorised`):

    <Z_a> = E_{s ~ U} [cos(2 sum_{i in S} h_i s_i) prod_{l not in S} cos(2 sum_{i in S} J_il s_i)].              (2)

A sum of 2^(|a|-1) terms, s and -s being equal, is exact at any number of qubits, hidden ones included: correlators of
low order need no sampling. With one qubit it is cos(2 h_i) prod_l cos(2 J_il). Above `most_exact` qubits s is sampled;
by Rao and Blackwell the variance is less than that of (1), and falls with the number of qubits like the product.

Products of two estimates from the same signs would be biased, so estimates come in two independent halves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from qgen.files import InputError
from qgen.generators.iqp._loops import backward, forward

MOST_EXACT = 6
PATTERNS = 32
"""By default: operators on so many qubits are exact, in at most so many terms, which is how many signs others get."""


@dataclass(frozen=True)
class Operators:
    """Walsh operators, grouped by their number of qubits, with the signs over which they are averaged.

    Attributes:
        bits: a, 0 or 1, shape (n_operators, n_visible).
        groups: places in `bits`, qubits (n, k), signs (1 or n, n_patterns, k), and whether all signs are there.
    """

    bits: NDArray[np.uint8]
    groups: tuple[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32], bool], ...]

    @classmethod
    def of(
        cls,
        bits: ArrayLike,
        *,
        rng: np.random.Generator | None = None,
        most_exact: int = MOST_EXACT,
        patterns: int = PATTERNS,
    ) -> "Operators":
        """Prepare operators.

        Args:
            bits: a, 0 or 1, shape (n_operators, n_visible).
            rng: of the signs of operators on more than `most_exact` qubits; None where there are none.
            most_exact: >= 1; all 2^(k-1) signs are taken for operators on k qubits up to this.
            patterns: signs sampled for others, even.

        Raises:
            InputError: no bits, odd `patterns`, or no `rng` where one is needed.
        """
        a = np.asarray(bits)
        if a.ndim != 2 or not np.isin(a, (0, 1)).all():
            raise InputError(f"operators: expected 0 or 1 of shape (n_operators, n_bits), found shape {a.shape}")
        if patterns < 2 or patterns % 2 or most_exact < 1:
            raise InputError(f"operators: expected an even number of patterns >= 2, found {patterns}")
        orders, groups = a.sum(axis=1), []
        for k in np.unique(orders).tolist():
            places = np.flatnonzero(orders == k)
            supports = np.nonzero(a[places])[1].reshape(len(places), k)
            if k > most_exact and rng is None:
                raise InputError(f"operators: expected rng, there is an operator on {k} > {most_exact} qubits")
            if k <= most_exact or rng is None:
                signs = gray_signs(k)[None]
            else:
                signs = rng.choice(np.array([-1, 1], dtype=np.float32), (len(places), patterns, k))
            groups.append((places, supports, signs, k <= most_exact))
        return cls(a.astype(np.uint8), tuple(groups))

    def __len__(self) -> int:
        return len(self.bits)


def gray_signs(k: int) -> NDArray[np.float32]:
    """All signs of k qubits up to a common one, neighbours differing in one place, shape (2^(k-1), k)."""
    if k == 0:
        return np.ones((1, 0), dtype=np.float32)
    number = np.arange(2 ** (k - 1))
    code = number ^ (number >> 1)
    return (1 - 2 * (code[:, None] >> np.arange(k) & 1)).astype(np.float32)


def biases_and_couplings(theta: Tensor, gates: Sequence[Sequence[int]], n_qubits: int) -> tuple[Tensor, Tensor]:
    """h (n_sets, n) and symmetric J (n_sets, n, n) of angles (n_sets, n_gates) of gates on one or two qubits."""
    ends = _ends(tuple(map(tuple, gates)))
    single = ends[:, 0] == ends[:, 1]
    h = theta.new_zeros(len(theta), n_qubits).index_add(1, ends[single, 0], theta[:, single])
    place = ends[~single, 0] * n_qubits + ends[~single, 1]
    half = theta.new_zeros(len(theta), n_qubits**2).index_add(1, place, theta[:, ~single])
    j = half.reshape(-1, n_qubits, n_qubits)
    return h, j + j.transpose(1, 2)


@lru_cache(maxsize=8)
def _ends(gates: tuple[tuple[int, ...], ...]) -> Tensor:
    """First and last qubit of every gate, shape (n_gates, 2)."""
    return torch.tensor([(gate[0], gate[-1]) for gate in gates], dtype=torch.int64)


def factorised(h: Tensor, j: Tensor, operators: Operators) -> Tensor:
    """Equation (2), differentiable in h and J, in compiled loops.

    Args:
        h: angles of one-qubit gates [rad], shape (n_sets, n).
        j: of two-qubit gates, symmetric with zeros on the diagonal, shape (n_sets, n, n).
        operators: on the first of the n qubits.

    Returns:
        Two independent estimates, equal ones where they are exact, shape (n_sets, n_operators, 2).
    """
    return _Factorised.apply(h, j, operators)


class _Factorised(torch.autograd.Function):
    """The compiled loops with their gradients."""

    @staticmethod
    def forward(ctx: Any, h: Tensor, j: Tensor, operators: Operators) -> Tensor:
        ctx.save_for_backward(h, j)
        ctx.operators = operators
        arrays = _arrays(h, j)
        out = np.empty((len(h), len(operators), 2), dtype=arrays[0].dtype)
        for places, supports, signs, exact in operators.groups:
            mean = np.empty((len(h), len(places), 1 if exact else 2), dtype=out.dtype)
            forward(*arrays, supports, signs, mean)
            out[:, places] = mean
        return torch.from_numpy(out)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        h, j = ctx.saved_tensors
        arrays = _arrays(h, j)
        weights = np.ascontiguousarray(gradients[0].detach().numpy())
        dh, dj = np.zeros(h.shape, dtype=arrays[0].dtype), np.zeros(j.shape, dtype=arrays[0].dtype)
        for places, supports, signs, exact in ctx.operators.groups:
            mine = weights[:, places].sum(axis=2, keepdims=True) if exact else weights[:, places]
            backward(*arrays, supports, signs, np.ascontiguousarray(mine), dh, dj)
        return torch.from_numpy(dh), torch.from_numpy(dj), None


def _arrays(h: Tensor, j: Tensor) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Biases, and cosines and sines of 2 J and of 4 J, as the loops take them."""
    once, twice = (torch.stack([torch.cos(f * j), torch.sin(f * j)], dim=1).detach().numpy() for f in (2, 4))
    return h.detach().contiguous().numpy(), once, twice


def parities(bits: ArrayLike, gates: Sequence[Sequence[int]]) -> Tensor:
    """g_j.x modulo 2 for bits x (n, n_bits), where bits that are not there count as 0; 0 or 1, shape (n, n_gates)."""
    x, matrix = torch.as_tensor(np.asarray(bits), dtype=torch.float32), _incidence(tuple(map(tuple, gates)))
    width = min(x.shape[1], matrix.shape[1])
    return (x[:, :width] @ matrix[:, :width].T) % 2


@lru_cache(maxsize=8)
def _incidence(gates: tuple[tuple[int, ...], ...]) -> Tensor:
    """1 where a qubit is in a gate, shape (n_gates, n_qubits)."""
    incidence = np.zeros((len(gates), max(map(max, gates)) + 1), dtype=np.float32)
    incidence[np.repeat(np.arange(len(gates)), [len(gate) for gate in gates]), np.concatenate(gates)] = 1
    return torch.from_numpy(incidence)


def direct(theta: Tensor, gates: Sequence[Sequence[int]], operators: Operators, z: ArrayLike) -> Tensor:
    """Equation (1), for gates on any number of qubits.

    Args:
        theta: angles [rad], shape (n_sets, n_gates).
        gates: the qubits of each.
        operators: on the first of the qubits.
        z: uniform bits of all qubits, an even number of rows, shape (n_samples, n_qubits).

    Returns:
        Two independent estimates, from the first and second half of z, shape (n_sets, n_operators, 2).
    """
    odd, signs = parities(operators.bits, gates).to(theta.dtype), 1 - 2 * parities(z, gates).to(theta.dtype)
    cosines = [torch.cos((2 * angles * odd) @ signs.T) for angles in theta]
    return torch.stack([c.reshape(len(operators), 2, -1).mean(dim=2) for c in cosines])
