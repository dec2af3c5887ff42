"""The contracts as checks, for qgen's own tests and for authors of plug-ins.

Each check runs a plug-in on a small problem and raises `AssertionError` with one line that says what is broken:

    from qgen.testing import check_generator
    check_generator(MyGenerator(epochs=2), showers)

`tests/test_contract.py` walks qgen's own folders with them.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast, get_args

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, clone

from qgen.circuits import as_ansatz
from qgen.files import InputError
from qgen.generator import Family, Generator
from qgen.graphs import Graph, Topology, build
from qgen.representations import represent
from qgen.samplers import Ising, Sampler
from qgen.samplers.exact import ExactSampler
from qgen.showers import Showers
from qgen.simulation.circuit import Circuit
from qgen.simulation.twin import Twin

__all__ = ["check_ansatz", "check_generator", "check_graph", "check_metric", "check_round_trip", "check_sampler"]


def check_generator(generator: Generator | Callable[[], Generator], showers: Showers, *, seed: int = 0) -> None:
    """Check a generator, ours or anybody's, from construction to a saved and loaded copy.

    It is fitted twice on `showers`, so choose small settings.

    Args:
        generator: unfitted, or a function (a class) that makes one without arguments.
        showers: at least two training showers that it can learn from.
        seed: of the first fit and the first samples.

    Raises:
        AssertionError: what is broken.
    """
    made = generator() if not hasattr(generator, "fit") or isinstance(generator, type) else generator
    model = cast(Generator, clone(made) if isinstance(made, BaseEstimator) else made)
    name = type(model).__name__
    _check_traits(model, name)
    energy = _some_energies(showers)
    with _raises(f"{name}.sample before fit"):
        model.sample(energy, seed=seed)
    with _global_state_kept(f"{name}.fit"):
        fitted = model.fit(showers, seed=seed)
    _require(fitted is model, f"{name}.fit: expected to return self, found {type(fitted).__name__}")
    _check_samples(model, showers, energy, name, seed)
    _check_energies(model, energy, name)
    again = cast(Generator, clone(made) if isinstance(made, BaseEstimator) else made).fit(showers, seed=seed)
    _check_same(model, again, energy, f"{name}: two fits with seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        model.save(folder)
        loaded = type(model).load(folder)
        _check_same(model, loaded, energy, f"{name}: saved and loaded")
        _require(loaded.traits == model.traits, f"{name}: expected load to keep the traits, found {loaded.traits}")
    for key, value in model.resources().items():
        good = isinstance(value, int | float) and np.isfinite(value)
        _require(good, f"{name}.resources: expected a finite number for {key!r}, found {value!r}")


def _check_traits(model: Generator, name: str) -> None:
    traits = model.traits
    families = get_args(Family)
    _require(traits.family in families, f"{name}.traits.family: expected one of {families}, found {traits.family!r}")
    _require(isinstance(traits.event_level, bool), f"{name}.traits.event_level: expected True or False")


def _some_energies(showers: Showers) -> NDArray[np.float64]:
    """Energies inside the training range, in no order, one of them twice."""
    order = np.random.default_rng(0).permutation(len(showers))[:20]
    return np.concatenate([showers.incident_energy[order], showers.incident_energy[order[:1]]])


def _check_samples(model: Generator, showers: Showers, energy: NDArray[np.float64], name: str, seed: int) -> None:
    """Type, order, geometry and seeds of what it samples."""
    with _global_state_kept(f"{name}.sample"):
        first = model.sample(energy, seed=seed)
    _require(isinstance(first, Showers), f"{name}.sample: expected Showers, found {type(first).__name__}")
    kept = np.array_equal(first.incident_energy, energy)
    _require(kept, f"{name}.sample: expected one shower for every energy, in their order")
    expected = represent(showers, model.traits.representation)
    _require(
        first.geometry == expected.geometry,
        f"{name}.sample: expected the geometry of {expected!r}, found that of {first!r}",
    )
    _require(first.particle == showers.particle, f"{name}.sample: expected {showers.particle}, found {first.particle}")
    same, other = model.sample(energy, seed=seed), model.sample(energy, seed=seed + 1)
    _require(np.array_equal(first.voxels, same.voxels), f"{name}.sample: expected one seed to give the same showers")
    _require(not np.array_equal(first.voxels, other.voxels), f"{name}.sample: expected other showers of another seed")
    _require(len(model.sample(energy[:0], seed=seed)) == 0, f"{name}.sample: expected no showers for no energies")
    large, small = (showers.incident_energy.max() * np.ones(50), showers.incident_energy.min() * np.ones(50))
    if large[0] > 4 * small[0]:
        rises = model.sample(large, seed=seed).total_energy.mean() > model.sample(small, seed=seed).total_energy.mean()
        _require(bool(rises), f"{name}.sample: expected more deposited energy for more incident energy")


def _check_energies(model: Generator, energy: NDArray[np.float64], name: str) -> None:
    """Energies outside the range warn, and those that cannot be are refused."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.sample([10 * energy.max()], seed=0)
    _require(bool(caught), f"{name}.sample: expected a warning for an energy outside the training range")
    bad: tuple[ArrayLike, ...] = ([0.0], [-1.0], [np.nan], [np.inf], [[1.0]])
    for values in bad:
        with _raises(f"{name}.sample({values!r})"):
            model.sample(values, seed=0)


def _check_same(a: Generator, b: Generator, energy: NDArray[np.float64], what: str) -> None:
    same = np.array_equal(a.sample(energy, seed=7).voxels, b.sample(energy, seed=7).voxels)
    _require(same, f"{what}: expected the same samples from the same seed")


def check_sampler(sampler: Sampler, *, tolerance: float | None = 0.02, n: int = 4000) -> None:
    """Check a sampler on an Ising model of six spins, against enumeration.

    Args:
        sampler: ready to use.
        tolerance: how far the total variation from the exact distribution may exceed the expected one of n exact
            draws; None leaves the frequencies out, for a sampler that is not meant to be Boltzmann.
        n: number of draws.

    Raises:
        AssertionError: what is broken.
    """
    name = type(sampler).__name__
    rng = np.random.default_rng(5)
    edges = np.array([(i, j) for i in range(3) for j in range(3, 6)])
    model = Ising(rng.normal(0, 0.4, 6), edges, rng.normal(0, 0.5, 9), np.array([0, 0, 0, 1, 1, 1]))
    clamp = np.array([1, 0, 0, 0, 0, -1], dtype=np.int8)
    for pinned in (None, clamp):
        with _global_state_kept(f"{name}.sample"):
            drawn = sampler.sample(model, n=n, clamp=pinned, rng=np.random.default_rng(1))
        spins = drawn.spins
        right = spins.shape == (n, 6) and spins.dtype == np.int8
        _require(right, f"{name}.sample: expected int8 spins of shape {(n, 6)}, found {spins.dtype} {spins.shape}")
        _require(bool(np.isin(spins, (-1, 1)).all()), f"{name}.sample: expected spins of -1 and +1")
        _require("sampler" in drawn.info, f"{name}.sample: expected info to say which sampler ran")
        again = sampler.sample(model, n=n, clamp=pinned, rng=np.random.default_rng(1)).spins
        _require(np.array_equal(spins, again), f"{name}.sample: expected equal rng to give equal spins")
        if pinned is not None:
            held = (spins[:, pinned != 0] == pinned[pinned != 0]).all()
            _require(bool(held), f"{name}.sample: expected clamped spins to keep their values")
        if tolerance is not None:
            _check_frequencies(model, spins, pinned, tolerance, name)
    wrong: tuple[dict[str, Any], ...] = ({"n": 0}, {"n": 2, "clamp": np.ones(5, dtype=np.int8)}, {"n": 2, "beta": -1.0})
    for options in wrong:
        with _raises(f"{name}.sample({options})"):
            sampler.sample(model, rng=np.random.default_rng(1), **options)


def _check_frequencies(
    model: Ising, spins: NDArray[np.int8], clamp: NDArray[np.int8] | None, tolerance: float, name: str
) -> None:
    """Total variation from the enumerated distribution, against that of exact draws."""
    states, p = ExactSampler().distribution(model, clamp=clamp)
    values = 1 << np.arange(model.n_nodes)
    place = {int(code): i for i, code in enumerate((states > 0) @ values)}
    n = len(spins)
    counts = np.bincount([place[int(code)] for code in (spins > 0) @ values], minlength=len(p))
    exact = np.random.default_rng(2).multinomial(n, p, size=20)
    found, expected = np.abs(counts / n - p).sum() / 2, np.abs(exact / n - p).sum(axis=1).mean() / 2
    _require(
        found < expected + tolerance,
        f"{name}.sample: expected a total variation of {expected:.3f} from the exact distribution, found {found:.3f}",
    )


def check_graph(topology: Topology, sizes: Sequence[int], **options: Any) -> None:
    """Check a topology: numbers of nodes, repeatable, no global random state, one line on bad input.

    That edges join nodes of different colours and qubits differ, `Graph` itself requires.

    Args:
        topology: a function f(sizes, **options) that returns a `Graph`.
        sizes: numbers of nodes that it has, not all 1.
        options: of the topology.

    Raises:
        AssertionError: what is broken.
    """
    name = getattr(topology, "__name__", type(topology).__name__)
    with _global_state_kept(name):
        made = topology(sizes, **options)
    _require(isinstance(made, Graph), f"{name}: expected a Graph, found {type(made).__name__}")
    _require(made.sizes == tuple(sizes), f"{name}: expected {tuple(sizes)} nodes of the colours, found {made.sizes}")
    again = topology(sizes, **options)
    same = np.array_equal(made.edges, again.edges) and np.array_equal(made.colours, again.colours)
    _require(same, f"{name}: expected the same graph from the same sizes")
    on_chip = (made.qubits is None) == (made.processor == "")
    _require(on_chip, f"{name}: expected qubits and a processor, or neither, found {made.processor!r}")
    if made.qubits is not None and again.qubits is not None:
        _require(np.array_equal(made.qubits, again.qubits), f"{name}: expected the same qubits from the same sizes")
    for wrong in ((), (0, *sizes[1:])):
        with _raises(f"{name}({wrong})"):
            topology(wrong, **options)
    with _raises(f"{name}(no_such_option=1)"):
        build(topology, sizes, {**options, "no_such_option": 1})


def check_ansatz(ansatz: Any, *, n_qubits: int | None = None, depth: int = 2) -> None:
    """Check a circuit: shapes, use of its weights, and the fast simulator against PennyLane's own, with gradients.

    Args:
        ansatz: a function f(inputs, weights, wires) with `weight_shape`, or what `qgen.circuits.as_ansatz` takes for
            one: a Qiskit circuit, OpenQASM 3, a name.
        n_qubits: number of wires; by default the circuit's own where it has one, else 4.
        depth: number of blocks.

    Raises:
        AssertionError: what is broken.
        InputError: a circuit that cannot be used.
    """
    made = as_ansatz(ansatz)
    name = getattr(made, "__name__", type(made).__name__)
    _require(hasattr(made, "weight_shape"), f"{name}: expected the attribute weight_shape(n_qubits, depth)")
    n = getattr(made, "n_qubits", 4) if n_qubits is None else n_qubits
    circuit, twin = Circuit(made, n, depth), Twin(made, n, depth)
    rng = torch.Generator().manual_seed(0)
    inputs = torch.rand(3, circuit.n_inputs, generator=rng, dtype=torch.float64).requires_grad_()
    weights = torch.rand(3, *circuit.weight_shape, generator=rng, dtype=torch.float64).requires_grad_()
    with _global_state_kept(name):
        p = circuit.probabilities(inputs, weights)
    _require(p.shape == (3, 2**n), f"{name}: expected probabilities of shape {(3, 2**n)}")
    one = torch.ones(3, dtype=p.dtype)
    _require(torch.allclose(p.sum(dim=1), one), f"{name}: expected probabilities that sum to 1")
    other = twin.probabilities(inputs, weights)
    _require(torch.allclose(p, other, atol=1e-10), f"{name}: batched simulator and PennyLane disagree")
    pick = torch.rand(p.shape, generator=rng, dtype=p.dtype)
    ours, theirs = (
        torch.autograd.grad((q * pick).sum(), (weights, inputs), allow_unused=True, materialize_grads=True)
        for q in (p, other)
    )
    same = all(torch.allclose(a, b, atol=1e-9) for a, b in zip(ours, theirs, strict=True))
    _require(same, f"{name}: gradients of batched simulator and PennyLane disagree")
    _require(bool((ours[0] != 0).any()), f"{name}: expected the probabilities to depend on the weights")


def check_round_trip(
    forward: Callable[[Any], Any], inverse: Callable[[Any], Any], values: ArrayLike, *, tolerance: float = 1e-6
) -> None:
    """Check that `inverse(forward(values))` gives the values back.

    Args:
        forward: of a transform; what further arguments it needs, bound.
        inverse: likewise; takes what `forward` gave.
        values: in the domain of the transform.
        tolerance: largest difference, in units of the largest value.

    Raises:
        AssertionError: how far they are off.
    """
    expected = np.asarray(values)
    found = np.asarray(inverse(forward(values)))
    _require(found.shape == expected.shape, f"round trip: expected shape {expected.shape}, found {found.shape}")
    off = np.abs(found - expected)
    worst = np.unravel_index(np.argmax(off), off.shape)
    good = off[worst] <= tolerance * np.abs(expected).max()
    _require(bool(good), f"round trip: expected {expected[worst]} back, found {found[worst]}")


def check_metric(metric: Callable[..., Any], reference: Any, generated: Any, **given: Any) -> None:
    """Check a metric (reference, generated) -> value or (value, error): finite, repeatable, larger on different arrays.

    Args:
        metric: to be called with the two and `given`; an "rng" in `given` is a function that makes a generator.
        reference: what it takes.
        generated: the same kind, clearly different from `reference`.
        given: further arguments.

    Raises:
        AssertionError: what is broken.
    """
    name = getattr(metric, "__name__", type(metric).__name__)

    def value(generated: Any) -> NDArray[np.float64]:
        options = {key: make() if key == "rng" else make for key, make in given.items()}
        with _global_state_kept(name):
            result = metric(reference, generated, **options)
        return np.asarray(result[0] if isinstance(result, tuple) else result, dtype=np.float64)

    different, same = value(generated), value(reference)
    _require(bool(np.isfinite(different).all()), f"{name}: expected finite values, found {different}")
    _require(np.array_equal(different, value(generated)), f"{name}: expected the same value on the same arrays")
    further = np.abs(different).max() > np.abs(same).max()
    _require(bool(further), f"{name}: expected {different} on different arrays to exceed {same} on equal ones")


def _require(good: bool, message: str) -> None:
    if not good:
        raise AssertionError(message)


@contextmanager
def _raises(what: str) -> Iterator[None]:
    """Require an `InputError` inside."""
    try:
        yield
    except InputError:
        return
    raise AssertionError(f"{what}: expected an InputError, found none")


@contextmanager
def _global_state_kept(what: str) -> Iterator[None]:
    """Require that the global random states of numpy and torch are the same afterwards."""
    before, torch_before = _legacy_state(), torch.get_rng_state()
    yield
    after, torch_after = _legacy_state(), torch.get_rng_state()
    kept = all(np.array_equal(before[key], after[key]) for key in before)
    _require(kept, f"{what}: expected the global random state of numpy to stay as it was")
    _require(torch.equal(torch_before, torch_after), f"{what}: expected the global random state of torch to stay")


def _legacy_state() -> Mapping[str, Any]:
    state = np.random.get_state(legacy=False)  # noqa: NPY002
    return {**state["state"], "gauss": state["gauss"], "has_gauss": state["has_gauss"]}
