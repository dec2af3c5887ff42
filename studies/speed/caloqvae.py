"""How long does the CaloQVAE take for a shower of CaloChallenge's dataset 2, and where does the time go?

The model has the settings of docs/caloqvae.md (45 x 16 x 9 voxels, convolutions, 16 held and 128 free bits, or 16 held
and 3 x 48 free ones on Zephyr's graph). It is trained here for a few epochs, enough for couplings that are not zero;
--model takes one that was trained for longer, of any dataset.

1. Sweeps. Chains of block Gibbs sampling are started from uniform random spins, each under the condition of its own
   shower, and compared with parallel tempering after more and more sweeps (`qgen.boltzmann.convergence`). Converged
   means: from then on what is left in mean spins and in correlations along the edges, beyond the noise of the draws,
   is at most 0.02, and the mean energy is within 0.2 standard deviations. Real draws start from persistent chains.
2. Time per shower at batches of 1, 100 and 10 000 with so many sweeps: end to end (`CaloQVAE.sample`), the prior alone
   (response, held bits, Gibbs sweeps) and the decoder alone (network, draws, energies). One thread, a warm-up, the
   three in turn, median of 10 repeats, or of 3 where they take long; CPU time too, which others on the machine do
   not lengthen.
3. Peers in this run, in turn with ours, same answer checked: the prior by torch with a matrix product per colour, and
   the decoder called for one shower after another.

Beside them stand published times of classical generators (CaloChallenge, 2410.21611). They are of another machine and
other software: context, and never a ratio.

    python studies/speed/caloqvae.py                  # about six minutes, half of them the training
    python studies/speed/caloqvae.py --quick          # 400 showers, two epochs, batches up to 1000: under a minute
    python studies/speed/caloqvae.py --model RUN

The last line is JSON.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

import qgen
from qgen import CaloQVAE
from qgen.boltzmann.convergence import Convergence, convergence
from qgen.boltzmann.machine import BoltzmannMachine, to_bits
from qgen.cli import run
from qgen.comparison.split import USUAL, load_split
from qgen.comparison.timing import case, interleaved, one_thread
from qgen.files import InputError
from qgen.generators.qvae.model import decode
from qgen.ising import Ising, Spins
from qgen.samplers.block_gibbs import BlockGibbsSampler
from qgen.samplers.parallel_tempering import ParallelTemperingSampler
from qgen.training import generator

SETTINGS = {
    "representation": "native",
    "network": "convolution",
    "turns": True,
    "conditioned": True,
    "width": 128,
    "batch_size": 64,
    "learning_rate": 2e-3,
    "prior_learning_rate": 1e-2,
    "weight_decay": 0.05,
    "warm_up": 0.3,
}
PARTITIONS = {"multipartite": (16, 64, 64), "zephyr": (16, 48, 48, 48)}
PUBLISHED: Mapping[str, tuple[float, float, float]] = {
    "CaloVAE+INN": (64.1, 4.60, 3.38),
    "MDMA": (14.3, 19.9, 32.4),
    "Calo-VQ": (168.0, 26.1, 36.2),
}
"""Published times on a CPU [ms/shower] at batches of 1, 100 and 10 000, dataset 2: the three fastest at 100."""
SWEEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
PEER_BATCH = 100
N_CHAINS = 4000
"""Chains whose convergence is watched: with fewer, what is left in the mean spins is not known to 0.02."""
PATIENCE_S = 60.0
FEW, MANY = 3, 10
"""Repeats, from those of a batch that takes long to those of one that does not."""

Floats = NDArray[np.float64]


def caloqvae(
    model: Path | None = None,
    graph: Literal["multipartite", "zephyr"] = "multipartite",
    epochs: int | None = None,
    quick: bool = False,
    showers: int | None = None,
    repetitions: int = 10,
    seed: int = 0,
) -> None:
    """Time the sampling of a CaloQVAE end to end, its prior and its decoder.

    Args:
        model: folder of a trained CaloQVAE; by default one is trained here, on dataset 2's layout.
        graph: of the prior of the model that is trained here.
        epochs: of that training; by default 10.
        quick: fewer showers, epochs and repeats, and no batch above 1000.
        showers: of the embedded sample, for that training; by default all.
        repetitions: of the comparisons with peers.
        seed: of everything random.
    """
    if repetitions < 1 or (epochs is not None and epochs < 1):
        raise InputError(f"--repetitions, --epochs: expected at least 1, found {repetitions}, {epochs}")
    with one_thread():
        sizes = (epochs or 2, showers or 400) if quick else (epochs or 10, showers)
        trained = train(graph, *sizes, seed) if model is None else load(model)
        content = measure(trained, (1, 100, 1000) if quick else (1, 100, 10_000), quick, repetitions, seed)
    print(table(content))
    print(json.dumps(content))


def train(graph: str, epochs: int, showers: int | None, seed: int) -> CaloQVAE:
    """A short training on dataset 2's layout."""
    learnt = load_split("calochallenge/2", "native", USUAL)[0].select(slice(showers))
    print(
        f"training on {len(learnt)} showers for {epochs} epochs (too short for good showers; see --model)", flush=True
    )
    model = CaloQVAE(graph=graph, partitions=PARTITIONS[graph], epochs=epochs, **SETTINGS)
    return model.fit(learnt, seed=seed)


def load(folder: Path) -> CaloQVAE:
    """A trained model with a Boltzmann prior that holds the condition."""
    model = qgen.load_generator(folder)
    prior = model.model_.prior if isinstance(model, CaloQVAE) else None
    if not isinstance(model, CaloQVAE) or not isinstance(prior, BoltzmannMachine) or not prior.n_condition:
        raise InputError(f"{folder}: expected a CaloQVAE with a conditioned Boltzmann prior, found {model!r:.80}")
    return model


def measure(model: CaloQVAE, batches: Sequence[int], quick: bool, repetitions: int, seed: int) -> dict[str, Any]:
    """All numbers, plain data."""
    prior, rng = model.model_.prior, np.random.default_rng(seed)
    energy = np.exp(rng.uniform(*np.log(model.energy_range_), size=batches[-1]))
    parts = Parts(model, seed)
    distances = settled(prior.ising(), parts.clamp(np.resize(energy, N_CHAINS)), rng)
    enough = distances.reached()
    n_sweeps = SWEEPS[-1] if enough is None else enough
    parts.sampler = BlockGibbsSampler(n_sweeps, threads=1)
    model.sampler, model.sampler_options = "samplers/block_gibbs", {"n_sweeps": n_sweeps, "threads": 1}
    calls = {
        "end_to_end": lambda e: model.sample(e, seed=seed),
        "prior": parts.prior,
        "decoder": parts.decoder,
    }
    times = {str(size): timed(calls, np.resize(energy, size), FEW if quick else MANY) for size in batches}
    cases = [prior_case(parts, energy[:PEER_BATCH], repetitions, rng), decoder_case(parts, energy, repetitions)]
    return {
        "cases": cases,
        "layout": model.geometry_.name,
        "nodes": prior.n_nodes,
        "held": prior.n_condition,
        "couplings": len(prior.w),
        "sweeps": n_sweeps,
        "converged": enough is not None,
        "left": {name: [float(x) for x in getattr(distances, name)] for name in ("marginal", "correlation", "energy")},
        "looked_after": list(SWEEPS),
        "ms_per_shower": {name: {size: of_size[name] for size, of_size in times.items()} for name in calls},
        "published_ms_per_shower": PUBLISHED,
    }


class Parts:
    """A CaloQVAE in two parts that can be called apart: latents for energies, showers for latents."""

    def __init__(self, model: CaloQVAE, seed: int) -> None:
        self.model, self.code = model, model.code_
        self.machine, self.decoder_network = model.model_.prior, model.model_.decoder
        self.sampler = BlockGibbsSampler()
        self._seed, self._latents = seed, torch.empty(0)

    def prior(self, energy: Floats) -> torch.Tensor:
        """Latents of new showers."""
        rng = np.random.default_rng(self._seed)
        total = self.code.response.sample(energy, rng)
        held = self.code.held(energy, total, self.machine.n_condition)
        spins = self.machine.draw(len(energy), self.sampler, rng, condition=held).spins
        return to_bits(spins)[:, self.machine.n_condition :]

    def decoder(self, energy: Floats) -> NDArray[np.float32]:
        """Showers of latents, which are drawn once and kept."""
        if len(self._latents) < len(energy):
            self._latents = self.prior(energy)
        z, total = self._latents[: len(energy)], self.total(energy)
        return decode(self.decoder_network, self.code, z, energy, total, generator(self._seed))

    def total(self, energy: Floats) -> Floats:
        """Total energies [MeV]."""
        return self.code.response.sample(energy, np.random.default_rng(self._seed))

    def clamp(self, energy: Floats) -> Spins:
        """The held spins of showers; 0 where they are free."""
        held = self.code.held(energy, self.total(energy), self.machine.n_condition)
        rows = np.zeros((len(energy), self.machine.n_nodes), dtype=np.int8)
        rows[:, : self.machine.n_condition] = 2 * held.numpy() - 1
        return rows


def settled(model: Ising, clamp: Spins, rng: np.random.Generator) -> Convergence:
    """Distances of cold chains, one for each row of the clamp, from parallel tempering."""
    print(f"sweeps until {len(clamp)} chains have converged", flush=True)
    reference = ParallelTemperingSampler(n_sweeps=200, threads=1).sample(model, n=len(clamp), clamp=clamp, rng=rng)
    return convergence(model, reference.spins, clamp=clamp, sweeps=SWEEPS, threads=1, rng=rng)


def timed(calls: Mapping[str, Callable[[Floats], Any]], energy: Floats, most: int) -> dict[str, Any]:
    """Milliseconds per shower of each call, by repeats taken in turn: median and central 68 %, and CPU time."""
    print(f"timing batches of {len(energy)}", flush=True)
    began = time.perf_counter()
    for call in calls.values():
        call(energy)
    repeats = int(np.clip(PATIENCE_S / (time.perf_counter() - began), FEW, most))
    wall, cpu = interleaved([partial(call, energy) for call in calls.values()], repeats) * 1e3 / len(energy)
    low, median, high = np.quantile(wall, (0.16, 0.5, 0.84), axis=0)
    quantiles = {"median": median, "low": low, "high": high, "cpu_median": np.median(cpu, axis=0)}
    return {
        name: {key: float(values[k]) for key, values in quantiles.items()} | {"repeats": repeats}
        for k, name in enumerate(calls)
    }


def prior_case(parts: Parts, energy: Floats, repetitions: int, rng: np.random.Generator) -> dict[str, Any]:
    """Gibbs sweeps for PEER_BATCH showers beside torch, both from the Ising model on; their draws are compared."""
    machine, n_sweeps = parts.machine, parts.sampler.n_sweeps
    model, clamp = machine.ising(), parts.clamp(energy)

    def ours(rows: Spins) -> Spins:
        return parts.sampler.sample(model, n=len(rows), clamp=rows, rng=rng).spins

    def peers(rows: Spins) -> Spins:
        return TorchSweeps(model, machine.n_condition, int(rng.integers(2**31))).sample(rows, n_sweeps)

    calls = [lambda: ours(clamp), lambda: peers(clamp)]
    seconds = np.median(interleaved(calls, repetitions + 1)[0, 1:], axis=0).tolist()
    many = np.tile(clamp[:1], (4000, 1))
    a, b = ours(many), peers(many)
    difference = a.mean(axis=0) - b.mean(axis=0)
    error = np.sqrt((a.var(axis=0) + b.var(axis=0)) / len(many))
    moves = error > 0
    z = float(np.abs(difference[moves] / error[moves]).max())
    name = f"prior, {len(energy)} showers, {n_sweeps} sweeps of {machine.n_free} free spins"
    how = "torch, a matrix product per colour"
    return case(name, how, *seconds, float(np.abs(difference).max()), largest_z=z)


def decoder_case(parts: Parts, energy: Floats, repetitions: int) -> dict[str, Any]:
    """The decoder for PEER_BATCH showers beside one after another; what it says of them is compared before chance."""
    energy = energy[:PEER_BATCH]
    z, total = parts.prior(energy), parts.total(energy)
    condition = parts.code.response.condition(energy, total)
    rows = [slice(i, i + 1) for i in range(len(energy))]

    def showers(row: slice) -> NDArray[np.float32]:
        return decode(parts.decoder_network, parts.code, z[row], energy[row], total[row], generator(0))

    calls = [lambda: showers(slice(None)), lambda: [showers(row) for row in rows]]
    seconds = np.median(interleaved(calls, repetitions + 1)[0, 1:], axis=0).tolist()
    with torch.no_grad():
        together = torch.cat(parts.decoder_network(z, condition)[:2], dim=1)
        apart = [torch.cat(parts.decoder_network(z[row], condition[row])[:2], dim=1) for row in rows]
    difference = (together - torch.cat(apart)).abs().max()
    name = f"decoder, {len(energy)} showers at once"
    return case(name, "one shower after another", *seconds, float(difference))


class TorchSweeps:
    """What one writes with torch: a product with the couplings, a sigmoid and a comparison for each free colour."""

    def __init__(self, model: Ising, n_held: int, seed: int) -> None:
        self._random = torch.Generator().manual_seed(seed)
        couplings = torch.zeros(model.n_nodes, model.n_nodes)
        couplings[tuple(torch.from_numpy(model.edges.T))] = torch.as_tensor(model.couplings, dtype=torch.float32)
        couplings += couplings.T.clone()
        biases = torch.as_tensor(model.biases, dtype=torch.float32)
        colours = [np.flatnonzero(model.colours == colour) for colour in np.unique(model.colours[n_held:])]
        blocks = [slice(int(nodes[0]), int(nodes[-1]) + 1) for nodes in colours]
        self._blocks = [(block, couplings[block], biases[block, None]) for block in blocks]

    @torch.no_grad()
    def sample(self, clamp: Spins, n_sweeps: int) -> Spins:
        """Chains from uniform random spins, shape (n, n_nodes)."""
        pinned = torch.from_numpy(np.ascontiguousarray(clamp.T)).float()
        start = torch.randint(0, 2, pinned.shape, generator=self._random) * 2.0 - 1
        s = torch.where(pinned == 0, start, pinned)
        for _ in range(n_sweeps):
            for block, couplings, biases in self._blocks:
                up = torch.sigmoid_((couplings @ s).add_(biases).mul_(-2))
                s[block] = (torch.rand(up.shape, generator=self._random) < up).float().mul_(2).sub_(1)
        return s.T.numpy().astype(np.int8)


def table(content: Mapping[str, Any]) -> str:
    """For the eye."""
    times = content["ms_per_shower"]
    reached = "converged after" if content["converged"] else "NOT converged, timed with"
    lines = [
        "",
        f"{content['layout']}: {content['nodes']} nodes, {content['held']} held, {content['couplings']} couplings",
        f"{reached} {content['sweeps']} sweeps from random spins",
        f"{'sweeps':>24}" + "".join(f"{n:>8}" for n in content["looked_after"]),
        *(f"{f'left in {name}':>24}" + "".join(f"{x:>8.3f}" for x in xs) for name, xs in content["left"].items()),
        "",
        f"{'ms per shower, batch of':28}" + "".join(f"{size:>12}" for size in times["prior"]),
        *(
            f"{name.replace('_', ' ') + ', ' + clock:28}" + "".join(f"{found[key]:>12.3g}" for found in row.values())
            for clock, key in (("wall", "median"), ("CPU", "cpu_median"))
            for name, row in times.items()
        ),
        "published, CPUs of others, dataset 2 (2410.21611), batches of 1, 100, 10000; no ratio can be taken:",
        *(f"{name:28}" + "".join(f"{value:>12.3g}" for value in row) for name, row in PUBLISHED.items()),
        "",
    ]
    for one in content["cases"]:
        z = f" ({one['largest_z']:.1f} standard errors)" if "largest_z" in one else ""
        lines.append(
            f"{one['case']}: {one['ours_s'] * 1e3:.1f} ms; {one['peer']}: {one['peer_s'] * 1e3:.1f} ms, "
            f"{one['ratio']:.1f} x; largest difference {one['max_abs_difference']:.2g}{z}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(run(caloqvae))
