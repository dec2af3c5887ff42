"""What a sampler of Ising models keeps: frequencies of an exact distribution, clamps, seeds."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qgen.ising import Ising, Sampler
from qgen.samplers.exact import ExactSampler
from qgen.testing._require import global_state_kept, raises, require


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
        with global_state_kept(f"{name}.sample"):
            drawn = sampler.sample(model, n=n, clamp=pinned, rng=np.random.default_rng(1))
        spins = drawn.spins
        right = spins.shape == (n, 6) and spins.dtype == np.int8
        require(right, f"{name}.sample: expected int8 spins of shape {(n, 6)}, found {spins.dtype} {spins.shape}")
        require(bool(np.isin(spins, (-1, 1)).all()), f"{name}.sample: expected spins of -1 and +1")
        require("sampler" in drawn.info, f"{name}.sample: expected info to say which sampler ran")
        again = sampler.sample(model, n=n, clamp=pinned, rng=np.random.default_rng(1)).spins
        require(np.array_equal(spins, again), f"{name}.sample: expected equal rng to give equal spins")
        if pinned is not None:
            held = (spins[:, pinned != 0] == pinned[pinned != 0]).all()
            require(bool(held), f"{name}.sample: expected clamped spins to keep their values")
        if tolerance is not None:
            _check_frequencies(model, spins, pinned, tolerance, name)
    wrong: tuple[dict[str, Any], ...] = ({"n": 0}, {"n": 2, "clamp": np.ones(5, dtype=np.int8)}, {"n": 2, "beta": -1.0})
    for options in wrong:
        with raises(f"{name}.sample({options})"):
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
    require(
        found < expected + tolerance,
        f"{name}.sample: expected a total variation of {expected:.3f} from the exact distribution, found {found:.3f}",
    )
