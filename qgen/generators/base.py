"""The base that qgen's own generators share.

A generator learns from `Showers` and gives `Showers` for wanted incident energies; nothing else about it is
visible to the evaluation.
"""

from __future__ import annotations

import atexit
import copy
import shutil
import warnings
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from qgen import __version__
from qgen.datasets import Stream
from qgen.files import COMPLAINTS, InputError, local, replacing, trusting, write
from qgen.generators.protocol import Family, Traits
from qgen.generators.saved import CONFIG, FORMAT, WEIGHTS, load_generator, plain, read_config, require_trust, signatures
from qgen.generators.strange import warn_of_strange
from qgen.geometry import Geometry
from qgen.plugins import Source, option, source_of, source_of_class
from qgen.plugins.options import Declared, check_options, require_seed
from qgen.representations import represent
from qgen.showers import Showers
from qgen.training import Callback, Row, Run

if TYPE_CHECKING:

    class BaseEstimator:
        """That of scikit-learn, which has no types: with Any among its bases a constructor would take any option."""

        def get_params(self, deep: bool = True) -> dict[str, Any]:
            """Options by name."""

        def set_params(self, **options: Any) -> Self:
            """Change options."""

else:
    from sklearn.base import BaseEstimator

MIN_SHOWERS = 20
"""Fewer than this cannot be learnt from: a tenth is kept aside, and distributions need some."""


class BaseGenerator(Declared, BaseEstimator, ABC):
    """Shared conduct of qgen's generators: options, projection, checks of energies, saving and loading.

    A subclass declares its options (`qgen.plugins.options.option`), or stores them in a constructor of its own
    (keyword-only, with defaults, one of them `representation`), and implements `_fit`, `_sample`, `_state`, `_restore`
    and `resources`. Learned state has a trailing underscore.

    Attributes:
        geometry_: of the showers that it learnt from, in its representation.
        particle_: that made them.
        energy_range_: least and largest incident energy of the training [MeV].
        history_: of the last fit, one row of named values for every epoch; empty where nothing is trained by epochs.
    """

    family: ClassVar[Family]
    event_level: ClassVar[bool] = True
    control: ClassVar[bool] = False
    plugins: ClassVar[Mapping[str, str]] = {}
    """Options that `resolve` finds, and the folder of qgen for single words; their sources are saved too. Those that
    are declared are added."""
    after_fit: ClassVar[tuple[str, ...]] = ()
    """Options that only sampling uses: they may be changed after the fit. Those that are declared are added."""
    quick: ClassVar[Mapping[str, Any]] = {}
    """Options of `--budget quick`: a shorter training."""
    typical_fit_s: ClassVar[Mapping[str, float]] = {"quick": 5.0, "standard": 5.0}
    """About how long a fit takes by budget, measured on 2 cores with an embedded sample [s]; only for forecasts."""

    _sources: Mapping[str, tuple[Any, Source]] = {}
    """Plug-ins as they were when the fit began: what was trained is what is saved."""

    representation: str = option("what it learns and emits: native, image8x8, profile<n> or depth3", default="image8x8")

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        declared = cls.__options__.values()
        cls.plugins = {**cls.plugins, **{o.name: o.plugin for o in declared if o.plugin is not None}}
        cls.after_fit = tuple(dict.fromkeys((*cls.after_fit, *(o.name for o in declared if o.after_fit))))

    @property
    def traits(self) -> Traits:
        """Family, event level, representation, and whether it is a control that must fail."""
        return Traits(self.family, self.event_level, self.representation, self.control)

    def plugin_digests(self) -> dict[str, str]:
        """A digest of each plug-in that is a user's file, as it is now, and of the generator itself where it is one."""
        return self._digests(self._sources_now())

    def _digests(self, of_options: Mapping[str, tuple[Any, Source]]) -> dict[str, str]:
        sources = {name: source for name, (_, source) in of_options.items()}
        sources |= {"generator": source_of_class(type(self))}
        return {f"source of {name}": source.digest for name, source in sources.items() if source.file}

    def _sources_now(self) -> dict[str, tuple[Any, Source]]:
        """By option, its value and the source of the plug-in that it is; without those that have none to be saved."""
        found = {}
        for name, home in self.plugins.items():
            with suppress(InputError):  # `save` tells of it
                found[name] = getattr(self, name), source_of(getattr(self, name), home)
        return found

    def require_options(self) -> None:
        """Check what can be told of the options without showers; a comparison does, before it trains anything.

        A subclass adds what concerns several options.

        Raises:
            InputError: an option that is out of range or unknown.
        """
        check_options(self)

    def require_samples(self, showers: Showers, *, seed: int) -> None:
        """Check that what is fitted to these showers can be sampled; a comparison does, before it trains anything.

        Raises:
            InputError: it cannot.
        """

    def fit(
        self,
        showers: Showers | Stream,
        *,
        seed: int,
        validation: float = 0.1,
        checkpoint: str | Path | None = None,
        callbacks: tuple[Callback, ...] = (),
    ) -> Self:
        """Learn from showers, projected to this generator's representation.

        Args:
            showers: training showers; the validation part is split off them. A generator that can learn batch by
                batch also takes a `qgen.datasets.stream` of a file larger than memory.
            seed: of everything random.
            validation: fraction used for early stop and the choice of weights, 0 <= validation < 1.
            checkpoint: folder to save the state of training to, and to continue from.
            callbacks: called after every epoch with its number and its row of the history.

        Raises:
            InputError: a wrong option or seed, fewer than MIN_SHOWERS showers, a projection that these showers do not
                have, a stream where showers in memory are needed, or a damaged file.
        """
        seed = require_seed("fit", seed)
        self.require_options()
        if len(showers) < MIN_SHOWERS:
            raise InputError(f"fit: expected at least {MIN_SHOWERS} showers to learn from, found {len(showers)}")
        if not 0 <= validation < 1:
            raise InputError(f"fit: expected 0 <= validation < 1, found {validation}")
        self._sources = self._sources_now()
        parameters = {name: getattr(value, "__qualname__", value) for name, value in self.get_params().items()}
        settings = {"generator": type(self).__name__, **parameters, **self._digests(self._sources)}
        folder = None if checkpoint is None else local(checkpoint)
        run = Run(seed, validation, folder, tuple(callbacks), type(self).__name__, settings)
        if isinstance(showers, Stream):
            self._fit_stream(showers, run)
        else:
            projected = represent(showers, self.representation)
            energy = projected.incident_energy
            self._learns_from(projected, (float(energy.min()), float(energy.max())))
            self._fit(projected, run)
        return self

    def sample(self, incident_energy: ArrayLike, *, seed: int) -> Showers:
        """One shower for every incident energy [MeV], in their order.

        Warns where an energy lies more than 1 % outside the range seen in training.

        Raises:
            InputError: not fitted yet, an energy that is not finite and > 0, or a seed that is no whole number >= 0.
        """
        self._require_fitted()
        seed = require_seed("sample", seed)
        energy = require_energies(incident_energy, self.energy_range_)
        made = self._sample(energy, np.random.default_rng(seed)) if len(energy) else self._nothing()
        voxels, told = made if isinstance(made, tuple) else (made, {})
        return Showers(
            voxels=voxels.astype(np.float32, copy=False),
            incident_energy=energy,
            geometry=self.geometry_,
            particle=self.particle_,
            provenance={
                "origin": "qgen",
                "generator": type(self).__name__,
                "seed": seed,
                "qgen": __version__,
                **told,
            },
        )

    def floors(self, showers: Showers, *, seed: int) -> Mapping[str, Showers]:
        """By name, these showers through parts of the model alone: how well it could do at best."""
        return {}

    def controls(self, showers: Showers, incident_energy: ArrayLike, *, seed: int) -> Mapping[str, Showers]:
        """By name, showers at energies [MeV] by the model's means without what it has learnt: what it must beat.

        Args:
            showers: that the model has learnt from.
            incident_energy: wanted [MeV], shape (n,).
            seed: of the draws.
        """
        return {}

    def save(self, path: str | Path) -> None:
        """Write `config.yaml` (class and hyper-parameters), `model.safetensors` and plug-in sources into a folder.

        The sources are signed with the user's key, so that they run when the user loads the model again.

        Raises:
            InputError: not fitted yet, or an option that is no plain value.
        """
        self._require_fitted()
        folder = local(path)
        if folder.exists() and not folder.is_dir():
            raise InputError(f"{folder}: expected a folder to save the generator to, found a file")
        folder.mkdir(parents=True, exist_ok=True)
        options = self.get_params()
        for name, home in self.plugins.items():
            kept = self._sources.get(name)
            source = kept[1] if kept is not None and kept[0] == options[name] else source_of(options[name], home)
            options[name] = source.into(folder)
        metadata = {
            "geometry": self.geometry_.to_json(),
            "particle": self.particle_,
            "energy_range": " ".join(map(repr, self.energy_range_)),
        }
        config = {
            "format": FORMAT,
            "qgen": __version__,
            "generator": source_of_class(type(self)).into(folder),
            "options": options,
        }
        config |= signatures(folder, config, self.plugins)
        text = plain(config, type(self).__name__)
        state = {name: torch.as_tensor(value).detach().clone().contiguous() for name, value in self._state().items()}
        with replacing(folder / WEIGHTS) as aside:
            save_file(state, aside, metadata)
        write(folder / CONFIG, text)

    @classmethod
    def load(cls, path: str | Path, *, trust: bool = False) -> Self:
        """Read what `save` wrote.

        Args:
            path: folder.
            trust: whether code that is not qgen's may run: of plug-ins that came with the model.

        Raises:
            InputError: the folder does not hold a model of this class, or one with code that is not trusted.
        """
        folder = local(path)
        options = read_config(folder)["options"]
        with trusting(trust):
            require_trust(folder, {name: options.get(name) for name in cls.plugins})
            return cls._loaded(folder, options)

    @classmethod
    def _loaded(cls, folder: Path, options: dict[str, Any]) -> Self:
        for name in cls.plugins:
            if isinstance(options.get(name), str) and (folder / options[name].split(":")[0]).is_file():
                options[name] = str(folder / options[name])
        try:
            model = cls(**options)
            check_options(model)
        except (InputError, TypeError) as error:
            raise InputError(f"{folder / CONFIG}: expected a saved {cls.__name__}, found: {error}") from error
        weights = folder / WEIGHTS
        try:
            with safe_open(weights, framework="pt") as file:
                metadata, state = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            model.geometry_, model.particle_ = Geometry.from_json(metadata["geometry"]), metadata["particle"]
            low, high = metadata["energy_range"].split()
            model.energy_range_ = float(low), float(high)
            model._restore(state)
            model._sources = model._sources_now()
        except InputError:
            raise
        except (*COMPLAINTS, SafetensorError) as error:
            raise InputError(f"{weights}: expected a saved {cls.__name__}, found: {error}") from error
        return model

    def __reduce_ex__(self, protocol: Any) -> Any:
        """A fitted generator is pickled as what `save` writes, with sources; one that cannot be saved, as it is."""
        if hasattr(self, "geometry_"):
            with suppress(InputError), TemporaryDirectory() as folder:
                self.save(folder)
                files = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
                return _unpickled, (files, self.history_)
        return super().__reduce_ex__(protocol)

    def __copy__(self) -> Self:
        """The same options and the same learned state."""
        new = type(self).__new__(type(self))
        new.__dict__.update(self.__dict__)
        return new

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Copies of options and learned state."""
        new = memo[id(self)] = type(self).__new__(type(self))
        new.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return new

    def _learns_from(self, showers: Showers, energy_range: tuple[float, float]) -> None:
        """Look at the training showers, of a stream some, and remember what they are, with their range of energies."""
        warn_of_strange(showers)
        self.geometry_, self.particle_, self.energy_range_ = showers.geometry, showers.particle, energy_range
        self.history_: list[Row] = []

    def _require_fitted(self) -> None:
        if not hasattr(self, "geometry_"):
            raise InputError(f"{type(self).__name__}: expected a fitted generator, call fit or load first")

    def _nothing(self) -> NDArray[np.float32]:
        return np.empty((0, self.geometry_.n_voxels), dtype=np.float32)

    @abstractmethod
    def _fit(self, showers: Showers, run: Run) -> None:
        """Learn from showers that are already in this representation."""

    def _fit_stream(self, stream: Stream, run: Run) -> None:
        """Learn from the showers of a file, batch by batch; for generators that can."""
        raise InputError(
            f"fit: {type(self).__name__} learns from showers in memory, found a stream of {stream.source}: "
            f"give a part of the file, qgen.load({str(stream.source)!r}, stop=...)"
        )

    @abstractmethod
    def _sample(
        self, incident_energy: NDArray[np.float64], rng: np.random.Generator
    ) -> NDArray[Any] | tuple[NDArray[Any], Mapping[str, Any]]:
        """Voxel energies [MeV], shape (n, n_voxels), for checked energies [MeV], n > 0.

        With them, where there is something to say of how they were made, plain values for the provenance.
        """

    @abstractmethod
    def _state(self) -> Mapping[str, Any]:
        """Learned state as named arrays or tensors."""

    @abstractmethod
    def _restore(self, state: Mapping[str, torch.Tensor]) -> None:
        """Take back what `_state` gave."""

    @abstractmethod
    def resources(self) -> dict[str, float]:
        """What it costs: n_parameters, n_qubits, two_qubit_gates, ..."""


def _unpickled(files: Mapping[str, bytes], history: list[Row]) -> Any:
    """The generator of a pickle, whose files stay for as long as the process does: plug-ins are found there."""
    folder = Path(mkdtemp(prefix="qgen-pickle-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    model: Any = load_generator(folder, trust=True)  # whoever unpickles trusts the pickle
    model.history_ = history
    return model


def require_energies(incident_energy: ArrayLike, known: tuple[float, float]) -> NDArray[np.float64]:
    """Incident energies as a float64 vector; a warning where some lie more than 1 % outside the training range.

    Raises:
        InputError: not a vector of finite numbers > 0 [MeV].
    """
    energy = np.asarray(incident_energy, dtype=np.float64)
    if energy.ndim != 1:
        raise InputError(f"incident_energy: expected a vector of energies in MeV, found shape {energy.shape}")
    bad = np.flatnonzero(~(np.isfinite(energy) & (energy > 0)))
    if bad.size:
        raise InputError(f"incident_energy: expected finite energies > 0 MeV, found {energy[bad[0]]} at row {bad[0]}")
    outside = (energy < 0.99 * known[0]) | (energy > 1.01 * known[1])
    if outside.any():
        warnings.warn(
            f"incident_energy: {outside.sum()} of {len(energy)} lie outside the training range "
            f"{known[0]:.6g}..{known[1]:.6g} MeV (the first is {energy[outside][0]:.6g})",
            stacklevel=3,
        )
    return energy
