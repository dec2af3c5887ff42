"""How well is the effective temperature of an annealer known, and does it depend on the condition?

A Boltzmann machine of the published size (4 x 302 nodes on Zephyr's graph, one colour held) is drawn by a stand-in for
a processor whose inverse temperature is known and whose fields and couplings have control noise. Compared are

- the published map beta <- beta (<H>_QPU / <H>_B)^delta (2410.22870) for delta = 0.5, 1 and 2, from a wrong guess;
- maximum pseudo-likelihood from one call;

over several repeats and for every pattern of held bits. Then the stand-in follows an approximate annealing schedule at
several physical temperatures, to its end or to the freeze-out point, slowly and fast: the temperature of its reads
beside what the schedule predicts. No processor takes part.

    python studies/temperature.py                 # random parameters, about ten minutes
    python studies/temperature.py --epochs 10     # a prior trained on CaloGAN's e+
    python studies/temperature.py --model RUN     # a trained CaloQVAE on a processor's graph
    python studies/temperature.py --quick         # 4 x 50 nodes, under a minute

It writes temperature.json, temperature.md and temperature.pdf|png.
"""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import qgen
from qgen import CaloQVAE
from qgen.annealer.schedule import AnnealingSchedule
from qgen.boltzmann.machine import BoltzmannMachine
from qgen.boltzmann.temperature import Temperature, calibrate
from qgen.cli import run
from qgen.comparison.runs import environment
from qgen.comparison.split import USUAL, load_split
from qgen.files import InputError, write_table
from qgen.graphs import Graph, build
from qgen.ising import Ising, Spins
from qgen.report.figures import temperature as steps_and_anneals
from qgen.report.plots import Plot, plot, save
from qgen.samplers.block_gibbs import BlockGibbsSampler
from qgen.samplers.qpu_standin import QPUStandIn

DELTAS = (0.5, 1.0, 2.0)
CLOSE = 0.03
TEMPERATURES_MK = (12.0, 16.0, 20.0, 30.0, 40.0)
ANNEAL_READS = 50
RANDOM_ON = "zephyr(12, 4)"
"""Processor of the random parameters."""


def temperature(
    model: Path | None = None,
    epochs: int = 0,
    nodes: int | None = None,
    beta_device: float = 3.3,
    beta_start: float = 4.5,
    noise: float = 0.01,
    reads: int = 500,
    steps: int = 6,
    conditions: int = 4,
    repeats: int | None = None,
    quick: bool = False,
    seed: int = 0,
    out: Path = Path("runs/temperature"),
) -> None:
    """Measure the temperature of a stand-in for a processor in two ways, and that of its anneals.

    Args:
        model: folder of a trained CaloQVAE with a conditioned prior on a processor's graph.
        epochs: of a training on CaloGAN's e+; 0 takes random parameters.
        nodes: of each of the four colours, where no model is given; by default 302.
        beta_device: true inverse temperature of the stand-in, in programmed units.
        beta_start: what it is taken to be at first.
        noise: control error of its fields and couplings, standard deviation in programmed units.
        reads: per call.
        steps: of the map.
        conditions: patterns of held bits that share the reads of a call.
        repeats: of everything, with other reads and other control errors; by default 5.
        quick: 4 x 50 nodes, two repeats, two physical temperatures.
        seed: of everything random.
        out: folder for the results.
    """
    repeats = (2 if quick else 5) if repeats is None else repeats
    nodes = (50 if quick else 302) if nodes is None else nodes
    if min(conditions, steps, repeats) < 1 or reads < 2 * conditions:
        raise InputError(
            f"temperature: expected conditions, steps and repeats >= 1 and at least 2 reads per condition, found "
            f"{conditions}, {steps}, {repeats} and {reads} reads"
        )
    rng = np.random.default_rng(seed)
    ising, patterns, chip = problem(model, epochs, nodes, conditions, seed)
    clamp = np.repeat(patterns, -(-reads // len(patterns)), axis=0)[:reads]
    device = QPUStandIn(
        topology=chip.partition("(")[0],
        shape=tuple(int(size) for size in re.findall(r"\d+", chip)),
        beta_device=beta_device,
        beta_effective=beta_start,
        sigma_h=noise,
        sigma_j=noise,
    )
    found = [measured(device, ising, clamp, steps, rng) for _ in range(repeats)]
    temperatures = TEMPERATURES_MK[::3] if quick else TEMPERATURES_MK
    content = {
        "nodes": ising.n_nodes,
        "held": int(np.count_nonzero(patterns[0])),
        "couplings": len(ising.edges),
        "parameters": "trained" if model or epochs else "random",
        "beta_device": beta_device,
        "beta_start": beta_start,
        "noise": noise,
        "reads": reads,
        "estimators": {name: [plain(one[name]) for one in found] for name in found[0]},
        "anneals": anneals(device, ising, clamp[:: len(clamp) // ANNEAL_READS or 1], temperatures, rng),
        "environment": environment(seed),
    }
    text = markdown(content)
    write_table(out, "temperature", content, text)
    save(out, figure(content))
    print(text)
    print(f"Everything lies in {out}: temperature.json, temperature.md, temperature.pdf, temperature.png")


def problem(model: Path | None, epochs: int, nodes: int, conditions: int, seed: int) -> tuple[Ising, Spins, str]:
    """A machine, patterns of held spins (conditions, n_nodes), 0 where they are free, and the processor it is on."""
    rng = np.random.default_rng(seed)
    if model is None and not epochs:
        return random_problem(nodes, conditions, rng)
    if model is None:
        learnt, _ = load_split("calogan/e+", "native", USUAL)
        settings: dict[str, Any] = {"representation": "native", "graph": "zephyr", "epochs": epochs}
        generator: Any = CaloQVAE(partitions=(nodes,) * 4, **settings).fit(learnt, seed=seed)
    else:
        generator = qgen.load_generator(model)
    prior = generator.model_.prior if isinstance(generator, CaloQVAE) else None
    if not isinstance(prior, BoltzmannMachine) or not prior.n_condition or not prior.graph.processor:
        raise InputError(f"{model}: expected a CaloQVAE with a conditioned prior on the graph of a processor")
    held = np.unique(prior.chains.numpy()[:, : prior.n_condition], axis=0)
    some = held[rng.permutation(len(held))[:conditions]]
    return prior.ising(), pinned(prior.graph, some), prior.graph.processor


def random_problem(nodes: int, conditions: int, rng: np.random.Generator) -> tuple[Ising, Spins, str]:
    """Normal fields (0.3) and couplings (0.1) on Zephyr, and patterns of the first colour."""
    graph = build("zephyr", (nodes,) * 4)
    h, j = rng.normal(0, 0.3, graph.n_nodes), rng.normal(0, 0.1, graph.n_edges)
    patterns = rng.choice(np.array([-1, 1], dtype=np.int8), (conditions, graph.sizes[0]))
    return Ising(h, graph.edges, j, graph.colours, graph.qubits), pinned(graph, patterns), RANDOM_ON


def pinned(graph: Graph, patterns: NDArray[np.int8]) -> Spins:
    """Patterns of the nodes of the first colour as rows of all nodes."""
    rows = np.zeros((len(patterns), graph.n_nodes), dtype=np.int8)
    rows[:, graph.nodes(0)] = patterns
    return rows


def measured(
    device: QPUStandIn, ising: Ising, clamp: Spins, steps: int, rng: np.random.Generator
) -> dict[str, Temperature]:
    """Both estimators, from the same wrong guess."""
    options: dict[str, Any] = {"reads": len(clamp), "clamp": clamp, "rng": rng}
    began = time.perf_counter()
    found = {"pseudo-likelihood": calibrate(device, ising, **options)[1]}
    for delta in DELTAS:
        mapped = {"method": "map", "classical": BlockGibbsSampler(), "delta": delta, "n_steps": steps}
        found[f"map, delta = {delta:g}"] = calibrate(device, ising, **mapped, **options)[1]
    print(
        f"measured in {time.perf_counter() - began:.0f} s of simulation: pseudo-likelihood "
        f"{found['pseudo-likelihood'].beta:.3f}, true: {device.beta_device:.3f}",
        flush=True,
    )
    return found


def plain(found: Temperature) -> dict[str, Any]:
    """A temperature for JSON."""
    parts = found.conditions or (found,)
    return {
        "beta": found.beta,
        "error": found.error,
        "reads": found.reads,
        "history": found.history.tolist(),
        "conditions": [[part.beta, part.error] for part in parts],
    }


def anneals(
    device: QPUStandIn, ising: Ising, clamp: Spins, temperatures: Sequence[float], rng: np.random.Generator
) -> dict[str, Any]:
    """Temperatures of reads that follow a schedule, slowly and fast, to its end and to the freeze-out point."""
    schedule = AnnealingSchedule.approximate()
    frozen = [schedule.freeze_out(t) for t in temperatures]
    predicted = {
        "schedule at freeze-out": [float(schedule.fields(s, t)[0]) for s, t in zip(frozen, temperatures, strict=True)],
        "schedule at its end": [float(schedule.fields(1.0, t)[0]) for t in temperatures],
    }
    found: dict[str, list[list[float]]] = {}
    for label, n_sweeps, stops in (
        ("100 sweeps to freeze-out", 100, True),
        ("10 sweeps to freeze-out", 10, True),
        ("100 sweeps to the end", 100, False),
    ):
        for t, s in zip(temperatures, frozen, strict=True):
            follows: dict[str, Any] = {"draws": "anneal", "schedule": "approximate", "temperature_mk": t}
            beta = predicted["schedule at freeze-out" if stops else "schedule at its end"][temperatures.index(t)]
            annealer = replace(device, **follows, n_sweeps=n_sweeps, s_freeze=s if stops else None, beta_effective=beta)
            reads = calibrate(annealer, ising, reads=len(clamp), clamp=clamp, rng=rng)[1]
            found.setdefault(label, []).append([reads.beta, reads.error])
        print(f"anneals, {label}: beta {', '.join(f'{beta:.2f}' for beta, _ in found[label])}", flush=True)
    return {"temperature_mk": list(temperatures), "predicted": predicted, "measured": found, "reads": len(clamp)}


def figure(content: Mapping[str, Any]) -> Plot:
    """The first repeat's maps and conditions, and the anneals."""
    first = {name: runs[0] for name, runs in content["estimators"].items()}
    maps = {name.removeprefix("map, "): one["history"] for name, one in first.items() if one["history"]}
    one_call = first["pseudo-likelihood"]
    shown = ("pseudo-likelihood", "map, delta = 1")
    return plot(
        steps_and_anneals,
        {name.replace("delta", r"$\delta$"): steps for name, steps in maps.items()},
        pseudo_likelihood=(one_call["beta"], one_call["error"]),
        truth=content["beta_device"],
        conditions={name.replace("delta", r"$\delta$"): first[name]["conditions"] for name in shown},
        anneals=content["anneals"],
    )


def markdown(content: Mapping[str, Any]) -> str:
    """Tables of estimators, conditions and anneals."""
    truth = content["beta_device"]
    lines = [
        "# Effective temperature of a stand-in for a processor",
        "",
        f"{content['nodes']} nodes, {content['held']} of them held, {content['couplings']} couplings, "
        f"{content['parameters']} parameters; true beta {truth:g}, taken for {content['beta_start']:g} at first; "
        f"control noise {content['noise']:g}; {content['reads']} reads per call. Simulated: no processor took part.",
        "",
        "| estimator | beta, error (first repeat) | median of abs(beta/truth - 1) | rms of (beta - truth)/error "
        f"| calls | calls until within {CLOSE:.0%} for good |",
        "|---|---|---|---|---|---|",
    ]
    for name, runs in content["estimators"].items():
        beta, error = (np.array([one[key] for one in runs]) for key in ("beta", "error"))
        off, pull = np.abs(beta / truth - 1), np.sqrt(np.mean(((beta - truth) / error) ** 2))
        calls = runs[0]["reads"] // content["reads"]
        needed = [calls_needed(one["history"] or [[np.inf, 0], [one["beta"], 0]], truth) for one in runs]
        words = ", ".join("never" if n is None else str(n) for n in needed)
        lines.append(
            f"| {name} | {beta[0]:.3f} ± {error[0]:.3f} | {np.median(off):.2%} | {pull:.1f} | {calls} | {words} |"
        )
    lines += [
        "",
        "By pattern of held bits, first repeat:",
        "",
        "| pattern | pseudo-likelihood | map, delta = 1 |",
        "|---|---|---|",
    ]
    parts = [content["estimators"][name][0]["conditions"] for name in ("pseudo-likelihood", "map, delta = 1")]
    for k, pair in enumerate(zip(*parts, strict=True)):
        lines.append(f"| {k + 1} | " + " | ".join(f"{beta:.3f} ± {error:.3f}" for beta, error in pair) + " |")
    told = content["anneals"]
    lines += ["", f"Anneals under an approximate schedule, {told['reads']} reads, beta by pseudo-likelihood:", ""]
    names = [*told["predicted"], *told["measured"]]
    lines += ["| mK | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for k, t in enumerate(told["temperature_mk"]):
        cells = [f"{values[k]:.2f}" for values in told["predicted"].values()]
        cells += ["{:.2f} ± {:.2f}".format(*values[k]) for values in told["measured"].values()]
        lines.append(f"| {t:g} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def calls_needed(history: Sequence[Sequence[float]], truth: float) -> int | None:
    """After how many steps beta is within CLOSE of the truth and stays there; None if at the last it is not."""
    far = [k for k, (beta, _) in enumerate(history) if abs(beta / truth - 1) > CLOSE]
    last = far[-1] + 1 if far else 0
    return last if last < len(history) else None


if __name__ == "__main__":
    raise SystemExit(run(temperature))
