"""Where showers come from: memory, or a file that is read batch by batch. Either is iterated as batches."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from qgen.datasets import chosen_rows
from qgen.files import InputError
from qgen.geometry import Geometry
from qgen.metrics.arrays import Floats
from qgen.representations import represent
from qgen.showers import Showers, concatenate

BATCH = 2000


class Batches(Protocol):
    """Showers read batch by batch, any number of times: what `qgen.datasets.stream` gives."""

    def __iter__(self) -> Iterator[Showers]: ...

    def __len__(self) -> int: ...


Source = Showers | Batches


def batches(source: Source, representation: str) -> Iterator[Showers]:
    """The showers of a source in a representation, in order, at most a few thousand at a time."""
    if isinstance(source, Showers):
        for start in range(0, len(source), BATCH):
            yield represent(source.select(slice(start, start + BATCH)), representation)
    else:
        for batch in source:
            yield represent(batch, representation)


def some(source: Source, representation: str, n: int, seed: int) -> Showers:
    """At most n showers, at random, in their order."""
    keep = chosen_rows(len(source), n, seed)
    parts, start = [], 0
    for batch in batches(source, representation):
        parts.append(batch.select(keep[start : start + len(batch)]))
        start += len(batch)
    return concatenate(parts)


def energies_of(source: Source) -> Floats:
    """Incident energy of every shower [MeV], shape (n,); one pass through a file."""
    if isinstance(source, Showers):
        return source.incident_energy
    return np.concatenate([batch.incident_energy for batch in source])


def geometry_of(source: Source) -> Geometry:
    """Geometry of the first showers.

    Raises:
        InputError: there is none.
    """
    first = source if isinstance(source, Showers) else next(iter(source), None)
    if first is None or len(source) == 0:
        raise InputError("evaluate: expected at least 20 showers on each side, found none on one")
    return first.geometry


def common_representation(
    reference: Geometry, generated: Geometry, wanted: str | None, *, other: str = "generated"
) -> str:
    """In which representation both can be scored: the wanted one, else the one that either is projected to.

    Args:
        reference: geometry of the reference.
        generated: of the other side.
        wanted: name of a representation.
        other: what to call the other side in a message.

    Raises:
        InputError: they cannot be compared; the message says what differs.
    """
    name = wanted
    if name is None:
        name = generated.representation if generated.representation != "native" else reference.representation
    ours, theirs = (_in(geometry, name) for geometry in (reference, generated))
    if ours != theirs:
        raise InputError(f"evaluate: expected one geometry, found {_difference(ours, theirs, other)}")
    return name


def _in(geometry: Geometry, name: str) -> Geometry:
    empty = Showers(np.zeros((0, geometry.n_voxels), dtype=np.float32), np.zeros(0), geometry)
    return represent(empty, name).geometry


def _difference(reference: Geometry, generated: Geometry, other: str) -> str:
    """What differs first: name, number of layers, cells of a layer, their edges."""
    if reference.name != generated.name or len(reference.layers) != len(generated.layers):
        described = (
            f"{g.name!r} with {len(g.layers)} layers and {g.n_voxels} voxels ({g.representation})"
            for g in (reference, generated)
        )
        return " as the reference and ".join(described) + f" as the {other}"
    for ours, theirs in zip(reference.layers, generated.layers, strict=True):
        if ours.shape != theirs.shape:
            return f"layer {ours.label} of {ours.shape} cells in the reference and {theirs.shape} in the {other}"
        if ours != theirs:
            return f"layer {ours.label} of other edges, depth or threshold in reference and {other}"
    return f"two orders of the voxels of {reference.name!r}"
