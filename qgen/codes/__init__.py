"""Codes between showers and bit strings, one per file: what a shot of a circuit stands for.

A code has fields (the response, the depth, a shape, ...) of a few bits each. Every field is a whole number k in
0..2^bits - 1, written in Gray code, so that neighbours differ in one bit:

    bits = g(k_1) g(k_2) ...,    g(k) = k XOR (k >> 1),

the first field and its highest bit first. Bit 0 is the most significant bit of the basis state, wire 0 of a circuit.
What lies inside a bin is drawn on the way back (dequantisation), given the incident energy. What bits alone cost is
told by showers that are encoded and decoded again: the quantisation floor.
"""

import hashlib
import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qgen.files import InputError
from qgen.plugins import near_miss, resolve
from qgen.plugins.options import require_seed
from qgen.showers import Showers
from qgen.transforms.bits import GrayCode, bits_of, states_of
from qgen.transforms.energy_scale import EnergyScale

__all__ = ["Code", "code_class", "fit_code"]

Bits = NDArray[np.uint8]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MAX_LISTED = 20
"""Bits up to which all basis states may be listed."""


class Code(ABC):
    """Learned code between showers of one geometry and bit strings.

    A subclass implements `fit`, `fields`, `scale`, `numbers`, `voxels`, `state` and `restore`, and `places` where
    distances between bit strings are not those of the fields' numbers.
    """

    @classmethod
    @abstractmethod
    def fit(cls, showers: Showers, *, seed: int) -> Self:
        """Learn the code from training showers; a code's own options are further keywords with defaults.

        Raises:
            InputError: an option that cannot be, or showers that do not suffice for it.
        """

    @property
    @abstractmethod
    def fields(self) -> dict[str, int]:
        """Bits of every field by its name, the most significant first."""

    @property
    @abstractmethod
    def scale(self) -> EnergyScale:
        """Of the incident energy: what a model's condition is scaled with."""

    @abstractmethod
    def numbers(self, showers: Showers) -> Integers:
        """Fields of showers, shape (n, n_fields), values in 0..2^bits - 1."""

    @abstractmethod
    def voxels(self, numbers: Integers, incident_energy: Floats, rng: np.random.Generator) -> Floats:
        """Showers [MeV], shape (n, n_voxels), with these fields (n, n_fields) at energies [MeV] (n,)."""

    @abstractmethod
    def state(self) -> dict[str, Floats]:
        """Named arrays, taken back by `restore`."""

    @classmethod
    @abstractmethod
    def restore(cls, state: Mapping[str, Any]) -> Self:
        """The code of `state`; entries may be tensors, further entries are ignored."""

    def places(self, numbers: Integers) -> Floats:
        """Where fields (n, n_fields) lie for a kernel, shape (n, d): neighbouring bins are about 1 apart."""
        return np.asarray(numbers, dtype=np.float64)

    @property
    def n_bits(self) -> int:
        """Length of the bit strings."""
        return sum(self.fields.values())

    def encode(self, showers: Showers) -> Bits:
        """Bit strings of showers, shape (n, n_bits)."""
        return self.join(self.numbers(showers))

    def decode(self, bits: ArrayLike, incident_energy: Floats, rng: np.random.Generator) -> Floats:
        """Showers [MeV], shape (n, n_voxels), of bit strings (n, n_bits) at energies [MeV] (n,)."""
        return self.voxels(self.split(bits), np.asarray(incident_energy, dtype=np.float64), rng)

    def quantise(self, showers: Showers, *, seed: int) -> Showers:
        """Showers, in the projection that the code has learnt, encoded and decoded: what bits alone cost."""
        energy, bits = showers.incident_energy, self.encode(showers)
        return Showers(
            voxels=self.decode(bits, energy, np.random.default_rng(require_seed("quantise", seed))).astype(np.float32),
            incident_energy=energy,
            geometry=showers.geometry,
            particle=showers.particle,
            provenance={"origin": "qgen", "generator": f"{type(self).__name__}.quantise", "seed": seed},
        )

    def digest(self) -> str:
        """A number in hexadecimal digits that tells this code from others."""
        parts = sorted(self.state().items())
        return hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for _, array in parts)).hexdigest()

    def embed(self, bits: ArrayLike) -> Floats:
        """Where bit strings (n, n_bits) lie for a kernel, shape (n, d)."""
        return self.places(self.split(bits))

    def positions(self) -> Floats:
        """Where all basis states lie for a kernel, in their order, shape (2^n_bits, d).

        Raises:
            InputError: too many basis states to list.
        """
        if self.n_bits > MAX_LISTED:
            raise InputError(f"positions: expected a code of at most {MAX_LISTED} bits, found {self.n_bits}")
        return self.embed(bits_of(np.arange(2**self.n_bits), self.n_bits))

    def join(self, numbers: Integers) -> Bits:
        """Fields (n, n_fields) to bit strings (n, n_bits)."""
        columns = zip(GrayCode.forward(numbers).T, self.fields.values(), strict=True)
        return np.concatenate([bits_of(column, n) for column, n in columns], axis=1)

    def split(self, bits: ArrayLike) -> Integers:
        """Bit strings (n, n_bits) to fields (n, n_fields)."""
        ends = np.cumsum(list(self.fields.values()))[:-1]
        parts = np.split(np.asarray(bits), ends, axis=1)
        return GrayCode.inverse(np.stack([states_of(part) for part in parts], axis=1))


def code_class(reference: Any) -> type[Code]:
    """The class of a code by its name ("features"), "my_module:MyCode", "file.py:MyCode", or itself.

    Raises:
        InputError: no such code, or something that is none.
    """
    cls = resolve(reference, "codes")
    if not isinstance(cls, type) or not issubclass(cls, Code):
        raise InputError(f"code: expected a subclass of qgen.codes.Code, found {cls!r}")
    return cls


def fit_code(reference: Any, showers: Showers, *, seed: int, options: Mapping[str, Any] | None = None) -> Code:
    """Learn a code by its name and options.

    Args:
        reference: see `code_class`.
        showers: training showers.
        seed: of everything random.
        options: keywords of the code's `fit`.

    Raises:
        InputError: an unknown code or option, or one that cannot be.
    """
    cls = code_class(reference)
    given = {} if options is None else options
    if not isinstance(given, Mapping):
        raise InputError(f"{cls.__name__}: expected its options as a mapping, found {given!r}")
    names = [name for name in inspect.signature(cls.fit).parameters if name not in ("showers", "seed")]
    for name in given:
        if name not in names:
            listed = ", ".join(names) or "none"
            raise InputError(f"{cls.__name__}: unknown option {name!r}, expected {listed}{near_miss(str(name), names)}")
    return cls.fit(showers, seed=seed, **given)
