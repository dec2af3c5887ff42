"""Fully visible Boltzmann machine over the bits of a code: the classical control of a circuit of the same size.

In spins s_i = 2 x_i - 1, with a bias or a coupling for every gate on one or two bits,

    p(x | E) ~ exp(-E(x)),    -E(x) = sum_i b_i(E) s_i + sum_(i<j) W_ij(E) s_i s_j,

where b and W are polynomials of the scaled energy like the angles of an IQP Born machine, sum_d w_d P_d(x): it has as
many parameters as the circuit with these gates. Given all other bits, one bit has

    p(x_i = 1 | others, E) = 1 / (1 + exp(-2 f_i)),    f_i = b_i(E) + sum_j W_ij(E) s_j.

By that bits are drawn one by one (Gibbs sweeps, exact in the limit of many), and the pseudo-likelihood is in closed
form. Training (`divergence.py`) starts at independent bits with the data's means m_i = <(-1)^{x_i}>, at W = 0 and
b_i = -artanh(m_i). Parameters are as many as showers, so that couplings are held small by RIDGE times the sum of their
squares [nat].
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from qgen.files import InputError
from qgen.generators.bits.divergence import CHAINS, SWEEPS_SAMPLING, SWEEPS_TRAINING, PersistentDivergence
from qgen.generators.bits.energy import EnergyBins, legendre, legendre_fit
from qgen.generators.bits.gates import listed_gates, require_gates
from qgen.generators.bits.generator import Bits, BitStringGenerator
from qgen.generators.bits.walsh import bit_means
from qgen.generators.classical._sweeps import sweep
from qgen.plugins import option
from qgen.training import Batch, Run

__all__ = ["VisibleBoltzmann"]

OWNER = "VisibleBoltzmann"
ENERGY_BINS, ENERGIES_PER_BIN = 8, 2
"""In which the means of the start are taken."""
RIDGE = 0.4
"""Penalty times showers per coupling [nat]: more couplings overfit more, more showers less. Chosen by the
pseudo-likelihood and the correlators of held-out training showers, of 64 bits."""
NEAREST = 8
"""Chains of the nearest energies, from which a draw starts."""


class VisibleBoltzmann(BitStringGenerator):
    """Fully visible Boltzmann machine over the bits of a code: biases and couplings given the energy."""

    family = "classical"
    quick: ClassVar[Mapping[str, Any]] = {"epochs": 250}
    typical_fit_s: ClassVar[Mapping[str, float]] = {"quick": 4.0, "standard": 15.0}

    gates: Any = option(
        "biases and couplings: all of up to `body` bits, or a list of lists of bits, [[0], [1], [0, 1]]", default="all"
    )
    body: int = option("with all: 1 has biases only, 2 couplings of all pairs", default=2, least=1, most=2)
    degree: int = option("of the polynomials b_i(E) and W_ij(E)", default=2, least=0)

    def require_options(self) -> None:
        """Check the options, and that listed gates are on one or two bits."""
        super().require_options()
        listed = self.gates if isinstance(self.gates, list | tuple) else []
        most = max((len(gate) for gate in listed if isinstance(gate, list | tuple)), default=0)
        if most > 2:
            raise InputError(f"{OWNER}: expected biases and couplings of pairs, found gates on {most} bits")

    def _start(self, x: Tensor, bits: Bits, run: Run) -> tuple[PersistentDivergence, Batch]:
        batch = {"x": x, "bits": torch.from_numpy(bits.astype(np.float32))}
        self.model_ = machine = self._untrained()
        bins = EnergyBins(x, ENERGY_BINS, ENERGIES_PER_BIN)
        machine.start(bit_means(bins, **batch), bins.nodes.mean(dim=1))
        machine.hold(x, np.random.default_rng((run.seed, 4)))
        return PersistentDivergence(machine, learning_rate=self.learning_rate), batch

    def _untrained(self) -> "VisibleMachine":
        n = self.code_.n_bits
        return VisibleMachine(listed_gates(OWNER, self.gates, self.body, n), n, degree=self.degree)


class VisibleMachine(nn.Module):
    """A Boltzmann machine without hidden units.

    Args:
        gates: the bits of each bias and each coupling.
        n_bits: bits.
        degree: of the polynomials in x.
        n_chains: persistent chains.
        ridge: penalty on the squares of the couplings [nat], >= 0; `hold` sets it if None, to `RIDGE` times couplings
            over showers.

    Raises:
        InputError: gates that do not fit, or on more than two bits.

    Attributes:
        weights: coefficients of b and W, zeros at first, shape (degree + 1, n_gates).
        energies: scaled energies of the chains, in order, shape (n_chains,).
        chains: spins -1 or +1, int8 (n_chains, n_bits).
    """

    energies: Tensor
    chains: Tensor

    def __init__(
        self,
        gates: Sequence[Sequence[int]],
        n_bits: int,
        *,
        degree: int = 0,
        n_chains: int = CHAINS,
        ridge: float | None = None,
    ) -> None:
        super().__init__()
        require_gates(gates, n_bits)
        if (most := max(map(len, gates))) > 2:
            raise InputError(f"VisibleMachine: expected gates on one or two bits, found one on {most}")
        self.n_bits, self.ridge = n_bits, ridge
        self.gates = tuple(tuple(sorted(gate)) for gate in gates)
        self.places = torch.tensor([gate[0] * n_bits + gate[-1] for gate in self.gates])
        self.weights = nn.Parameter(torch.zeros(degree + 1, len(gates)))
        self.register_buffer("energies", torch.zeros(n_chains))
        self.register_buffer("chains", torch.ones(n_chains, n_bits, dtype=torch.int8))

    def coefficients(self) -> tuple[Tensor, Tensor]:
        """Of b, shape (degree + 1, n_bits), and of W, symmetric, shape (degree + 1, n_bits, n_bits)."""
        empty = self.weights.new_zeros(len(self.weights), self.n_bits**2)
        upper = empty.index_add(1, self.places, self.weights).unflatten(1, (self.n_bits, self.n_bits))
        b = torch.diagonal(upper, dim1=1, dim2=2)
        half = upper - torch.diag_embed(b)
        return b, half + half.mT

    def fields(self, x: Tensor, spins: Tensor) -> tuple[Tensor, Tensor]:
        """b(E) and sum_j W_ij(E) s_j at scaled energies x (n,) and spins (n, n_bits), both of shape (n, n_bits)."""
        b, w = self.coefficients()
        powers = self._powers(x)
        pulls = (spins @ w.transpose(0, 1).flatten(1)).unflatten(1, (len(w), self.n_bits))
        return powers @ b, (powers[:, :, None] * pulls).sum(dim=1)

    def energy(self, x: Tensor, bits: Tensor) -> Tensor:
        """E of bits (n, n_bits) at scaled energies x (n,), shape (n,)."""
        spins = 2 * bits - 1
        b, pulls = self.fields(x, spins)
        return -(spins * (b + pulls / 2)).sum(dim=1)

    def pseudo_likelihood(self, x: Tensor, bits: Tensor) -> Tensor:
        """Mean over rows and bits of ln p(x_i | all other bits)."""
        spins = 2 * bits - 1
        return logsigmoid(2 * spins * sum(self.fields(x, spins))).mean()

    def difference(self, x: Tensor, bits: Tensor, rng: np.random.Generator) -> Tensor:
        """<E>_data - <E>_chains and the penalty, with their gradients; the chains go on."""
        self._sweep(self.energies, self.chains.numpy(), SWEEPS_TRAINING, rng)
        drawn = (self.chains.to(bits.dtype) + 1) / 2
        couplings = self.weights[:, [len(gate) == 2 for gate in self.gates]]
        own = self.energy(x, bits).mean() - self.energy(self.energies, drawn).mean()
        return own + (self.ridge or 0.0) * couplings.square().sum()

    def hold(self, x: Tensor, rng: np.random.Generator) -> None:
        """Give the chains the energies that part the scaled energies x (n,) of data equally, and random spins."""
        if self.ridge is None:
            self.ridge = RIDGE * sum(len(gate) == 2 for gate in self.gates) / len(x)
        n = len(self.energies)
        self.energies.copy_(torch.quantile(x, (torch.arange(n, dtype=x.dtype) + 0.5) / n))
        self.chains.copy_(torch.from_numpy(2 * rng.integers(0, 2, (n, self.n_bits), dtype=np.int8) - 1))

    @torch.no_grad()
    def start(self, means: Tensor, centres: Tensor) -> None:
        """Set the biases to those of independent bits, and the couplings to 0.

        Args:
            means: <(-1)^{x_i}> of the data in bins of energy, float64 (n_bins, n_bits).
            centres: scaled energies of the bins (n_bins,).
        """
        b = legendre_fit(-torch.atanh(means), centres, len(self.weights)).to(self.weights.dtype)
        self.weights.zero_()
        for place, gate in enumerate(self.gates):
            if len(gate) == 1:
                self.weights[: len(b), place] = b[:, gate[0]]

    def sample(self, x: Tensor, rng: np.random.Generator) -> Bits:
        """Bits at scaled energies x (n,), by sweeps from chains of like energies, shape (n, n_bits)."""
        nearest = np.searchsorted(self.energies.numpy(), x.numpy())
        start = nearest + rng.integers(-NEAREST // 2, NEAREST // 2, len(x))
        spins = self.chains.numpy()[start.clip(0, len(self.chains) - 1)]
        self._sweep(x, spins, SWEEPS_SAMPLING, rng)
        return np.asarray(spins > 0, dtype=np.uint8)

    def _powers(self, x: Tensor) -> Tensor:
        return legendre(x, len(self.weights) - 1).to(self.weights.dtype)

    @torch.no_grad()
    def _sweep(self, x: Tensor, spins: NDArray[np.int8], n_sweeps: int, rng: np.random.Generator) -> None:
        """Gibbs sweeps of spins (n, n_bits), in place."""
        b, w = (part.contiguous().numpy() for part in self.coefficients())
        sweep(spins, self._powers(x).contiguous().numpy(), b, w, n_sweeps, rng)
