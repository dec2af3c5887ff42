"""What do all samplers do alike? They check what they are asked for, and say who drew it."""

import time
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from qgen.files import InputError
from qgen.ising import Ising, Samples, Spins
from qgen.ising.checks import clamp_rows, require_init


class CheckedSampler(ABC):
    """A `Sampler` whose requests are checked before it draws.

    Attributes:
        name: what `info` calls it.
        timed: whether `info` has `time_s`; the time of a processor is in its ledger.
    """

    name: ClassVar[str]
    timed: ClassVar[bool] = True

    def sample(
        self,
        model: Ising,
        *,
        n: int,
        clamp: Spins | None = None,
        init: Spins | None = None,
        beta: float = 1.0,
        rng: np.random.Generator,
    ) -> Samples:
        """Draw `n` configurations; arguments as of `Sampler`.

        Raises:
            InputError: n < 1, beta not finite and >= 0, a clamp or chains that do not fit, or what a sampler refuses.
        """
        if n < 1:
            raise InputError(f"n: expected at least 1 configuration, found {n}")
        if not (np.isfinite(beta) and beta >= 0):
            raise InputError(f"beta: expected a finite inverse temperature >= 0, found {beta}")
        require_init(init, model, n)
        rows = clamp_rows(clamp, model, n)
        started = time.perf_counter()
        spins, info = self._draw(model, rows, init, beta, rng)
        clock = {"time_s": time.perf_counter() - started} if self.timed else {}
        return Samples(spins, {"sampler": self.name, "reads": n, **info, **clock})

    @abstractmethod
    def _draw(
        self, model: Ising, rows: Spins, init: Spins | None, beta: float, rng: np.random.Generator
    ) -> tuple[Spins, dict[str, Any]]:
        """Spins of shape (n, n_nodes) that agree with `rows`, 0 where free, and what more `info` says of them."""

    def _require_least(self, **least: int) -> None:
        """Require settings, unless they are None, to be at least so large."""
        for setting, fewest in least.items():
            value = getattr(self, setting)
            if value is not None and value < fewest:
                raise InputError(f"{type(self).__name__}: expected {setting} >= {fewest}, found {value}")
