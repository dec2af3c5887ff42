"""How fast is a training step of an IQP Born machine, against the public estimator?

A step is the value and the gradient of a mean squared difference of correlators <Z_a>, with gates on all qubits and all
pairs, float32. Operators are drawn as in training, of 1, 2, 3 and 6 bits on average. Ours averages over the signs of an
operator's own bits (`correlators.factorised`), exact up to six of them. Peers estimate them from 1000 uniform
bit strings:

- `iqp_expval` of PennyLane, that of IQPopt (2501.04776), under `jax.jit`, where JAX is installed;
- the same formula in torch, `qgen.generators.iqp.correlators.direct`.

All take turns on one processor core, so that a busy machine slows all of them down; medians are compared. What they
give must agree: differences are quoted in standard errors of the peer. Compilation is outside of the timing.

    python studies/speed/iqp.py            # 16 to 256 qubits, several minutes
    python studies/speed/iqp.py --quick    # 16 and 64 qubits, under a minute

The last line is JSON; `max_abs_difference` is that of the values, most of it the noise of the peer.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from qgen.cli import run
from qgen.comparison.timing import case, interleaved, one_thread
from qgen.files import InputError
from qgen.generators.bits.gates import all_gates
from qgen.generators.bits.walsh import bandwidth, draw_operators
from qgen.generators.iqp.correlators import Operators, biases_and_couplings, direct, factorised

ORDERS = (1, 2, 3, 6)
SIZES = ((16, 1000), (32, 1000), (64, 100), (64, 1000), (64, 4000), (128, 1000), (256, 1000))
QUICK = ((16, 1000), (64, 1000))
COMPILED = 10_000
"""Gates above which the public estimator takes minutes to be compiled, and is left out."""
EXACT = 12
"""Where values are compared, ours are exact up to so many bits, and have 2^12 signs above."""


def iqp(
    quick: bool = False,
    qubits: list[int] | None = None,
    operators: int = 1000,
    samples: int = 1000,
    repetitions: int = 5,
    seed: int = 0,
) -> None:
    """Time training steps beside their peers.

    Args:
        quick: 16 and 64 qubits only.
        qubits: these numbers of qubits instead.
        operators: of a step, with `qubits`.
        samples: of the peers, even.
        repetitions: of every measurement.
        seed: of angles and operators.
    """
    sizes = [(n, operators) for n in qubits] if qubits else QUICK if quick else SIZES
    if repetitions < 1 or samples < 2 or samples % 2 or min(min(size) for size in sizes) < 1:
        raise InputError("--repetitions, --samples, --operators, --qubits: expected at least 1, and even samples")
    with one_thread(), one_core():
        cases = [one for size in sizes for one in compare(*size, samples, repetitions, seed)]
    if not find_spec("jax"):
        print("left out: the public estimator; it needs JAX: pip install 'qgen-hep[iqp-peers]'")
    print(table(cases))
    print(json.dumps({"cases": cases}))


@contextmanager
def one_core() -> Iterator[None]:
    """All threads that are started within on one core, where the system can do that; JAX has no other way."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def compare(n: int, n_operators: int, samples: int, repetitions: int, seed: int) -> list[dict[str, Any]]:
    """One size: ours against every peer that is there."""
    rng = np.random.default_rng(seed)
    gates = all_gates(n)
    theta = np.concatenate([rng.normal(0.6, 0.1, n), rng.normal(0, 0.05, len(gates) - n)]).astype(np.float32)
    each = -(-n_operators // len(ORDERS))
    a = np.concatenate([draw_operators(each, n, bandwidth(k, n), rng) for k in ORDERS])[:n_operators]
    ours = Ours(gates, theta, a, seed)
    peers: list[Ours] = [Direct(gates, theta, a, seed, samples)]
    if find_spec("jax") and len(gates) <= COMPILED:
        peers.insert(0, Public(gates, theta, a, seed, samples))
    calls = [one.step for one in (ours, *peers)]
    times = np.median(interleaved(calls, repetitions + 1)[0, 1:], axis=0).tolist()  # the first compiles
    exact = ours.values()
    error = np.sqrt((1 - exact**2).clip(1e-3) / samples)  # a cosine has no more variance than a sign of its mean
    name = f"{n} qubits, {len(gates)} gates, {n_operators} operators"
    return [
        case(
            name,
            peer.name,
            times[0],
            seconds,
            float(np.abs(peer.values() - exact).max()),
            largest_z=float((np.abs(peer.values() - exact) / error).max()),
        )
        for peer, seconds in zip(peers, times[1:], strict=True)
    ]


class Ours:
    """Signs of the operator's own bits; operators are prepared anew in every step, as in training."""

    name = "ours"

    def __init__(self, gates: list[tuple[int, ...]], theta: NDArray[np.float32], a: NDArray[np.uint8], seed: int):
        self.gates, self.a, self.n = gates, a, a.shape[1]
        self.theta = torch.tensor(theta[None], requires_grad=True)
        self.target = torch.zeros(len(a))
        self.rng = np.random.default_rng(seed)

    def correlators(self) -> torch.Tensor:
        """<Z_a>, in two halves."""
        h, j = biases_and_couplings(self.theta, self.gates, self.n)
        return factorised(h, j, Operators.of(self.a, rng=self.rng))[0]

    def step(self) -> None:
        """Loss and gradient."""
        q = self.correlators() - self.target[:, None]
        (gradient,) = torch.autograd.grad((q[:, 0] * q[:, 1]).mean(), self.theta)
        assert bool(torch.isfinite(gradient).all())

    def values(self) -> NDArray[np.float64]:
        """<Z_a>."""
        h, j = biases_and_couplings(self.theta, self.gates, self.n)
        operators = Operators.of(self.a, rng=self.rng, most_exact=EXACT, patterns=2**EXACT)
        return factorised(h, j, operators)[0].detach().double().mean(dim=1).numpy()


class Direct(Ours):
    """Uniform bit strings in torch."""

    def __init__(self, gates, theta, a, seed, samples):
        super().__init__(gates, theta, a, seed)
        self.samples = samples
        self.name = f"torch {torch.__version__.split('+')[0]}, direct, {samples} samples"

    def correlators(self) -> torch.Tensor:
        """<Z_a>, in two halves."""
        z = self.rng.integers(0, 2, (self.samples, self.n))
        prepared = Operators(self.a, ())
        return direct(self.theta, self.gates, prepared, z)[0]

    def values(self) -> NDArray[np.float64]:
        """<Z_a>."""
        return self.correlators().detach().double().mean(dim=1).numpy()


class Public(Ours):
    """`pennylane.qnn.iqp_expval`, compiled."""

    def __init__(self, gates, theta, a, seed, samples):
        import jax
        import jax.numpy as jnp
        from pennylane.qnn import iqp_expval

        super().__init__(gates, theta, a, seed)
        self.name = f"pennylane {version('pennylane')} iqp_expval, jax {version('jax')}, {samples} samples"
        pattern = [[list(gate)] for gate in gates]

        def correlators(weights, operators, key):
            return iqp_expval(operators, weights, pattern, self.n, samples, key)[0]

        def loss(weights, operators, key):
            q = correlators(weights, operators, key)
            return jnp.mean(q**2)

        self._values, self._step = jax.jit(correlators), jax.jit(jax.value_and_grad(loss))
        self._weights, self._operators, self._key = (
            jnp.array(theta),
            jnp.array(a, dtype=float),
            jax.random.PRNGKey(seed),
        )
        self._split = jax.random.split

    def step(self) -> None:
        """Loss and gradient."""
        self._key, key = self._split(self._key)
        _, gradient = self._step(self._weights, self._operators, key)
        gradient.block_until_ready()

    def values(self) -> NDArray[np.float64]:
        """<Z_a>."""
        return np.asarray(self._values(self._weights, self._operators, self._key), dtype=np.float64)


def table(cases: Sequence[dict[str, Any]]) -> str:
    """For the eye."""
    head = f"{'case':42}{'peer':62}{'ours':>11}{'peer':>11}{'ratio':>8}{'difference':>12}{'z':>6}"
    lines = [
        f"{c['case']:42}{c['peer']:62}{1e3 * c['ours_s']:>8.1f} ms{1e3 * c['peer_s']:>8.0f} ms{c['ratio']:>8.1f}"
        f"{c['max_abs_difference']:>12.1e}{c['largest_z']:>6.1f}"
        for c in cases
    ]
    return "\n".join([head, *lines])


if __name__ == "__main__":
    raise SystemExit(run(iqp))
