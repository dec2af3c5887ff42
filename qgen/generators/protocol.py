"""The Generator protocol: what evaluation, comparison and files know of a generator, ours or anybody's."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, Self, runtime_checkable

from numpy.typing import ArrayLike

from qgen.showers import Showers

Family = Literal["annealer", "gate", "classical", "reference"]


@dataclass(frozen=True)
class Traits:
    """What a generator is.

    Attributes:
        family: "annealer", "gate", "classical", or "reference" (GEANT4 itself, floors and controls).
        event_level: whether every shower is drawn by itself; False for one that repeats a mean image.
        representation: what it learns and emits, e.g. "native" or "image8x8".
        control: whether it is wrong on purpose: a score that it does well in says nothing of others.
    """

    family: Family
    event_level: bool
    representation: str
    control: bool = False


@runtime_checkable
class Generator(Protocol):
    """What evaluation and comparison need of a generator, ours or anybody's."""

    @property
    def traits(self) -> Traits:
        """Family, event level and representation."""

    def fit(self, showers: Showers, *, seed: int) -> Self:
        """Learn from showers; further optional keywords: validation, checkpoint, callbacks."""

    def sample(self, incident_energy: ArrayLike, *, seed: int) -> Showers:
        """One shower for every energy [MeV], in their order."""

    def save(self, path: str | Path) -> None:
        """Write the fitted generator into a folder."""

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote."""

    def resources(self) -> dict[str, float]:
        """What it costs: numbers of parameters, qubits, two-qubit gates, shots, ..."""
