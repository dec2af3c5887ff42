"""Generators of bit strings: showers as the bits of a code, and a model of the bits given the energy.

    shower -> bits s (a code of `qgen.codes`),    s ~ p(s | x),    x = scaled ln E_inc, held within -1..1,

and back: bits drawn at the wanted energies are decoded to showers. A family brings the model and what trains it.
Showers that are encoded and decoded again, without any model, cost what bits alone cost: the quantisation floor.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Protocol

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from qgen.codes import Code, code_class, fit_code
from qgen.files import InputError
from qgen.generators.base import BaseGenerator, require_energies
from qgen.generators.bits.walsh import data_correlators
from qgen.generators.memory import nearest
from qgen.generators.saved import load_generator
from qgen.plugins import option
from qgen.plugins.options import require_seed
from qgen.representations import represent
from qgen.showers import Showers
from qgen.training import Batch, Objective, Run, train

Bits = NDArray[np.uint8]

DRAWS = 4000
"""Bit strings per energy by which correlators are estimated."""
NEIGHBOURS = 8
"""Training showers nearest in energy, of which a resampled bit string is drawn."""


class BitModel(Protocol):
    """A distribution of bits given the scaled energy, a `torch.nn.Module`."""

    def parameters(self) -> Any:
        """What is trained."""

    def state_dict(self) -> Any:
        """Weights and buffers."""

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> Any:
        """Take back what `state_dict` gave."""

    def sample(self, x: Tensor, rng: np.random.Generator) -> Bits:
        """One bit string at every scaled energy x (n,), shape (n, n_bits)."""


class BitStringGenerator(BaseGenerator):
    """Base of generators that learn the bit strings of a code.

    A subclass implements `_start` and `_untrained`.

    Attributes:
        code_: between showers and bits, learnt from the training showers.
        model_: of the bits.
    """

    validate_every: ClassVar[int] = 10
    """Steps between validations."""

    code: Any = option("between showers and bits", default="hits", plugin="codes")
    code_options: Mapping[str, Any] | None = option("settings of the code", default=None)
    code_from: str | None = option(
        "folder of a saved generator whose code is taken, whatever showers this one learns from; by default the code "
        "is learnt from its showers",
        default=None,
    )
    code_seed: int | None = option(
        "of what the code learns by chance, by default that of the fit; `qgen compare` and `qgen fit` give one to all "
        "machines of a training seed, so that those with equal codes have the very same bits",
        default=None,
        least=0,
    )
    epochs: int = option("optimiser steps, each on all showers; 0 leaves the model at its start", default=1000, least=0)
    learning_rate: float = option("of Adam at the start, lowered along half a cosine", default=0.01, least=0, most=10)

    @abstractmethod
    def _start(self, x: Tensor, bits: Bits, run: Run) -> tuple[Objective, Batch]:
        """Put `model_` where training on bits (n, n_bits) at scaled energies x (n,) starts; what trains it, on what."""

    @abstractmethod
    def _untrained(self) -> BitModel:
        """A model of the bits of `code_`, ready to load the weights of a trained one."""

    def _fit(self, showers: Showers, run: Run) -> None:
        self.code_: Code = self._learnt_code(showers, run.seed)
        if self.code_from is not None:  # what lies in that folder may change before a training is continued
            run = replace(run, settings={**run.settings, "bits": self.code_.digest()})
        x = self._scaled(showers.incident_energy)
        objective, batch = self._start(x, self.code_.encode(showers), run)
        self.history_ = train(
            objective, batch, run, epochs=self.epochs, batch_size=len(x), validate_every=self.validate_every
        )

    def require_options(self) -> None:
        """Check the options, and that the code has none beside `code_from`."""
        super().require_options()
        if self.code_from is not None and (given := self._code_options()):
            raise InputError(
                f"{type(self).__name__}: expected no options of the code beside code_from, found {given!r}"
            )

    def require_samples(self, showers: Showers, *, seed: int) -> None:
        """Learn the code, or find that of `code_from`, and build the model of its bits, untrained.

        Raises:
            InputError: no such code, or no such model of so many bits.
        """
        trial = type(self)(**self.get_params())
        trial.code_ = trial._learnt_code(represent(showers, self.representation), seed)
        trial._require_bits()

    def _require_bits(self) -> None:
        """That there is a model of the bits of `code_`."""
        self._untrained()

    def _code_options(self) -> Mapping[str, Any]:
        return self.code_options or {}

    def _learnt_code(self, showers: Showers, seed: int) -> Code:
        """From showers, or that of `code_from`."""
        if self.code_from is None:
            seed = seed if self.code_seed is None else self.code_seed
            return fit_code(self.code, showers, seed=seed, options=self._code_options())
        other, own = load_generator(self.code_from), code_class(self.code)
        if not isinstance(other, BitStringGenerator):
            raise InputError(f"{self.code_from}: expected a generator of bit strings, found {type(other).__name__}")
        same = type(other.code_).__qualname__ == own.__qualname__  # a code of a file is loaded from its copy
        if not same or other.geometry_ != showers.geometry:
            raise InputError(
                f"{type(self).__name__}: expected code_from with a code {self.code!r} of {showers.geometry.name}, "
                f"{self.representation}, found a {other.code!r} of {other.geometry_.name}, {other.representation}, "
                f"in {self.code_from}"
            )
        return own.restore(other.code_.state())

    def _scaled(self, incident_energy: NDArray[np.float64]) -> Tensor:
        """x of energies [MeV]; outside the training range that of its nearer end."""
        return torch.as_tensor(np.clip(self.code_.scale.forward(incident_energy), -1, 1), dtype=torch.float32)

    def _sample(self, incident_energy: NDArray[np.float64], rng: np.random.Generator) -> NDArray[Any]:
        return self.code_.decode(self._bits(self._scaled(incident_energy), rng), incident_energy, rng)

    def _bits(self, x: Tensor, rng: np.random.Generator) -> Bits:
        """One bit string at every scaled energy x (n,)."""
        return self.model_.sample(x, rng)

    def correlators(self, incident_energy: ArrayLike, operators: ArrayLike, *, seed: int = 0) -> NDArray[np.float64]:
        """<Z_a>, the means of (-1)^{a.s} over the bits s at energies: exact where the model knows them, else estimates.

        Args:
            incident_energy: [MeV], shape (n,); outside the training range, which is warned of, as at its nearer end.
            operators: a, 0 or 1, shape (n_operators, n_bits).
            seed: of estimates, from DRAWS bit strings at every energy unless the family knows better.

        Returns:
            shape (n, n_operators), in -1..1 but for the noise of estimates.

        Raises:
            InputError: not fitted yet, energies that are not > 0, or operators of another shape.
        """
        self._require_fitted()
        a, rng = np.asarray(operators), np.random.default_rng(require_seed("correlators", seed))
        if a.ndim != 2 or a.shape[1] != self.code_.n_bits:
            raise InputError(f"operators: expected shape (n_operators, {self.code_.n_bits}), found {a.shape}")
        return self._correlators(self._scaled(require_energies(incident_energy, self.energy_range_)), a, rng)

    def _correlators(self, x: Tensor, a: NDArray[Any], rng: np.random.Generator) -> NDArray[np.float64]:
        bits = self._bits(x.repeat_interleave(DRAWS), rng)
        number = torch.arange(len(x)).repeat_interleave(DRAWS)
        return np.asarray(data_correlators(torch.from_numpy(bits).float(), number, len(x), a)[0].double().numpy())

    def floors(self, showers: Showers, *, seed: int) -> Mapping[str, Showers]:
        """The quantisation floor."""
        return {"quantisation floor": self.quantise(showers, seed=seed)}

    def quantise(self, showers: Showers, *, seed: int) -> Showers:
        """Showers as the code gives them back: projected, encoded, decoded.

        The score of training showers is the quantisation floor.

        Raises:
            InputError: not fitted yet, or a projection that these showers do not have.
        """
        self._require_fitted()
        return self.code_.quantise(represent(showers, self.representation), seed=seed)

    def controls(self, showers: Showers, incident_energy: ArrayLike, *, seed: int) -> Mapping[str, Showers]:
        """The codewords of the training showers, resampled."""
        return {"codewords resampled": self.resample(showers, incident_energy, seed=seed)}

    def resample(
        self, showers: Showers, incident_energy: ArrayLike, *, seed: int, neighbours: int = NEIGHBOURS
    ) -> Showers:
        """Bit strings of showers of nearly the wanted energies, decoded at these: the code without the model.

        Args:
            showers: whose bit strings, best those of the training.
            incident_energy: wanted [MeV], shape (n,).
            seed: of the choice and of decoding.
            neighbours: k, of how many showers nearest in ln E each bit string is drawn.

        Raises:
            InputError: not fitted yet, energies that are not > 0, a k that is not, or a projection that these showers
                do not have.
        """
        self._require_fitted()
        if neighbours < 1:
            raise InputError(f"neighbours: expected at least 1, found {neighbours}")
        energy = require_energies(incident_energy, (0.0, np.inf))
        rng = np.random.default_rng(require_seed("resample", seed))
        known = represent(showers, self.representation)
        known = known.select(np.argsort(known.incident_energy, kind="stable"))
        k = min(neighbours, len(known))
        chosen = nearest(np.log(known.incident_energy), np.log(energy), k) + rng.integers(k, size=len(energy))
        return Showers(
            voxels=self.code_.decode(self.code_.encode(known)[chosen], energy, rng).astype(np.float32),
            incident_energy=energy,
            geometry=self.geometry_,
            particle=self.particle_,
            provenance={"origin": "qgen", "generator": f"{type(self).__name__}.resample", "seed": seed},
        )

    def _state(self) -> Mapping[str, Any]:
        code = {f"code.{name}": array for name, array in self.code_.state().items()}
        return code | {f"model.{name}": array for name, array in self.model_.state_dict().items()}

    def _restore(self, state: Mapping[str, Tensor]) -> None:
        code = {name.removeprefix("code."): array for name, array in state.items() if name.startswith("code.")}
        weights = {name.removeprefix("model."): array for name, array in state.items() if not name.startswith("code.")}
        self.code_ = code_class(self.code).restore(code)
        self.model_: BitModel = self._untrained()
        self.model_.load_state_dict(weights)

    def resources(self) -> dict[str, float]:
        """`n_parameters` of the model, `n_bits`, and `classical_parameters` of the code, which decodes bits to showers.

        Raises:
            InputError: not fitted yet.
        """
        self._require_fitted()
        return {
            "n_parameters": float(sum(p.numel() for p in self.model_.parameters())),
            "n_bits": float(self.code_.n_bits),
            "classical_parameters": float(sum(array.size for array in self.code_.state().values())),
        }
