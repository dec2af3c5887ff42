"""Statements that a check makes of what it runs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from qgen.files import InputError


def require(good: bool, message: str) -> None:
    if not good:
        raise AssertionError(message)


@contextmanager
def raises(what: str) -> Iterator[None]:
    """Require an `InputError` inside."""
    try:
        yield
    except InputError:
        return
    raise AssertionError(f"{what}: expected an InputError, found none")


@contextmanager
def global_state_kept(what: str) -> Iterator[None]:
    """Require that the global random states of numpy and torch are the same afterwards."""
    before, torch_before = _legacy_state(), torch.get_rng_state()
    yield
    after, torch_after = _legacy_state(), torch.get_rng_state()
    kept = all(np.array_equal(before[key], after[key]) for key in before)
    require(kept, f"{what}: expected the global random state of numpy to stay as it was")
    require(torch.equal(torch_before, torch_after), f"{what}: expected the global random state of torch to stay")


def _legacy_state() -> Mapping[str, Any]:
    state = np.random.get_state(legacy=False)  # noqa: NPY002
    return {**state["state"], "gauss": state["gauss"], "has_gauss": state["has_gauss"]}
