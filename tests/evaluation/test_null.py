"""The null of what is scored: GEANT4 in place of a generator, and generators that ignore the energy."""

from dataclasses import replace

import numpy as np
import pytest

import qgen
from qgen.evaluation import FloorScore, Score, evaluate, truth_floor
from qgen.evaluation.matching import matched
from qgen.evaluation.ruler import Ruler
from qgen.files import InputError
from qgen.metrics import classifier_auc
from qgen.observables import features
from qgen.representations import represent

pytestmark = pytest.mark.filterwarnings("ignore::qgen.evaluation.SampleSizeWarning")
PRIMARY = ["auc", "fpd", "separation"]


def thirds(name: str, representation: str, n: int):
    showers = represent(qgen.load(name, stop=4 * n), representation)
    return (showers.select(slice(a * n, b * n)) for a, b in ((0, 1), (1, 2), (2, 4)))


def test_the_floor_of_matched_showers_is_lower():
    """What is common to both sides cannot differ: profiles of showers of equal energies fluctuate far less."""
    test, train, _ = thirds("calogan/e+", "native", 400)
    floors = [
        truth_floor(test, train, n_generated=400, seed=0, matched=pairs, metrics=["profile_mse", "fpd"]).scores
        for pairs in (True, False)
    ]
    assert floors[0]["profile_mse"].value < 0.1 * floors[1]["profile_mse"].value
    assert floors[0]["fpd"].value < floors[1]["fpd"].value


def test_geant4_matched_in_energy_is_at_the_floor_and_is_told_from_an_independent_one():
    test, train, third = thirds("calogan/e+", "native", 400)
    result = evaluate(test, matched(third, test.incident_energy), floor_reference=train, metrics=[*PRIMARY, "mmd"])
    assert result.same_energies
    assert "in pairs of one energy" in result.floor
    assert max(abs(score.z) for score in result.scores.values()) < 3
    floor = truth_floor(test, train, n_generated=400, seed=0, metrics=PRIMARY)
    with pytest.raises(
        InputError, match=r"is for 400 against 400 showers of other energies in 'native', found .* the same"
    ):
        evaluate(test, matched(third, test.incident_energy), floor=floor, metrics=PRIMARY)


@pytest.mark.parametrize("name", ["calogan/pi+", "calogan/e+"])
def test_showers_that_ignore_their_energy_are_found(name):
    """Training showers handed out at random under the test energies: AUC 0.487 and 0.511 without E_inc."""
    test, train, _ = thirds(name, "native", 900)
    order = np.random.default_rng(0).permutation(len(train))
    blind = replace(train.select(order), incident_energy=test.incident_energy)
    result = evaluate(test, blind, floor_reference=train, metrics=PRIMARY)
    assert result.scores["auc"].value > 0.67
    assert result.scores["auc"].z > 8
    assert result.scores["fpd"].z > 10
    assert result.scores["separation"].z > 10
    assert min(score.value for score in result.in_energy_bins["auc"]) > 0.6
    assert all(score.z > 5 for score in result.in_energy_bins["separation"])


@pytest.mark.parametrize(
    ("name", "representation"),
    [("calochallenge/2", "native"), pytest.param("clic/e-", "native", marks=pytest.mark.slow)],
)
def test_shapes_that_ignore_the_energy_are_found(name, representation):
    """The shape of a random training shower with the right E_tot: AUC 0.639 and 0.606 without E_inc."""
    test, train, third = thirds(name, representation, 500)
    right = matched(third, test.incident_energy).total_energy
    order = np.random.default_rng(0).permutation(len(train))
    shapes = train.voxels[order] / np.maximum(train.total_energy[order], 1e-9)[:, None]
    blind = replace(test, voxels=(shapes * right[:, None]).astype(np.float32))
    result = evaluate(test, blind, floor_reference=train, metrics=["auc", "separation"])
    assert result.scores["auc"].value > 0.8
    assert result.scores["separation"].z > 10


def test_p_values_count_the_partings_that_are_as_bad():
    floor = FloorScore.of(np.arange(1.0, 20.0))
    assert Score.of(19.5, 0.1, floor).p == pytest.approx(1 / 20)
    assert Score.of(10.0, 0.1, floor).p == pytest.approx(11 / 20)
    assert Score.of(10.0, 0.1, floor, better="higher").p == pytest.approx(11 / 20)
    assert Score.of(0.5, 0.1, floor, better="higher").p == pytest.approx(1 / 20)
    assert Score.of(0.5, 0.1, floor, better=10.0).p == pytest.approx(1 / 20)
    assert np.isnan(Score.of(0.5, 0.1, FloorScore(0.5, 0.1, 0.4, 0.6)).p)


def test_p_values_of_a_skewed_null_are_right():
    """A distance near its floor: |z| > 1.64 is no one-sided 5 %, but the quantile is, to a percent."""
    rng = np.random.default_rng(0)
    draws = (rng.normal(size=(4000, 200, 2)) ** 2).sum(axis=-1)
    p = [FloorScore.of(row[1:]).p_value(row[0], "lower") for row in draws]
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.01)
    z = (draws[:, 0] - draws[:, 1:].mean(axis=1)) / draws[:, 1:].std(axis=1)
    assert abs(np.mean(z > 3) - 0.00135) > 0.01


def test_pairs_share_a_fold():
    rng = np.random.default_rng(0)
    rows, folds = rng.normal(size=(300, 3)), np.arange(300) % 5
    apart = [classifier_auc(rows, rows, seed=k)[0] for k in range(3)]
    together = classifier_auc(rows, rows, folds=(folds, folds))[0]
    assert max(apart) < 0.45, "twins in another fold have the other label"
    assert together == pytest.approx(0.5, abs=1e-9)
    with pytest.raises(InputError, match="folds: expected showers of both samples in each"):
        classifier_auc(rows, rows, folds=(folds, np.zeros(300)))


def test_histograms_hold_training_showers_as_they_hold_others():
    """With the extremes of the training showers as edges, none of them was in a flow bin, and others were."""
    test, train, third = thirds("clic/e-", "image8x8", 1000)
    ruler = Ruler.of(test, train)
    for showers in (train, third):
        rows, number = features(showers, ruler.feature_set)[0], ruler.bin_within(showers.incident_energy)
        outside = []
        for k, of_bin in enumerate(ruler.all_edges):
            for column, edges in zip(rows[number == k].T, of_bin, strict=True):
                outside.append(np.mean((column < edges[0]) | (column >= edges[-1])))
        assert 0.015 < np.mean(outside) < 0.03
