"""What a generator keeps: shapes, seeds, energies, saving, no global state."""

import tempfile
import warnings
from collections.abc import Callable
from typing import cast, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, clone

from qgen.generators.protocol import Family, Generator
from qgen.representations import represent
from qgen.showers import Showers
from qgen.testing._require import global_state_kept, raises, require


def check_generator(generator: Generator | Callable[[], Generator], showers: Showers, *, seed: int = 0) -> None:
    """Check a generator, ours or anybody's, from construction to a saved and loaded copy.

    It is fitted twice on `showers`, so choose small settings.

    Args:
        generator: unfitted, or a function (a class) that makes one without arguments.
        showers: at least two training showers that it can learn from.
        seed: of the first fit and the first samples.

    Raises:
        AssertionError: what is broken.
    """
    made = generator() if not hasattr(generator, "fit") or isinstance(generator, type) else generator
    model = cast(Generator, clone(made) if isinstance(made, BaseEstimator) else made)
    name = type(model).__name__
    _check_traits(model, name)
    energy = _some_energies(showers)
    with raises(f"{name}.sample before fit"):
        model.sample(energy, seed=seed)
    with global_state_kept(f"{name}.fit"):
        fitted = model.fit(showers, seed=seed)
    require(fitted is model, f"{name}.fit: expected to return self, found {type(fitted).__name__}")
    _check_samples(model, showers, energy, name, seed)
    _check_energies(model, energy, name)
    again = cast(Generator, clone(made) if isinstance(made, BaseEstimator) else made).fit(showers, seed=seed)
    _check_same(model, again, energy, f"{name}: two fits with seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        model.save(folder)
        loaded = type(model).load(folder)
        _check_same(model, loaded, energy, f"{name}: saved and loaded")
        require(loaded.traits == model.traits, f"{name}: expected load to keep the traits, found {loaded.traits}")
    for key, value in model.resources().items():
        good = isinstance(value, int | float) and np.isfinite(value)
        require(good, f"{name}.resources: expected a finite number for {key!r}, found {value!r}")


def _check_traits(model: Generator, name: str) -> None:
    traits = model.traits
    families = get_args(Family)
    require(traits.family in families, f"{name}.traits.family: expected one of {families}, found {traits.family!r}")
    require(isinstance(traits.event_level, bool), f"{name}.traits.event_level: expected True or False")


def _some_energies(showers: Showers) -> NDArray[np.float64]:
    """Energies inside the training range, in no order, one of them twice."""
    order = np.random.default_rng(0).permutation(len(showers))[:20]
    return np.concatenate([showers.incident_energy[order], showers.incident_energy[order[:1]]])


def _check_samples(model: Generator, showers: Showers, energy: NDArray[np.float64], name: str, seed: int) -> None:
    """Type, order, geometry and seeds of what it samples."""
    with global_state_kept(f"{name}.sample"):
        first = model.sample(energy, seed=seed)
    require(isinstance(first, Showers), f"{name}.sample: expected Showers, found {type(first).__name__}")
    kept = np.array_equal(first.incident_energy, energy)
    require(kept, f"{name}.sample: expected one shower for every energy, in their order")
    expected = represent(showers, model.traits.representation)
    require(
        first.geometry == expected.geometry,
        f"{name}.sample: expected the geometry of {expected!r}, found that of {first!r}",
    )
    require(first.particle == showers.particle, f"{name}.sample: expected {showers.particle}, found {first.particle}")
    same, other = model.sample(energy, seed=seed), model.sample(energy, seed=seed + 1)
    require(np.array_equal(first.voxels, same.voxels), f"{name}.sample: expected one seed to give the same showers")
    require(not np.array_equal(first.voxels, other.voxels), f"{name}.sample: expected other showers of another seed")
    require(len(model.sample(energy[:0], seed=seed)) == 0, f"{name}.sample: expected no showers for no energies")
    large, small = (showers.incident_energy.max() * np.ones(50), showers.incident_energy.min() * np.ones(50))
    if large[0] > 4 * small[0] and not model.traits.control:
        rises = model.sample(large, seed=seed).total_energy.mean() > model.sample(small, seed=seed).total_energy.mean()
        require(bool(rises), f"{name}.sample: expected more deposited energy for more incident energy")


def _check_energies(model: Generator, energy: NDArray[np.float64], name: str) -> None:
    """Energies outside the range warn, and those that cannot be are refused."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.sample([10 * energy.max()], seed=0)
    require(bool(caught), f"{name}.sample: expected a warning for an energy outside the training range")
    bad: tuple[ArrayLike, ...] = ([0.0], [-1.0], [np.nan], [np.inf], [[1.0]])
    for values in bad:
        with raises(f"{name}.sample({values!r})"):
            model.sample(values, seed=0)


def _check_same(a: Generator, b: Generator, energy: NDArray[np.float64], what: str) -> None:
    same = np.array_equal(a.sample(energy, seed=7).voxels, b.sample(energy, seed=7).voxels)
    require(same, f"{what}: expected the same samples from the same seed")
