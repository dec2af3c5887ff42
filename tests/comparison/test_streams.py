"""Random numbers of a comparison: a stream of its own for every generator, seed and purpose; a common one of codes."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import qgen
from qgen.comparison.compare import compare
from qgen.comparison.runs import runs_of, samples_of, split_of
from qgen.comparison.split import Split
from qgen.comparison.task import Task, fit
from qgen.networks.response import ResponseModel
from qgen.showers import Showers

QVAE = "qvae:epochs=1,width=16,n_chains=20,partitions=[4,6,6]"
QGAN = "qgan:style,epochs=1,depth=1,width=8"
MEAN = "classical/mean_image"


def test_streams_differ_in_generator_seed_and_purpose():
    tasks = [Task(name, "clic/e-", seed=seed) for name in (QVAE, f"{QVAE}@sampler=exact", QGAN) for seed in (0, 1)]
    own = [task.stream(purpose) for task in tasks for purpose in ("fit", "sample")]
    assert len(set(own)) == len(own)
    assert own == [task.stream(purpose) for task in tasks for purpose in ("fit", "sample")]
    assert {task.stream("code", common=True) for task in tasks if task.seed == 0} == {
        Task(MEAN, "calogan/e+").stream("code", common=True)
    }
    assert tasks[0].stream("code", common=True) != tasks[1].stream("code", common=True)
    folds = [replace(tasks[0], split=Split(folds=3, fold=fold)) for fold in range(3)]
    assert len({task.stream("sample") for task in folds}) == 3


GENERATORS = (MEAN, f"{MEAN}:n_knots=4", QVAE, QGAN)
"""All draw E_tot first, from the same kind of model: with one seed for all it was the same to the last digit."""


def require_own_responses(train: Showers, drawn: Sequence[Showers]) -> None:
    """No two have the same responses, and their standard scores given the energy are uncorrelated."""
    model = ResponseModel.fit(train.incident_energy, train.total_energy)
    for a, b in itertools.combinations(drawn, 2):
        assert np.isclose(a.total_energy, b.total_energy, rtol=1e-4).mean() < 0.02
        scores = [model.standardise(showers.incident_energy, showers.total_energy) for showers in (a, b)]
        assert abs(np.corrcoef(scores)[0, 1]) < 4 / np.sqrt(len(a))


@pytest.fixture(scope="module")
def parts() -> tuple[Showers, Showers]:
    return qgen.represent(qgen.load("clic/e-", stop=1500), "image8x8").split(0.7, seed=0)


def test_generators_of_one_seed_draw_responses_of_their_own(parts, tmp_path: Path):
    train, test = parts
    tasks = [Task(name, "clic/e-", budget="quick") for name in GENERATORS]
    models = [fit(task, train, tmp_path / str(i)) for i, task in enumerate(tasks)]
    energy = test.incident_energy.clip(train.incident_energy.min(), train.incident_energy.max())
    require_own_responses(
        train, [model.sample(energy, seed=task.stream("sample")) for task, model in zip(tasks, models, strict=True)]
    )
    for model in models:  # by the user's choice: common random numbers
        same = [one.sample(energy, seed=0).total_energy for one in (models[0], model)]
        np.testing.assert_allclose(*same, rtol=1e-4)


@pytest.mark.slow
def test_rows_of_a_comparison_draw_responses_of_their_own(parts, tmp_path: Path):
    data = str(tmp_path / "few.hdf5")
    parts[0].save(data)
    compare(data, GENERATORS, tmp_path / "out", metrics=["separation_power"], seeds=1, controls=False)
    train, _ = split_of(tmp_path / "out")
    require_own_responses(train, [samples_of(runs[0]) for runs in runs_of(tmp_path / "out").values()])


@pytest.mark.parametrize("spec", ["qcbm:epochs=0,depth=1", "qcbm:epochs=0,depth=1,ansatz=circuits/product"])
def test_machines_of_one_training_seed_have_the_very_same_bits(spec: str, tmp_path: Path):
    """Though their fits have random numbers of their own; another seed learns another code."""
    train = qgen.represent(qgen.load("clic/e-", stop=400), "image8x8")
    digests = [
        fit(Task(one, "clic/e-", seed=seed), train, tmp_path / f"{i}").code_.digest()
        for i, (one, seed) in enumerate([(spec, 0), ("iqp:code=codebook,epochs=0,operators=20", 0), (spec, 1)])
    ]
    assert digests[0] == digests[1]
    assert digests[0] != digests[2]


def test_a_fit_that_was_interrupted_ends_as_one_that_was_not(tmp_path: Path, monkeypatch):
    """Its random numbers follow from the task, not from what ran before it."""
    train = qgen.represent(qgen.load("clic/e-", stop=300), "image8x8")
    task = Task("qgan:style,epochs=4,depth=1,width=8", "clic/e-")
    whole = fit(task, train, tmp_path / "whole")

    def stopped(epoch: int, row: dict[str, float]) -> None:
        if epoch == 1:
            raise KeyboardInterrupt

    of_class = type(whole).fit

    @wraps(of_class)
    def stopping(self, *args, **given):
        return of_class(self, *args, callbacks=(stopped,), **given)

    with monkeypatch.context() as patched:
        patched.setattr(type(whole), "fit", stopping)
        patched.setattr("qgen.training.loop.time", SimpleNamespace(monotonic=itertools.count(0, 10).__next__))
        with pytest.raises(KeyboardInterrupt):
            fit(task, train, tmp_path / "stopped")
    assert (tmp_path / "stopped" / "checkpoint.pt").exists()
    again = fit(task, train, tmp_path / "stopped")
    energy = train.incident_energy[:50]
    np.testing.assert_array_equal(again.sample(energy, seed=1).voxels, whole.sample(energy, seed=1).voxels)
    assert again.history_ == whole.history_
