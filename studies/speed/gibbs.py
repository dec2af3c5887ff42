"""How fast is block Gibbs sampling of a Zephyr prior, against torch and against the vendor's sampler?

The prior has 4 x 302 nodes of the Zephyr graph and random parameters; 1024 chains are swept. Three comparisons:

- a sweep by torch, the fields of a colour as a product of a CSR matrix with spins in (nodes, chains) layout, one
  colour pinned, to other values in every chain; one thread each;
- `BlockSampler` of dwave-pytorch-plugin, nothing pinned (it cannot); one thread each;
- ours on two threads against ours on one.

All start from the same kind of random spins, sweep until they have forgotten them, and then take turns, so that a busy
machine slows all of them down; medians are compared. What they drew must agree: mean spins and mean energies, each
difference in units of its standard error.

    python studies/speed/gibbs.py            # about two minutes
    python studies/speed/gibbs.py --quick    # 256 chains, under a minute

The last line is JSON; `max_abs_difference` is that of the mean spins. Compilation is outside of the timing.
"""

import json
import warnings
from functools import partial
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
import torch
from scipy import sparse

from qgen.cli import run
from qgen.comparison.timing import case, interleaved, one_thread
from qgen.files import InputError
from qgen.graphs import build
from qgen.ising import Ising, Spins
from qgen.ising.kernel import Kernel

PLUGIN = "dwave-pytorch-plugin 0.4.0, BlockSampler"
BURN_IN = 40


class Chains(Protocol):
    """Something that sweeps chains."""

    def sweep(self, n: int) -> None:
        """Go on by n sweeps."""

    def spins(self) -> Spins:
        """Where the chains are, shape (n_chains, n_nodes)."""


def gibbs(
    quick: bool = False, scale: float | None = None, sweeps: int = 10, repetitions: int = 7, seed: int = 0
) -> None:
    """Time block Gibbs sampling beside its peers.

    Args:
        quick: four times fewer chains.
        scale: factor for nodes and chains alike, 0.05 to 1.
        sweeps: timed at once.
        repetitions: of every measurement.
        seed: of the parameters and the chains.
    """
    if scale is not None and not 0.05 <= scale <= 1:
        raise InputError(f"--scale: expected a factor in 0.05..1, found {scale:g}")
    if min(sweeps, repetitions) < 1:
        raise InputError(f"--sweeps, --repetitions: expected at least 1, found {sweeps}, {repetitions}")
    with one_thread():
        n_chains = round(1024 * (scale or (0.25 if quick else 1)))
        cases = compare(prior(round(302 * (scale or 1)), seed), n_chains, sweeps, repetitions, seed)
    print(table(cases))
    print(json.dumps({"cases": cases}))


def prior(size: int, seed: int) -> Ising:
    """Random parameters on `size` nodes of each colour of a Zephyr graph."""
    graph, rng = build("zephyr", (size,) * 4), np.random.default_rng(seed)
    biases, couplings = rng.normal(0, 0.3, graph.n_nodes), rng.normal(0, 0.15, graph.n_edges)
    return Ising(biases, graph.edges, couplings, graph.colours, graph.qubits)


def compare(model: Ising, n: int, sweeps: int, repetitions: int, seed: int) -> list[dict[str, Any]]:
    """Every case for which the peer is installed."""
    rng = np.random.default_rng(seed)
    clamp = np.where(model.colours == 0, rng.choice(np.array([-1, 1], dtype=np.int8), (n, model.n_nodes)), 0)
    label = f"{model.n_nodes} nodes, {len(model.edges)} edges, {n} chains"
    timed = sweeps, repetitions
    pinned = [Ours(model, n, seed, clamp), TorchCSR(model, n, seed + 1, clamp)]
    cases = [raced(f"{label}, a colour pinned", "torch CSR", model, *pinned, *timed, free=(clamp[0] == 0))]
    if find_spec("dwave.plugins") and find_spec("dwave.plugins.torch") and find_spec("einops"):
        cases.append(raced(label, PLUGIN, model, Ours(model, n, seed), Plugin(model, n, seed + 1), *timed))
    else:
        print("left out: the vendor's sampler; pip install 'qgen-hep[annealing-peers]' brings it")
    # ten times the sweeps: threads are for work that lasts
    two, one = Ours(model, n, seed, threads=2), Ours(model, n, seed)
    cases.append(raced(f"{label}, 2 threads", "ours, 1 thread", model, two, one, 10 * sweeps, repetitions))
    return cases


class Ours:
    """`Kernel` of qgen.samplers."""

    def __init__(self, model: Ising, n: int, seed: int, clamp: Spins | None = None, threads: int = 1) -> None:
        self._kernel = Kernel(model, threads=threads)
        self._chains = self._kernel.start(n, rng=np.random.default_rng(seed), clamp=clamp)

    def sweep(self, n: int) -> None:
        """Go on by n sweeps."""
        self._kernel.sweep(self._chains, n=n)

    def spins(self) -> Spins:
        """Where the chains are."""
        return self._chains.read()


class TorchCSR:
    """What one writes with torch: a sparse product, a sigmoid and a comparison for each colour that is not pinned."""

    def __init__(self, model: Ising, n: int, seed: int, clamp: Spins) -> None:
        self._random = torch.Generator().manual_seed(seed)
        half = sparse.coo_array((model.couplings, tuple(model.edges.T)), shape=(model.n_nodes,) * 2)
        matrix, biases = sparse.csr_array(half + half.T), torch.as_tensor(model.biases, dtype=torch.float32)
        self._blocks = []
        for colour in np.unique(model.colours[clamp[0] == 0]):
            rows = slice(*np.searchsorted(model.colours, [colour, colour + 1]).tolist())
            part = matrix[rows]
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="Sparse (CSR|invariant)")
                arrays = (torch.as_tensor(array) for array in (part.indptr, part.indices, part.data.astype(np.float32)))
                block = torch.sparse_csr_tensor(*arrays, size=part.shape)
            self._blocks.append((rows, block, biases[rows, None]))
        start = torch.randint(0, 2, (model.n_nodes, n), generator=self._random) * 2 - 1
        pinned = torch.as_tensor(clamp.T)
        self._s = torch.where(pinned == 0, start, pinned).float().contiguous()

    @torch.no_grad()
    def sweep(self, n: int) -> None:
        """Go on by n sweeps."""
        for _ in range(n):
            for rows, block, biases in self._blocks:
                up = torch.sigmoid_((block @ self._s).add_(biases).mul_(-2))
                draws = torch.rand(up.shape, generator=self._random)
                self._s[rows] = (draws < up).float().mul_(2).sub_(1)

    def spins(self) -> Spins:
        """Where the chains are."""
        return self._s.T.numpy().astype(np.int8)


class Plugin:
    """The vendor's `BlockSampler`."""

    def __init__(self, model: Ising, n: int, seed: int) -> None:
        from dwave.plugins.torch.models import GraphRestrictedBoltzmannMachine
        from dwave.plugins.torch.samplers import BlockSampler

        nodes, edges = list(range(model.n_nodes)), [tuple(edge) for edge in model.edges.tolist()]
        linear = dict(enumerate(model.biases.tolist()))
        quadratic = dict(zip(edges, model.couplings.tolist(), strict=True))
        machine = GraphRestrictedBoltzmannMachine(nodes, edges, linear=linear, quadratic=quadratic)
        colours = model.colours.tolist()
        generator = torch.Generator().manual_seed(seed)
        start = torch.randint(0, 2, (n, model.n_nodes), generator=generator) * 2.0 - 1
        self._sampler = BlockSampler(machine, colours.__getitem__, n, [1.0], initial_states=start, seed=seed)

    def sweep(self, n: int) -> None:
        """Go on by n sweeps."""
        for _ in range(n):
            self._drawn = self._sampler.sample()

    def spins(self) -> Spins:
        """Where the chains are."""
        return self._drawn.numpy().astype(np.int8)


def raced(
    name: str,
    peer_name: str,
    model: Ising,
    ours: Chains,
    peer: Chains,
    sweeps: int,
    repetitions: int,
    free: np.ndarray | None = None,
) -> dict[str, Any]:
    """Sweep both in turn after they have forgotten their start, compare times and draws."""
    for chains in (ours, peer):
        chains.sweep(BURN_IN)
    calls = [partial(chains.sweep, sweeps) for chains in (ours, peer)]
    ours_s, peer_s = np.median(interleaved(calls, repetitions)[0], axis=0).tolist()
    a, b = ours.spins(), peer.spins()
    updates = len(a) * (model.n_nodes if free is None else int(free.sum())) * sweeps
    difference, error = differ(a, b)
    energy, energy_error = differ(model.energy(a)[:, None], model.energy(b)[:, None])
    moves = error > 0
    return case(
        name,
        peer_name,
        ours_s,
        peer_s,
        float(np.abs(difference).max()),
        ours_rate=updates / ours_s,
        peer_rate=updates / peer_s,
        largest_z=float(np.abs(difference[moves] / error[moves]).max()),
        energy_z=float(energy[0] / energy_error[0]),
    )


def differ(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Difference of the means of columns, and its standard error."""
    n = len(a)
    return a.mean(axis=0) - b.mean(axis=0), np.sqrt(a.var(axis=0, ddof=1) / n + b.var(axis=0, ddof=1) / n)


def table(cases: list[dict[str, Any]]) -> str:
    """For the eye."""
    lines = [f"{'case':62}{'peer':42}{'ours':>10}{'peer':>10}{'ratio':>8}   z spins, energy"]
    for row in cases:
        rates = f"{row['ours_rate'] / 1e6:>8.0f} M{row['peer_rate'] / 1e6:>8.1f} M{row['ratio']:>8.2f}"
        lines.append(f"{row['case']:62}{row['peer']:42}{rates}   {row['largest_z']:.1f}, {row['energy_z']:+.1f}")
    return "\n".join([*lines, "M: million spin updates a second"])


if __name__ == "__main__":
    raise SystemExit(run(gibbs))
