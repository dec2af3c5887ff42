"""What transforms and metrics keep: round trips, equal values on equal arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
        with global_state_kept(name):
            result = metric(reference, generated, **options)
        return np.asarray(result[0] if isinstance(result, tuple) else result, dtype=np.float64)

    different, same = value(generated), value(reference)
    require(bool(np.isfinite(different).all()), f"{name}: expected finite values, found {different}")
    require(np.array_equal(different, value(generated)), f"{name}: expected the same value on the same arrays")
    further = np.abs(different).max() > np.abs(same).max()
    require(bool(further), f"{name}: expected {different} on different arrays to exceed {same} on equal ones")
