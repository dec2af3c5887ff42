"""What a comparison will take: by epochs, by fits that are begun, by tasks that have ended."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

import qgen
from qgen.comparison import forecast
from qgen.comparison.forecast import Forecast, fit_seconds
from qgen.comparison.task import Task
from qgen.showers import Showers


@pytest.fixture(scope="module")
def showers() -> Showers:
    return qgen.represent(qgen.load("clic/e-", stop=300), "image8x8")


def tasks(*generators: str, seeds: int = 1) -> list[Task]:
    return [Task(name, "clic/e-", seed=seed, budget="quick") for name in generators for seed in range(seeds)]


def test_it_follows_the_epochs() -> None:
    assert str(Forecast(tasks("qgan", "qvae"))) == "about 2 minutes on 2 cores"
    assert str(Forecast(tasks("qgan:epochs=0", "qvae:epochs=1"))) == "about 1 minute on 2 cores"
    assert str(Forecast(tasks("qgan:epochs=19000"))).startswith("about 2 h 0")


def test_what_ends_takes_the_place_of_what_was_forecast() -> None:
    left = tasks("qgan", "classical/bootstrap", seeds=3)
    known = Forecast(left)
    known.done(left[0], 1000.0, 7.0)
    assert known.seconds == pytest.approx(2 * (1000 + 7) + 3 * (known.fit_s["classical/bootstrap"] + 7))
    known.done(left[1])  # one that failed says nothing
    known.done(left[1])
    assert known.seconds == pytest.approx(1000 + 7 + 3 * (known.fit_s["classical/bootstrap"] + 7))
    for task in left[2:]:
        known.done(task, 1.0, 1.0)
    assert known.seconds == 0


def test_it_is_measured_where_that_is_worth_it(showers: Showers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quick generators first; what has no epochs is as much slower as the others are."""
    monkeypatch.setattr(forecast, "fit_seconds", lambda task, train, share: 3 * task.typical_fit_s or None)
    few = Forecast(tasks("classical/bootstrap"))
    few.measure(showers)
    assert not few.here
    many = Forecast(tasks("qgan", "qcbm", "qvae", seeds=2))
    before = dict(many.fit_s)
    many.measure(showers)
    assert many.here
    assert many.fit_s == pytest.approx({name: 3 * seconds for name, seconds in before.items()})
    monkeypatch.setattr(forecast, "MEASURED_S", 0.0)
    late = Forecast(tasks("qgan", "qcbm", "qvae"))
    late.measure(showers)
    assert late.fit_s == before


def test_a_fit_that_is_begun_tells_how_long_it_takes(
    showers: Showers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """By a clock that goes on by 3 s before the first epoch ends, then by 1 s an epoch; no progress is shown."""
    times = itertools.chain([0.0, 3.0], itertools.count(4.0))
    seen: list[float] = []
    clock = SimpleNamespace(perf_counter=lambda: seen.append(next(times)) or seen[-1])
    monkeypatch.setattr(forecast, "time", clock)
    with caplog.at_level("INFO"):
        assert fit_seconds(Task("qcbm:epochs=400,depth=2", "clic/e-"), showers, 5.5) == 3 + 399
    assert seen[-1] == 6.0
    assert not caplog.records
    assert fit_seconds(Task("classical/bootstrap", "clic/e-"), showers, 1.0) is None
    assert fit_seconds(Task("qcbm:epochs=400", "clic/e-"), showers.select(slice(2)), 1.0) is None


def test_beginning_a_fit_leaves_the_fit_as_it_is(showers: Showers) -> None:
    task = Task("qvae:epochs=2", "clic/e-")
    alone = task.create().fit(showers, seed=0).sample([5e4], seed=0)
    fit_seconds(task, showers, 0.0)
    np.testing.assert_array_equal(task.create().fit(showers, seed=0).sample([5e4], seed=0).voxels, alone.voxels)
