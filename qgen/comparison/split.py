"""Which showers a generator learns from, and which it is scored against.

The sealed part of an embedded sample (`qgen.datasets.sealed`) is in neither, unless it is asked for. The rest, the open
part, and all of a file of one's own, is

    by default      split 70 : 30 at random, by the seed of the split
    folds, fold     cut in k parts at random: one is scored, the others are learnt from
    test            learnt from as a whole, and the showers of another file are scored
    sealed          learnt from as a whole, and the sealed part is scored

Settings are chosen on open showers, by any of the first three; the last is for the one table at the end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from qgen.datasets import digests, load, open_part
from qgen.datasets import sealed as sealed_of
from qgen.files import InputError
from qgen.representations import represent
from qgen.showers import Showers

TRAIN_FRACTION = 0.7
"""Part of the open showers to learn from, where nothing else is asked for."""


@dataclass(frozen=True)
class Split:
    """How the showers of a dataset are divided.

    Attributes:
        seed: of the random split, or of the folds.
        fold: the part that is scored, 0 to folds - 1.
        folds: number of parts.
        test: an embedded sample (its open part) or a file; only scored.
        sealed: score the sealed part, and learn from all else.

    Raises:
        InputError: numbers out of range, or what cannot be asked for together; names the flags.
    """

    seed: int = 0
    fold: int | None = None
    folds: int | None = None
    test: str | None = None
    sealed: bool = False

    def __post_init__(self) -> None:
        asked = {"--test": self.test is not None, "--folds": self.folds is not None, "--sealed": self.sealed}
        given = [flag for flag, there in asked.items() if there]
        if len(given) > 1:
            raise InputError(f"expected one of --test, --folds and --sealed, found {' and '.join(given)}")
        if self.seed < 0:
            raise InputError(f"--split_seed: expected a number >= 0, found {self.seed}")
        if self.seed and (self.sealed or self.test is not None):
            raise InputError(f"--split_seed: expected without {given[0]}, where nothing is split at random")
        if self.folds is not None and self.folds < 2:
            raise InputError(f"--folds: expected at least 2, found {self.folds}")
        if self.fold is not None and self.folds is None:
            raise InputError(f"--fold {self.fold}: expected --folds, how many there are, found none")
        if self.fold is not None and self.folds is not None and not 0 <= self.fold < self.folds:
            raise InputError(f"--fold: expected 0 to {self.folds - 1} of --folds {self.folds}, found {self.fold}")

    @classmethod
    def of(cls, task: Mapping[str, Any]) -> "Split | None":
        """The split of a task as `config.yaml` has it; None of one from before there were sealed parts."""
        return cls(**task["split"]) if "split" in task else None

    @property
    def parts(self) -> dict[str, "Split"]:
        """By folder, the splits that a comparison runs through: this one, or each of its folds."""
        if self.folds is None or self.fold is not None:
            return {"": self}
        return {f"fold{i}": replace(self, fold=i) for i in range(self.folds)}

    @property
    def how(self) -> str:
        """What was scored, in words."""
        if self.sealed:
            return "the sealed part is scored"
        if self.test is not None:
            return f"{self.test} is scored"
        if self.folds is not None:
            one = "every shower is scored once" if self.fold is None else f"fold {self.fold} is scored"
            return f"{self.folds} folds (split seed {self.seed}), {one}"
        return f"split seed {self.seed}"


USUAL = Split()
"""70 : 30 of the open showers."""


def load_split(dataset: str, representation: str, split: Split | None = None) -> tuple[Showers, Showers]:
    """Showers to learn from, and showers to score against, in a representation.

    Args:
        dataset: an embedded sample or a path.
        representation: native, image8x8, profile<n> or depth3.
        split: see `Split`; None stands for the one of qgen before there were sealed parts: all showers 70 : 30.

    Raises:
        InputError: the dataset cannot be read; a fold is to be chosen; or test showers of another geometry, or that are
            also learnt from.
    """
    if split is None:
        return represent(load(dataset), representation).split(TRAIN_FRACTION, seed=0)
    if split.sealed:
        whole = load(dataset)
        last = sealed_of(whole)
        return represent(whole.select(~last), representation), represent(whole.select(last), representation)
    showers = represent(open_part(dataset), representation)
    if split.test is not None:
        return showers, _other(showers, split.test, representation)
    if split.folds is None:
        return showers.split(TRAIN_FRACTION, seed=split.seed)
    if split.fold is None:
        raise InputError(f"--folds {split.folds}: expected --fold as well, which of 0 to {split.folds - 1} is scored")
    if len(showers) < split.folds:
        raise InputError(f"--folds: expected at most one for each of the {len(showers)} showers, found {split.folds}")
    parts = np.array_split(np.random.default_rng(split.seed).permutation(len(showers)), split.folds)
    scored = parts.pop(split.fold)
    return showers.select(np.concatenate(parts)), showers.select(scored)


def _other(train: Showers, source: str, representation: str) -> Showers:
    """Showers of another file, which is only scored."""
    test = represent(open_part(source), representation)
    if test.geometry != train.geometry:
        raise InputError(
            f"--test {source}: expected the geometry of the showers to learn from, {train.geometry.name!r} with "
            f"{train.geometry.n_voxels} voxels, found {test.geometry.name!r} with {test.geometry.n_voxels}"
        )
    if common := int(np.isin(digests(test), digests(train)).sum()):
        raise InputError(f"--test {source}: expected other showers than those to learn from, found {common} of them")
    return test
