"""What transforms and metrics keep: round trips, equal values on equal arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qgen.metrics.declaration import declarations
from qgen.testing._require import global_state_kept, require


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
    require(found.shape == expected.shape, f"round trip: expected shape {expected.shape}, found {found.shape}")
    off = np.abs(found - expected)
    worst = np.unravel_index(np.argmax(off), off.shape)
    good = off[worst] <= tolerance * np.abs(expected).max()
    require(bool(good), f"round trip: expected {expected[worst]} back, found {found[worst]}")


def check_metric(metric: Callable[..., Any], reference: Any, generated: Any, **given: Any) -> None:
    """Check a metric (reference, generated) -> value or (value, error): finite, repeatable, worse on different arrays.

    A metric without a declaration is the worse, the larger its values are.

    Args:
        metric: to be called with the two and `given`; an "rng" in `given` is a function that makes a generator.
        reference: what it takes.
        generated: the same kind, clearly different from `reference`.
        given: further arguments.

    Raises:
        AssertionError: what is broken.
    """
    name = getattr(metric, "__name__", type(metric).__name__)
    declared = [entry for entry in declarations(metric) if entry.weighted is None or entry.weighted.published]

    def badness(generated: Any) -> NDArray[np.float64]:
        options = {key: make() if key == "rng" else make for key, make in given.items()}
        with global_state_kept(name):
            result = metric(reference, generated, **options)
        if declared:
            return np.array([entry.describe(1).badness(entry.value(result)) for entry in declared])
        return np.abs(np.asarray(result[0] if isinstance(result, tuple) else result, dtype=np.float64))

    different, same = badness(generated), badness(reference)
    require(bool(np.isfinite(different).all()), f"{name}: expected finite values, found {different}")
    require(np.array_equal(different, badness(generated)), f"{name}: expected the same value on the same arrays")
    worse = different.max() > same.max()
    require(bool(worse), f"{name}: expected {different} on different arrays to be worse than {same} on equal ones")
