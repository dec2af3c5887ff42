"""Defects are what their names say, the false-alarm rate is as stated, and the study continues where it stood."""

import json

import numpy as np
import pytest

import qgen
from qgen.datasets import save
from qgen.evaluation.matching import matched
from qgen.files import InputError
from qgen.observables import features


@pytest.fixture(scope="module")
def pool():
    return qgen.represent(qgen.load("clic/e-", stop=900), "image8x8")


@pytest.fixture(scope="module")
def whole(pool):
    return matched(pool, np.sort(pool.incident_energy)[20:880:2])


@pytest.fixture
def made(find, pool, whole):
    """Showers with a defect, by default of the largest grade."""
    defects = find("defects", "wider").__globals__["DEFECTS"]

    def make(name, grade=None):
        grade = defects[name].grades[-1] if grade is None else grade
        return defects[name].make(pool, whole.incident_energy, grade, np.random.default_rng(0))

    return make


def images(showers):
    return showers.voxels.reshape(-1, 8, 8).astype(np.float64)


def depth(showers):
    return images(showers).sum(axis=1) @ np.arange(8) / showers.total_energy


@pytest.mark.parametrize("name", ["widths", "correlation", "tails", "mode", "energy", "response"])
def test_grade_0_is_no_defect(made, whole, name):
    np.testing.assert_allclose(made(name, 0.0).voxels, whole.voxels, rtol=2e-5, atol=1e-4)
    np.testing.assert_array_equal(made(name).incident_energy, whole.incident_energy)


def test_widths_are_what_is_asked_for(made, whole):
    wide = made("widths")
    (x, names), (y, _) = (features(showers, "image") for showers in (whole, wide))
    for axis in ("row", "column"):
        width, centre = (names.index(f"{axis}_{what}") for what in ("width", "centre"))
        np.testing.assert_allclose(y[:, width], 1.1 * x[:, width], rtol=1e-3)
        np.testing.assert_allclose(y[:, centre], x[:, centre], rtol=1e-3, atol=0.05)
    np.testing.assert_allclose(wide.total_energy, whole.total_energy, rtol=1e-5)


def test_a_row_is_swapped_between_neighbours_in_energy(made, whole):
    before, after = images(whole), images(made("correlation"))
    np.testing.assert_allclose(after.sum(axis=2), before.sum(axis=2), rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(np.delete(after, 3, axis=1), np.delete(before, 3, axis=1), rtol=1e-4, atol=1e-3)
    core, beside = ((x[:, 4, 0] / x[:, 4].sum(axis=1), x[:, 3, 0] / x[:, 3].sum(axis=1)) for x in (before, after))
    assert np.corrcoef(core[0], core[1])[0, 1] > np.corrcoef(beside[0], beside[1])[0, 1] + 0.2


def test_tails_modes_energies_and_responses(made, whole, pool):
    share = pool.voxels / pool.incident_energy[:, None]
    cut = made("tails")
    scale = cut.total_energy / np.minimum(
        whole.voxels, np.quantile(share, 0.9, axis=0) * whole.incident_energy[:, None]
    ).sum(axis=1)
    found = cut.voxels / scale[:, None] / whole.incident_energy[:, None]
    assert np.all(found <= np.quantile(share, 0.9, axis=0) * (1 + 1e-5) + 1e-9)
    np.testing.assert_allclose(cut.total_energy, whole.total_energy, rtol=1e-5)
    assert depth(made("mode")).max() < depth(whole).max()
    assert depth(made("mode")).mean() < depth(whole).mean()
    lower = matched(pool, whole.incident_energy / 1.2)
    np.testing.assert_allclose(made("energy").voxels, 1.2 * lower.voxels, rtol=1e-6)
    np.testing.assert_allclose(made("response").voxels, 1.02 * whole.voxels, rtol=1e-6)


@pytest.mark.parametrize(("n", "beyond"), [(19, 1), (39, 2), (59, 3), (60, 3), (99, 5)])
def test_one_more_faultless_sample_exceeds_the_threshold_in_5_percent(find, n, beyond):
    """Of n + 1 exchangeable values each is as likely the k-th largest: k / (n + 1) <= 5 % lie beyond."""
    threshold = find("power", "threshold")
    null = np.random.default_rng(n).permutation(n).astype(float)
    assert threshold(null) == n - beyond
    assert beyond / (n + 1) <= 0.05 < (beyond + 1) / (n + 1)


def test_power_and_distance_by_hand(find):
    null, found = np.arange(19.0), np.array([10.0, 19.0, 30.0, 25.0])
    one = find("power", "of_metric")(null, found)
    assert one["power"] == 0.75
    assert one["error"] == pytest.approx(np.sqrt(4 / 6 * 2 / 6 / 7))
    assert one["d'"] == pytest.approx((21 - 9) / null.std(ddof=1))


def test_the_mean_power_and_its_error(find):
    """Cells that are told apart surely or never have the error of the threshold only; here none."""
    null = np.random.default_rng(3).normal(size=59)
    sure = find("power", "over_cells")(null, np.array([np.full(20, 9.0), np.full(20, -9.0)]))
    assert sure == {"power": 0.5, "error": 0.0}
    half = np.repeat([-9.0, 9.0], 50)
    alike = find("power", "over_cells")(
        null, np.tile(half, (4, 1))
    )  # four cells of the same trials are no better known
    assert alike["power"] == 0.5
    assert alike["error"] == pytest.approx(np.sqrt(0.25 / 100), rel=0.1)


def test_what_is_bad_of_an_auc(find):
    trials = {str(k): {"auc": value, "mmd": value} for k, value in enumerate([0.5, 0.4, 0.7])}
    found = find("power", "badness")(trials, 3)
    np.testing.assert_allclose(found["auc"], [0, 0.1, 0.2])
    np.testing.assert_allclose(found["auc_above"], found["mmd"])


def test_metrics_together(find):
    """Two metrics that see one defect each see both together; a third that sees nothing is no help."""
    rng = np.random.default_rng(0)
    names = ("auc", "mmd", "sliced_wasserstein", "fpd")
    null = {key: rng.normal(size=99) for key in names}
    cells = [{key: rng.normal(9.0 * (key == seeing), 1, 20) for key in names} for seeing in ("mmd", "fpd")]
    primary, best, *_ = find("power", "together")(null, cells)
    assert primary["metrics"] == ("auc", "mmd", "sliced_wasserstein")
    assert primary["power"] == pytest.approx(0.5, abs=0.1)
    assert {"fpd", "mmd"} < set(best["metrics"])
    assert best["power"] == 1


def test_the_study_continues_and_grows(find, pool, tmp_path, capsys):
    study, keys = find("power"), ["separation", "mmd", "response", "mmd_twice"]
    save(pool, tmp_path / "showers.hdf5")
    given = {"sizes": [150], "null": 19, "metrics": keys, "quick": True, "out": tmp_path}
    given["dataset"] = str(tmp_path / "showers.hdf5")
    study(trials=1, **given)
    table = (tmp_path / "power_150.md").read_text()
    assert table in capsys.readouterr().out
    content = json.loads((tmp_path / "power_150.json").read_text())
    assert [row["defect"] for row in content["rows"]] == [
        "widths",
        "correlation",
        "tails",
        "mode",
        "energy",
        "response",
    ]
    assert content["truth"] == "GEANT4"
    powers = {row["defect"]: {key: one["power"] for key, one in row["metrics"].items()} for row in content["rows"]}
    assert set(powers["widths"]) == set(keys)
    assert powers["widths"]["mmd"] == powers["response"]["response"] == 1
    assert all((tmp_path / f"power_150.{suffix}").stat().st_size > 10_000 for suffix in ("pdf", "png"))
    cell = tmp_path / "150" / "tails-0.1.json"
    first = json.loads(cell.read_text())["trials"]["0"]
    null = (tmp_path / "150" / "none-0.json").stat().st_mtime_ns
    study(trials=2, **given)
    trials = json.loads(cell.read_text())["trials"]
    assert trials["0"] == first != trials["1"]
    assert (tmp_path / "150" / "none-0.json").stat().st_mtime_ns == null
    with pytest.raises(InputError, match=r"none-0.json: expected trials of .*, found .*; choose another folder"):
        study(seed=1, **given)


def test_bad_settings_are_one_line(find, tmp_path):
    study = find("power")
    with pytest.raises(InputError, match="null >= 19, found 150, 1 and 5"):
        study(sizes=[150], trials=1, null=5, out=tmp_path)
    with pytest.raises(InputError, match=r"expected metrics among auc, .*, found auk"):
        study(metrics=["auk"], out=tmp_path)
