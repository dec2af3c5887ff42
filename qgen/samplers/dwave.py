"""How are spins read from a D-Wave processor, by the vendor's `DWaveSampler`?

The connection is made when a sample is asked for, and closed after it; account and token stay in the vendor's own
configuration (`dwave config create`, or the variable DWAVE_API_TOKEN) and are never read into this object. What the
processor refuses or cannot do raises the vendor's error: there is no other sampler to fall back to.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from qgen.annealer.driver import Annealer
from qgen.files import InputError

__all__ = ["DWave"]

NO_ACCOUNT = "samplers/dwave: no account of the vendor is configured; run 'dwave config create' once, then try again"


@dataclass(frozen=True, kw_only=True)
class DWave(Annealer):
    """A processor in the vendor's cloud.

    Attributes:
        solver: its name, or features to choose it by, e.g. {"topology__type": "zephyr"}; None for the vendor's choice.
        profile: section of the vendor's configuration; None for the first.
        client: makes a structured sampler to use instead of a connection, which stays open.
    """

    name: ClassVar[str] = "dwave"

    solver: str | Mapping[str, Any] | None = None
    profile: str | None = None
    client: Callable[[], Any] | None = field(default=None, repr=False)

    @contextmanager
    def connect(self, rng: np.random.Generator) -> Iterator[Any]:
        """The processor.

        Raises:
            InputError: no account is configured.
        """
        self.require_account()
        if self.client is not None:
            yield self.client()
            return
        from dwave.system import DWaveSampler

        options = {"solver": self.solver, "profile": self.profile}
        with DWaveSampler(**{key: value for key, value in options.items() if value is not None}) as connected:
            yield connected

    def require_account(self) -> None:
        """Find out without the network whether there is a token to use.

        Raises:
            InputError: there is none, and no client of one's own.
        """
        if self.client is not None:
            return
        from dwave.cloud.config import load_config

        try:
            token = load_config(profile=self.profile).get("token")
        except Exception:  # noqa: BLE001  (whatever the vendor raises may quote the file, and with it the token)
            raise InputError(f"{NO_ACCOUNT} (its configuration file or profile cannot be read)") from None
        if not token:
            raise InputError(NO_ACCOUNT)
