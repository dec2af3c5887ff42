"""A weighted form of one's own: value, error, floor, draws and energy bins against what is known of a mean."""

from dataclasses import replace

import numpy as np
import pytest

from qgen import datasets
from qgen.evaluation import evaluate
from qgen.evaluation.pairs import SeedScores, paired_differences
from qgen.metrics import scored
from qgen.metrics.weights import Weighted
from qgen.observables import response
from qgen.representations import represent

pytestmark = pytest.mark.filterwarnings("ignore::qgen.evaluation.SampleSizeWarning")


def mean_shifts(weighings):
    moments = weighings.pool.features.moments
    means = (moments.gaussian(weights)[0][:, 0] for weights in (weighings.a, weighings.b))
    return np.abs(np.subtract(*means))


@scored(weighted=Weighted(mean_shifts, order=0.5, in_bins=True))
def shift(reference, generated):
    raise AssertionError("the weighted form is the metric")


@pytest.fixture(scope="module")
def results():
    """Of one generator with 5 % too much energy, and one with 6 %, made for the energies of the reference."""
    showers = represent(datasets.load("clic/e-", stop=1800), "image8x8")
    test, train, other = (showers.select(slice(start, start + 600)) for start in (0, 600, 1200))
    order, place = np.argsort(other.incident_energy), np.argsort(np.argsort(test.incident_energy))
    other = replace(other.select(order[place]), incident_energy=test.incident_energy)
    generated = [replace(other, voxels=factor * other.voxels) for factor in (1.05, 1.06)]
    found = [evaluate(test, one, floor_reference=train, metrics=[shift]) for one in generated]
    return test, train, generated, found


def test_value_error_and_floor(results):
    test, train, (generated, _), (result, _) = results
    x, y, score = response(test), response(generated), result.scores["shift"]
    assert score.value == pytest.approx(abs(y.mean() - x.mean()), rel=1e-6)
    # Both sides are resampled together where they share energies: the error is that of the paired difference.
    assert score.error == pytest.approx((y - x).std(ddof=1) / np.sqrt(len(x)), rel=0.25)
    sd = np.sqrt(2 * np.concatenate([x, response(train)]).var(ddof=1) / len(x))
    assert score.floor == pytest.approx(sd * np.sqrt(2 / np.pi), rel=0.3)
    assert score.floor_sd == pytest.approx(sd * np.sqrt(1 - 2 / np.pi), rel=0.3)


def test_bins_of_incident_energy(results):
    test, _, (generated, _), (result, _) = results
    edges, scores = result.energy_edges, result.in_energy_bins["shift"]
    for number, score in enumerate(scores):
        inside = (test.incident_energy >= edges[number]) & (test.incident_energy < edges[number + 1])
        expected = abs(response(generated)[inside].mean() - response(test)[inside].mean())
        assert score.value == pytest.approx(expected, rel=1e-6)
        assert score.error > 0
        assert score.floor > result.scores["shift"].floor


def test_draws_cancel_the_common_reference(results):
    """The two differ by 1 % of the energy of the same showers, which is far better known than either shift."""
    first, second = (SeedScores.of([result], "shift") for result in results[3])
    pair = paired_differences({"first": first, "second": second})[0]
    assert pair["p"] < 1e-6
    assert pair["error"] < 0.2 * min(first.error(), second.error())
