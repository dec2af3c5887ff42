"""A task: one generator, one dataset, one seed, in one run directory.

`generator` names a generator with its options, as `qgen.generators.spec.create` takes them. What follows an @ is
changed after the fit: "qvae:graph=zephyr@sampler=samplers/qpu_standin" samples the model of "qvae:graph=zephyr" with
another sampler. Tasks that differ only there share one fit. In a comparison "... as NAME" says what tables call it.
"""

import hashlib
import inspect
import json
import logging
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from qgen.comparison.locks import locked
from qgen.comparison.runs import EVALUATION, task_of
from qgen.comparison.split import TRAIN_FRACTION, USUAL, Split
from qgen.datasets import Stream
from qgen.files import InputError, read_text, write
from qgen.generators.protocol import Generator
from qgen.generators.saved import CONFIG, foreign_sources, load_generator, read_config, signatures
from qgen.generators.spec import create, options, parse
from qgen.plugins import options_of
from qgen.plugins.options import plain_value
from qgen.showers import Showers
from qgen.training import CHECKPOINT

logger = logging.getLogger(__name__)

SEEDS: Mapping[str, int] = {"quick": 1, "standard": 3, "full": 5}
"""Training seeds of each budget."""
MOST_CHARACTERS = 240
"""Of a folder's name; file systems take 255."""
MEASURED = ("fit_s", "resumed")
"""What `config.yaml` tells of a task beyond what was asked."""
PLUGINS = "plugins"
"""Its entry with digests of the user's files that were trained with."""
HARNESS_SEED = 0
"""Of the harness: resamplings are the same for every generator and training seed, so that they can be paired."""


@dataclass(frozen=True)
class Task:
    """What one run directory holds.

    Attributes:
        generator: name and options, and after an @ what is changed after the fit.
        dataset: an embedded sample or a path.
        representation: what the generator learns, and what is scored.
        seed: of training and sampling, see `stream`.
        budget: "quick" takes the generator's quick settings, the others its defaults.
        train_fraction: 1 where a whole file is learnt from, in parts, and nothing of it is scored.
        split: which showers are learnt from, and which are only scored.
    """

    generator: str
    dataset: str
    representation: str = "image8x8"
    seed: int = 0
    budget: str = "standard"
    train_fraction: float = TRAIN_FRACTION
    split: Split = USUAL

    def create(self) -> Generator:
        """The generator, not fitted, with what is to be changed after the fit.

        Raises:
            InputError: an unknown budget, name or option.
        """
        seeds_of(self.budget)  # refuses an unknown one
        quick = self.budget == "quick"
        given = {"representation": self.representation, "code_seed": self.stream("code", common=True)}
        return _changed(create(self.fitted.generator, quick=quick, **given), self)

    @property
    def fitted(self) -> "Task":
        """The task whose fit this one samples: itself, if nothing is changed after the fit."""
        return replace(self, generator=self.generator.partition("@")[0])

    @property
    def changes(self) -> dict[str, Any]:
        """Options that are changed after the fit."""
        return options(self.generator.partition("@")[2])

    @property
    def slug(self) -> str:
        """Folder name of this task."""
        return f"{slug(self.generator)}/seed{self.seed}"

    def stream(self, purpose: str, *, common: bool = False) -> int:
        """Seed of the random numbers for a purpose, 31 bits: of its own for every generator, seed, fold and purpose.

        Args:
            purpose: "fit", "sample", ...
            common: the same for all generators, where they are to differ in nothing but themselves.
        """
        key = json.dumps(["" if common else self.generator, self.seed, self.split.fold, purpose])
        return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) >> 1

    @property
    def harness_seed(self) -> int:
        """Of the harness that scores the task. Each fold has one of its own: the same GEANT4 showers, parted in the
        same way in every fold, would make the mean of their floors no better known than that of one.
        """
        return HARNESS_SEED + (self.split.fold or 0)

    @property
    def typical_fit_s(self) -> float:
        """About how long the fit takes [s], in proportion to its epochs where those are set; 0 if it shares one."""
        if self.fitted != self:
            return 0.0
        cls, given = parse(self.generator)
        quick = self.budget == "quick"
        typical = float(getattr(cls, "typical_fit_s", {}).get("quick" if quick else "standard", 5.0))
        usual = {name: one.default for name, one in options_of(cls).items()}
        usual |= getattr(cls, "quick", {}) if quick else {}
        epochs, of_typical = given.get("epochs"), usual.get("epochs")
        if not isinstance(epochs, int) or not isinstance(of_typical, int) or of_typical < 1:
            return typical  # what is wrong with epochs, the fit tells
        return typical * epochs / of_typical


def slug(text: str) -> str:
    """A folder's name made of a text; a long one is cut, and ends with a digest of the whole."""
    name = re.sub(r"[^A-Za-z0-9._=-]+", "-", text).strip("-")
    if len(name) > MOST_CHARACTERS:
        name = f"{name[: MOST_CHARACTERS - 11]}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"
    return name


def named(text: str) -> tuple[str, str]:
    """What a generator is called, and its name with options: both the same unless it ends in " as NAME".

    Raises:
        InputError: one of them is empty.
    """
    spec, separator, label = text.partition(" as ")
    if not separator:
        return text, text
    if not spec.strip() or not label.strip():
        raise InputError(f"{text!r}: expected GENERATOR as NAME")
    return label.strip(), spec.strip()


def seeds_of(budget: str, seeds: int | Sequence[int] | None = None, split: Split = USUAL) -> Sequence[int]:
    """Training seeds: those, or as many, as are asked for, else those of the budget; one where there are folds.

    Raises:
        InputError: an unknown budget, no seed, or several of each fold.
    """
    if budget not in SEEDS:
        raise InputError(f"budget: expected one of {', '.join(SEEDS)}, found {budget!r}")
    if isinstance(seeds, Sequence):
        if len(split.parts) > 1 or not seeds or len(set(seeds)) < len(seeds) or min(seeds) < 0:
            raise InputError(f"seeds: expected different ones >= 0, and no folds, found {', '.join(map(str, seeds))}")
        return seeds
    if seeds is not None and seeds < 1:
        raise InputError(f"expected seeds >= 1, found {seeds}")
    if len(split.parts) > 1:
        if seeds is not None:
            raise InputError(f"--seeds {seeds}: expected without --folds, each of which has one training")
        return range(1)
    return range(SEEDS[budget] if seeds is None else seeds)


def fit(task: Task, train: Showers | Stream, folder: Path, *, fitted: Path | None = None) -> Generator:
    """Fit a task's generator, or load it where that is done already; continues from a checkpoint.

    Args:
        task: what to fit.
        train: showers to learn from.
        folder: run directory.
        fitted: run directory of `task.fitted`, whose fit is shared.

    Raises:
        InputError: the folder holds another task, another process trains in it, or a fit is to be shared and `fitted`
            is missing.
    """
    there = (folder / CONFIG).exists()
    if there and (model := _fitted(task, folder)) is not None:
        return model
    if hasattr(asked := task.create(), "require_options"):
        asked.require_options()  # before there is a folder
    with locked(folder):
        if not there and (folder / CONFIG).exists() and (model := _fitted(task, folder)) is not None:
            return model  # another process was faster
        for name in (CONFIG, EVALUATION):
            (folder / name).unlink(missing_ok=True)
        digests = plugin_digests(task)
        model, measured = _fit(task, train, folder) if task.fitted == task else _share(task, train, fitted)
        save(model, folder, task={**asdict(task), **measured, PLUGINS: digests})
        return model


def _fitted(task: Task, folder: Path) -> Generator | None:
    """The fitted generator of a run directory; None where a user's file has changed since it was trained."""
    digests = plugin_digests(task)
    old = read_config(folder).get("task", {}).get(PLUGINS, digests)
    if not isinstance(old, dict):
        raise InputError(f"{folder / CONFIG}: task, {PLUGINS}: expected digests by name, found {old!r:.60}")
    if old != digests:
        changed = ", ".join(sorted(name for name in {*old, *digests} if old.get(name) != digests.get(name)))
        logger.warning("%s: the %s has changed since it was trained: trained again", folder, changed)
        return None
    require_same(task, folder)
    of_task = {what.removeprefix("source of "): digest for what, digest in digests.items()}
    saved_with = foreign_sources(folder, getattr(type(task.create()), "plugins", {}))
    return load_generator(folder, trust=saved_with.items() <= of_task.items())  # the user's own files, the same


def require_same(task: Task, folder: Path) -> None:
    """Check that what is fitted in a run directory, if anything is, is this task, with the options of today.

    Raises:
        InputError: it is another, or a version of qgen with other defaults trained it.
    """
    if not (folder / CONFIG).exists():
        return
    config = read_config(folder)
    wanted, recorded = asdict(task), config.get("task", {})
    pairs = {f"task, {name}": (wanted.get(name), recorded.get(name)) for name in {**wanted, **recorded}}
    for name in (*MEASURED, PLUGINS):
        pairs.pop(f"task, {name}", None)
    model, saved = task.create(), config.get("options", {})
    for name in set(getattr(model, "__options__", {})) - set(getattr(model, "plugins", {})):
        pairs[f"options, {name}"] = plain_value(getattr(model, name)), saved.get(name)
    for name, (expected, found) in pairs.items():
        if _listed(expected) != _listed(found):
            raise InputError(f"{folder / CONFIG}: {name}: expected {expected}, found {found}; choose another folder")


def _listed(value: Any) -> Any:
    """The value with lists for tuples, as files have them."""
    return json.loads(json.dumps(value, default=str))


def plugin_digests(task: Task) -> dict[str, str]:
    """Digests of the user's files that a task trains with."""
    model = task.create()
    return model.plugin_digests() if hasattr(model, "plugin_digests") else {}


def save(model: Generator, folder: Path, **entries: Any) -> None:
    """Save a fitted generator, with more entries in its `config.yaml`; the checkpoint of its fit goes.

    Everything is written aside and renamed into place, `config.yaml` last: a folder that has one is whole.

    Raises:
        InputError: the generator wrote no `config.yaml`.
    """
    aside = folder / ".saved"
    try:
        aside.mkdir(parents=True, exist_ok=True)
        model.save(aside)
        if not (aside / CONFIG).exists():
            raise InputError(
                f"{type(model).__name__}: expected save to write {CONFIG}, as qgen.generators.base.BaseGenerator does"
            )
        config = {**yaml.safe_load(read_text(aside / CONFIG)), **plain_value(entries)}  # the parser has its own numbers
        config |= signatures(aside, config, getattr(model, "plugins", {}))
        write(aside / CONFIG, yaml.safe_dump(config, sort_keys=False))
        for path in sorted(aside.iterdir(), key=lambda path: path.name == CONFIG):
            path.replace(folder / path.name)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    (folder / CHECKPOINT).unlink(missing_ok=True)


def _fit(task: Task, train: Showers | Stream, folder: Path) -> tuple[Generator, dict[str, Any]]:
    """The fitted generator, and how long that took."""
    resumed = (folder / CHECKPOINT).exists()
    began = time.perf_counter()
    model = task.create()
    checkpoints = "checkpoint" in inspect.signature(model.fit).parameters  # the protocol does not ask for them
    options: Any = {"checkpoint": folder} if checkpoints else {}
    model = model.fit(train, seed=task.stream("fit"), **options)  # type: ignore[arg-type]
    return model, {"fit_s": time.perf_counter() - began, "resumed": resumed}


def _share(task: Task, train: Showers | Stream, fitted: Path | None) -> tuple[Generator, dict[str, Any]]:
    """The generator of the fit that is shared, changed, and how long that fit took."""
    if fitted is None:
        raise InputError(f"{task.generator}: what follows @ is changed after a fit, by qgen compare")
    model = _changed(fit(task.fitted, train, fitted), task)
    recorded = task_of(fitted)
    return model, {name: recorded[name] for name in MEASURED}


def _changed(model: Generator, task: Task) -> Generator:
    """The model with a task's changes, of what only sampling uses: a row never claims what was not trained."""
    changeable = getattr(model, "after_fit", ())
    for key in task.changes:
        if key not in changeable:
            expected = ", ".join(changeable) or "none for this generator"
            raise InputError(f"{task.generator}: {key!r} cannot be changed after the fit, expected {expected}")
    return model.set_params(**task.changes) if task.changes else model  # type: ignore[attr-defined]
