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
        client: makes a processor's sampler to use instead of a connection, which stays open; of a composite of the
            vendor's that embeds, its child, since models are embedded here.
    """

    name: ClassVar[str] = "dwave"

    solver: str | Mapping[str, Any] | None = None
    profile: str | None = None
    client: Callable[[], Any] | None = field(default=None, repr=False)

    @contextmanager
    def connect(self, rng: np.random.Generator) -> Iterator[Any]:
        """The processor.

        Raises:
            InputError: no account is configured, or the client is no processor.
        """
        self.require_account()
        if self.client is not None:
            yield _processor(self.client)
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


def _processor(client: Any) -> Any:
    """What a client makes, without composites that embed.

    Raises:
        InputError: it is no processor, or a composite around one whose work would be left out.
    """
    from dwave.system import EmbeddingComposite, LazyFixedEmbeddingComposite, ParallelEmbeddingComposite

    made = client() if callable(client) else client
    embedding = EmbeddingComposite, LazyFixedEmbeddingComposite, ParallelEmbeddingComposite
    while isinstance(made, embedding):
        made = made.child
    properties = getattr(made, "properties", None)
    ranges = isinstance(properties, Mapping) and {"h_range", "j_range"} <= properties.keys()
    if not (callable(client) and ranges and all(hasattr(made, name) for name in ("nodelist", "edgelist", "adjacency"))):
        raise InputError(
            "samplers/dwave: client: expected a function that makes the sampler of a processor, such as DWaveSampler "
            f"(composites that embed are not needed, others are not supported), found {_called(client, made)}"
        )
    return made


def _called(client: Any, made: Any) -> str:
    kind = made.__name__ if isinstance(made, type) else type(made).__name__
    return f"one that makes {kind}" if callable(client) else f"{kind} itself"
