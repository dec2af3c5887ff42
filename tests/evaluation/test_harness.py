"""The harness: floors that GEANT4 itself meets, known distortions found, plain data round trips."""

import json
from dataclasses import replace

import numpy as np
import pytest

from qgen import datasets
from qgen.comparison.summary import summarise
from qgen.evaluation import Evaluation, Floor, SampleSizeWarning, evaluate, truth_floor
from qgen.evaluation.ruler import Ruler
from qgen.files import InputError
from qgen.metrics import built_in
from qgen.observables.views import grid
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
    assert list(result.scores) == [m.key for m in built_in() if not m.training], "no training showers were given"
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
    assert scores["correlation"].z > 8
    assert scores["auc"].z > 8
    assert abs(scores["relative_entropy"].z) < 4


@pytest.mark.filterwarnings("ignore::qgen.evaluation.SampleSizeWarning")
def test_the_projected_side_decides_the_representation(parts):
    native = datasets.load("clic/e-", stop=60)
    images = represent(native, "image8x8")
    asked = ["relative_entropy"]
    assert evaluate(native, images, metrics=asked).representation == "image8x8"
    assert evaluate(images, native, metrics=asked).representation == "image8x8"
    assert evaluate(native, native, representation="depth3", metrics=asked).representation == "depth3"
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
        == "100 showers are few for it: from 125 on (5 for each of the 25 features' covariances)"
    )
    assert result.scores["fpd"].note in result.table()
    with pytest.raises(InputError, match="expected a floor reference, or at least 40 reference showers, found 30"):
        evaluate(test.select(slice(0, 30)), third)


@pytest.mark.filterwarnings("ignore::qgen.evaluation.SampleSizeWarning")
def test_same_seed_same_scores(parts, floor):
    test, train, third = parts
    few = test.select(slice(0, 40)), third.select(slice(0, 40))
    first, second = (evaluate(*few, floor_reference=train.select(slice(0, 60)), seed=3) for _ in range(2))
    assert first == second


def test_evaluation_and_floor_are_plain_data(parts, floor, tmp_path):
    test, _, third = parts
    result = evaluate(test, third.select(slice(0, len(test))), floor=floor)
    result.save(tmp_path / "evaluation.json")
    assert Evaluation.load(tmp_path / "evaluation.json") == result
    assert Floor.from_dict(floor.to_dict()) == floor
    assert all(result.metrics[name].title in result.table() for name in result.scores)


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


def zeros(showers: Showers) -> Showers:
    return replace(showers, voxels=np.zeros_like(showers.voxels))


def one_voxel(showers: Showers) -> Showers:
    voxels = np.zeros_like(showers.voxels)
    voxels[:, 5] = 10
    return replace(showers, voxels=voxels)


EXTREMES = {
    "generated without energy": (lambda s: s, zeros),
    "no energy at all": (zeros, zeros),
    "reference without energy": (zeros, lambda s: s),
    "one voxel, always": (one_voxel, one_voxel),
    "generated in one voxel": (lambda s: s, one_voxel),
    "huge": (lambda s: s, lambda s: replace(s, voxels=s.voxels * 1e25)),
    "tiny": (lambda s: s, lambda s: replace(s, voxels=s.voxels * 1e-25)),
    "one incident energy": (lambda s: replace(s, incident_energy=np.full(len(s), 5e4)),) * 2,
    "other incident energies": (lambda s: s, lambda s: replace(s, incident_energy=s.incident_energy * 1e4)),
    "identical": (lambda s: s, lambda s: s),
}


@pytest.mark.filterwarnings("ignore::qgen.evaluation.SampleSizeWarning", "ignore::qgen.evaluation.SpectraWarning")
@pytest.mark.parametrize("name", EXTREMES)
def test_no_number_without_a_reason(parts, name):
    """Degenerate samples give numbers or say why not; in a table and in JSON."""
    test, _, third = parts
    first, second = EXTREMES[name]
    samples = first(test.select(slice(0, 90))), second(third.select(slice(0, 90)))
    result = evaluate(*samples, allow_different_energies=True)
    for metric, score in result.scores.items():
        assert np.isfinite([score.value, score.error, score.z]).all() or score.note, metric
    assert "nan" not in result.table()
    json.dumps(result.to_dict(), allow_nan=False)


@pytest.mark.filterwarnings("ignore::qgen.evaluation.SampleSizeWarning")
def test_very_unequal_sizes(parts):
    test, train, third = parts
    result = evaluate(test.select(slice(0, 25)), train.select(slice(600)), floor_reference=third.select(slice(600)))
    assert result.n_generated == 24 * result.n_reference
    assert abs(result.scores["auc"].z) < 4
    assert all(score.note or np.isfinite(score.z) for score in result.scores.values())


def test_geometries_that_cannot_be_compared_are_told_apart():
    showers = datasets.load("calogan/e+", stop=40)
    layers = list(showers.geometry.layers)
    layers[1] = replace(layers[1], edges=(tuple(np.add(layers[1].edges[0], 1.0).tolist()), layers[1].edges[1]))
    moved = replace(showers, geometry=replace(showers.geometry, layers=tuple(layers)))
    with pytest.raises(InputError, match="found layer 1 of other edges, depth or threshold in reference and generated"):
        evaluate(showers, moved)
    with pytest.raises(InputError, match=r"'calogan' with 3 layers .* as the reference and 'clic' with 25 layers"):
        evaluate(showers, datasets.load("clic/e-", stop=40))


def test_energy_bins_see_what_the_whole_does_not(parts, floor):
    """A wrong scale in the highest energies only."""
    test, _, third = parts
    third = third.select(slice(0, len(test)))
    high = third.incident_energy >= floor.ruler.energy_edges[3]
    voxels = third.voxels * np.where(high, 1.08, 1.0)[:, None].astype(np.float32)
    bins = evaluate(test, replace(third, voxels=voxels), floor=floor).in_energy_bins
    assert bins.keys() == {"auc", "fpd", "separation"}
    z = [score.z for score in bins["auc"]]
    assert z[3] > 8
    assert max(map(abs, z[:3])) < 4
    assert [score.z for score in bins["separation"]][3] > 5
    assert all(len(scores) == 4 for scores in bins.values())


def test_memorised_showers_are_found(parts, floor):
    test, train, third = parts
    asked = ["memorisation"]
    whole = truth_floor(test, train, n_generated=len(third), seed=0, metrics=asked)
    copied = train.select(slice(0, len(third)))
    scores = {
        name: evaluate(test, showers, floor=whole, floor_reference=train, metrics=asked).scores["memorisation"]
        for name, showers in (("copied", copied), ("new", third))
    }
    assert scores["copied"].value == 0
    assert scores["copied"].z < -10
    assert abs(scores["new"].z) < 4


@pytest.mark.parametrize("matched", [True, False])
def test_the_floor_scales_with_the_number_of_showers(parts, matched):
    """Partings of half the size, brought to the size of the evaluation, agree with partings of that size."""
    test, train, _ = parts
    names = ["separation", "sliced_wasserstein", "sliced_ks", "fpd"]
    brought, direct = (
        truth_floor(test, other, n_generated=len(test), seed=0, matched=matched, metrics=names)
        for other in (None, train)
    )
    assert "brought to 750 against 750" in brought.how
    assert "brought" not in direct.how
    for name in names:
        assert brought.scores[name].value == pytest.approx(direct.scores[name].value, rel=0.2)
        assert brought.scores[name].sd == pytest.approx(direct.scores[name].sd, rel=0.5)


def test_bins_of_a_discrete_observable_hold_equal_numbers_of_its_steps(parts):
    """Occupancy in 64 pixels: a uniform one is flat, whatever the number of bins."""
    showers = parts[0].select(slice(0, 640))
    on = np.arange(64) < np.repeat(np.arange(1, 65), 10)[:, None]
    uniform = replace(showers, voxels=on * np.float32(5.0))
    histogram = summarise(uniform, Ruler.of(uniform, uniform))["histograms"]["occupancy"]
    assert len(set(np.round(np.diff(histogram["edges"]), 12))) == 1
    assert set(histogram["counts"][1:-1]) == {30}
    assert sum(histogram["counts"]) == 640


def test_a_floor_is_for_one_evaluation(parts, floor):
    test, _, third = parts
    with pytest.raises(
        InputError, match="is for 750 against 750 showers of other energies in 'image8x8', found 750 ag"
    ):
        evaluate(test, third, floor=floor)


@pytest.mark.filterwarnings("ignore::qgen.evaluation.SampleSizeWarning")
def test_copies_are_told(parts):
    """The reference itself as the generated and as the training showers."""
    test = parts[0].select(slice(0, 60))
    result = evaluate(test, test, floor_reference=test)
    assert "same showers" in result.scores["auc"].note
    assert "of the same energies" in result.table()
    assert "of other energies" in evaluate(test, parts[2].select(slice(0, 60)), metrics=["fpd"]).table()
    assert np.isnan(result.scores["memorisation"].value)
    assert result.scores["memorisation"].note


@pytest.mark.filterwarnings("ignore::qgen.evaluation.SampleSizeWarning")
def test_floors_of_neighbours_are_for_the_sizes_of_the_evaluation(parts):
    """GEANT4 against a fifth as many GEANT4 showers: fewer neighbours are covered, and that is no fault."""
    test, train, third = parts
    few = truth_floor(test, train, n_generated=150, seed=0, metrics=["coverage"])
    samples = [third.select(slice(k, k + 150)) for k in (0, 300, 600)]
    values = [evaluate(test, sample, floor=few, metrics=["coverage"]).scores["coverage"] for sample in samples]
    assert all(abs(score.z) < 4 for score in values)
    assert few.scores["coverage"].value < 0.8
    halves, wholes = (
        truth_floor(test, other, n_generated=len(test), seed=0, metrics=["precision"]).scores["precision"].sd
        for other in (None, train)
    )
    assert halves == pytest.approx(wholes, rel=0.4)
