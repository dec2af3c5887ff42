"""Checks of requests before a sampler draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from qgen.files import InputError
from qgen.ising import Ising, Spins
from qgen.ising.checked_sampler import CheckedSampler

MODEL = Ising(np.zeros(3), np.array([[0, 1], [1, 2]]), np.array([0.5, -0.25]), np.array([0, 1, 0]))
RNG = np.random.default_rng(0)


@dataclass(frozen=True)
class Up(CheckedSampler):
    """Free spins point up."""

    name: ClassVar[str] = "up"
    n_sweeps: int | None = 1

    def __post_init__(self) -> None:
        self._require_least(n_sweeps=1)

    def _draw(
        self, model: Ising, rows: Spins, init: Spins | None, beta: float, rng: np.random.Generator
    ) -> tuple[Spins, dict[str, Any]]:
        return np.where(rows == 0, 1, rows).astype(np.int8), {"beta": beta}


class Processor(Up):
    timed: ClassVar[bool] = False


def test_a_sampler_gets_one_row_per_configuration_and_its_info_is_completed() -> None:
    drawn = Up().sample(MODEL, n=2, clamp=np.array([0, -1, 0], dtype=np.int8), beta=0.5, rng=RNG)
    assert drawn.spins.tolist() == [[1, -1, 1], [1, -1, 1]]
    assert list(drawn.info) == ["sampler", "reads", "beta", "time_s"]
    assert dict(drawn.info) | {"time_s": 0} == {"sampler": "up", "reads": 2, "beta": 0.5, "time_s": 0}
    assert Processor().sample(MODEL, n=2, rng=RNG).info == {"sampler": "up", "reads": 2, "beta": 1.0}


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"n": 0}, "n: expected at least 1"),
        ({"n": 1, "beta": -0.1}, "beta: expected a finite"),
        ({"n": 1, "beta": np.nan}, "beta: expected a finite"),
        ({"n": 2, "init": np.ones((1, 3), dtype=np.int8)}, "init: expected shape"),
        ({"n": 2, "clamp": np.full(3, 2, dtype=np.int8)}, "clamp: expected values"),
    ],
)
def test_bad_requests_are_refused(request_: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Up().sample(MODEL, rng=RNG, **request_)


def test_settings_below_their_least_are_refused_by_name() -> None:
    assert Up(n_sweeps=None).n_sweeps is None
    with pytest.raises(InputError, match="Up: expected n_sweeps >= 1, found 0"):
        Up(n_sweeps=0)
