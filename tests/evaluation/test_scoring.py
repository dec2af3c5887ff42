"""The harness: floors that GEANT4 itself meets, known distortions found, plain data round trips."""

import numpy as np
import pytest

from qgen import datasets
from qgen.distributions import Ruler, grid, summarise
from qgen.evaluation import LABELS, Evaluation, Floor, SampleSizeWarning, evaluate, truth_floor
from qgen.files import InputError
from qgen.representations import represent
from qgen.showers import Showers


@pytest.fixture(scope="module")
def parts() -> tuple[Showers, Showers, Showers]:
    """Three disjoint sets of GEANT4 images: test, training, and a third as a perfect generator."""
    images = represent(datasets.load("clic/e-", stop=3000), "image8x8")
    test, rest = images.split(0.25, seed=1)
    return test, *rest.split(0.6, seed=2)


@pytest.fixture(scope="module")
def floor(parts) -> Floor:
    return truth_floor(parts[0], parts[1], n_generated=len(parts[0]), seed=0)


def test_geant4_meets_its_own_floor(parts, floor):
    test, _, third = parts
    result = evaluate(test, third.select(slice(0, len(test))), floor=floor)
    assert set(result.scores) == set(LABELS) - {"memorisation"}, "no training showers were given"
    assert max(abs(score.z) for score in result.scores.values()) < 4
    assert np.mean([abs(score.z) for score in result.scores.values()]) < 2


def test_a_shift_of_the_energy_scale_is_found(parts, floor):
    test, _, third = parts
    scaled = third.select(slice(0, len(test)))
    scaled = Showers(scaled.voxels * 1.1, scaled.incident_energy, scaled.geometry)
    scores = evaluate(test, scaled, floor=floor).scores
    assert scores["response"].value == pytest.approx(0.1, abs=0.01)
    assert scores["response"].z > 20
    assert scores["auc"].z > 5
    assert scores["separation"].z > 5
    assert scores["relative_entropy"].z < 4, "the shape of the mean image is unchanged"


def test_shuffled_pixels_break_correlations_only(parts, floor):
    """Every pixel of its own, from showers of nearly the same energy: marginals stay, correlations go."""
    test, _, third = parts
    order = np.argsort(third.incident_energy)
    voxels = third.voxels[order].copy()
    rng = np.random.default_rng(0)
    for start in range(0, len(voxels), 10):
        voxels[start : start + 10] = rng.permuted(voxels[start : start + 10], axis=0)
    shuffled = Showers(voxels, third.incident_energy[order], third.geometry).split(len(test) / len(third), seed=0)[0]
    scores = evaluate(test, shuffled, floor=floor).scores
    assert scores["correlation"].z > 10
    assert scores["auc"].z > 10
    assert abs(scores["relative_entropy"].z) < 4


@pytest.mark.filterwarnings("ignore::qgen.evaluation.SampleSizeWarning")
def test_the_projected_side_decides_the_representation(parts):
    native = datasets.load("clic/e-", stop=60)
    images = represent(native, "image8x8")
    assert evaluate(native, images).representation == "image8x8"
    assert evaluate(images, native).representation == "image8x8"
    assert evaluate(native, native, representation="depth3").representation == "depth3"
    with pytest.raises(InputError, match="cannot turn 'image8x8' into 'profile8'"):
        evaluate(native, images, representation="profile8")
    with pytest.raises(InputError, match="expected one geometry, found 'clic'"):
        evaluate(native, datasets.load("calogan/e+", stop=60))


def test_without_training_showers_the_floor_is_from_halves(parts):
    test, _, third = parts
    with pytest.warns(SampleSizeWarning, match="100 showers are few for: classifier AUC, FPD"):
        result = evaluate(test.select(slice(0, 100)), third.select(slice(0, 100)))
    assert "halves of the reference" in result.floor
    assert (
        result.scores["fpd"].note
        == "100 showers are few for it: from 115 on (5 for each of the 23 features' covariances)"
    )
    assert result.scores["fpd"].note in result.table()
    with pytest.raises(InputError, match="at least 20 showers"):
        evaluate(test.select(slice(0, 30)), third)


@pytest.mark.filterwarnings("ignore::qgen.evaluation.SampleSizeWarning")
def test_same_seed_same_scores(parts, floor):
    test, train, third = parts
    few = test.select(slice(0, 40)), third.select(slice(0, 40))
    first, second = (evaluate(*few, floor_reference=train.select(slice(0, 60)), seed=3) for _ in range(2))
    assert first == second


def test_evaluation_and_floor_are_plain_data(parts, floor, tmp_path):
    test, _, third = parts
    result = evaluate(test, third, floor=floor)
    result.save(tmp_path / "evaluation.json")
    assert Evaluation.load(tmp_path / "evaluation.json") == result
    assert Floor.from_dict(floor.to_dict()) == floor
    assert all(LABELS[name] in result.table() for name in result.scores)


def test_histograms_keep_every_shower(parts):
    test, train, third = parts
    ruler = Ruler.of(test, train)
    summary = summarise(third, ruler)
    for histogram in summary["histograms"].values():
        assert sum(histogram["counts"]) == len(third)
    total = third.total_energy.mean()
    for profile in summary["profiles"].values():
        assert sum(profile["mean"]) == pytest.approx(total, rel=1e-6)
    image = np.array(summary["mean_image"]["energy"])
    assert summary["mean_image"]["axes"] == ["y", "depth"]
    np.testing.assert_allclose(image.ravel(), third.voxels.mean(axis=0, dtype=float), rtol=1e-6)


def test_grid_axes():
    showers = datasets.load("calochallenge/2", stop=3)
    names, cells = grid(showers.geometry, showers.voxels)
    assert names == ["depth", "angle", "r"]
    assert cells.shape == (3, 45, 16, 9)
    showers = datasets.load("calogan/e+", stop=3)
    names, cells = grid(showers.geometry, showers.voxels)
    assert names == ["depth"]
    assert cells.shape == (3, 3)


def test_native_showers_have_the_mean_of_their_8x8_image():
    for name, axes in (
        ("calogan/e+", ["phi", "eta"]),
        ("clic/e-", ["y", "depth"]),
        ("calochallenge/2", ["r", "depth"]),
    ):
        showers = datasets.load(name, stop=40)
        picture = summarise(showers, Ruler.of(showers, showers))["mean_image"]
        expected = represent(showers, "image8x8").voxels.mean(axis=0, dtype=float)
        assert picture["axes"] == axes
        np.testing.assert_allclose(np.ravel(picture["energy"]), expected, rtol=1e-5)
