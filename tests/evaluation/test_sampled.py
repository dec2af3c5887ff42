"""Metrics without a weighted form: errors and floors of means, which are known; what a user's function may do."""

from dataclasses import replace

import numpy as np
import pytest

import qgen
from qgen import datasets
from qgen.evaluation import Evaluation, evaluate, truth_floor
from qgen.evaluation.sampled import N_HALVINGS
from qgen.files import InputError
from qgen.metrics import scored
from qgen.observables import response
from qgen.representations import represent
from qgen.showers import Showers

pytestmark = pytest.mark.filterwarnings("ignore::qgen.evaluation.SampleSizeWarning")


@pytest.fixture(scope="module")
def parts() -> tuple[Showers, Showers, Showers]:
    """Test, training and generated showers, 200 each."""
    showers = represent(datasets.load("clic/e-", stop=600), "image8x8")
    return tuple(showers.select(slice(start, start + 200)) for start in (0, 200, 400))


def shift(reference, generated):
    """Of the mean response, the first feature."""
    return float(generated[:, 0].mean() - reference[:, 0].mean())


@scored("seen", showers=True)
def of_showers(reference, generated):
    assert isinstance(reference, Showers)
    return response(generated).mean() - response(reference).mean()


@scored(training=True, better=1.0)
def beyond(training, reference, generated):
    return abs(generated[:, 0].mean() - training[:, 0].mean()) / abs(reference[:, 0].mean() - training[:, 0].mean())


def test_a_mean_has_the_error_and_the_floor_of_a_mean(parts):
    """sqrt(s_x^2/n + s_y^2/m) for both; the floor of a signed difference is 0. As features and from the showers."""
    test, train, generated = parts
    generated = replace(generated, voxels=1.1 * generated.voxels)
    result = evaluate(test, generated, floor_reference=train, metrics=[shift, of_showers])
    x, y = response(test), response(generated)
    expected = np.sqrt((x.var(ddof=1) + y.var(ddof=1)) / 200)
    floor_sd = np.sqrt(2 * np.concatenate([x, response(train)]).var(ddof=1) / 200)
    assert list(result.scores) == ["shift", "seen"]
    for score in result.scores.values():
        assert score.value == pytest.approx(y.mean() - x.mean(), rel=1e-9)
        assert score.error == pytest.approx(expected, rel=4 / np.sqrt(4 * N_HALVINGS))
        assert score.floor_sd == pytest.approx(floor_sd, rel=0.3)
        assert abs(score.floor) < floor_sd
        assert score.z == pytest.approx((score.value - score.floor) / score.floor_sd)
    assert "shift" in result.table()
    assert not result.draws
    assert Evaluation.from_dict(result.to_dict()) == result


def test_a_floor_for_other_sizes_is_wider(parts):
    test, train, _ = parts
    sds = [truth_floor(test, train, n_generated=m, seed=0, metrics=[shift]).scores["shift"].sd for m in (200, 25)]
    assert sds[1] / sds[0] == pytest.approx(np.sqrt((1 / 25 + 1 / 200) / (2 / 200)), rel=0.3)


def test_training_showers_are_given_to_those_who_ask(parts):
    test, train, generated = parts
    value = evaluate(test, generated, floor_reference=train, metrics=[beyond]).scores["beyond"].value
    x, t, y = (response(showers).mean() for showers in (test, train, generated))
    assert value == pytest.approx(abs(y - t) / abs(x - t), rel=1e-6)
    with pytest.raises(InputError, match=r"beyond: expected training showers \(floor_reference, --floor\), found none"):
        evaluate(test, generated, metrics=[beyond])


def test_metrics_keep_their_numbers_in_any_company(parts):
    test, train, generated = parts
    alone, together = (
        evaluate(test, generated, floor_reference=train, metrics=names)
        for names in (["fpd", "recall"], ["kpd", "recall", shift, "fpd", "auc", "sliced_ks"])
    )
    for name in ("fpd", "recall"):
        assert alone.scores[name] == together.scores[name]
    assert alone.draws["fpd"] == together.draws["fpd"]
    assert list(together.scores) == ["kpd", "recall", "shift", "fpd", "auc", "sliced_ks"]
    assert set(together.in_energy_bins) == {"fpd", "auc"}


def test_a_given_floor_must_have_the_metric(parts):
    test, train, generated = parts
    floor = truth_floor(test, train, n_generated=200, seed=0, metrics=["recall"])
    assert evaluate(test, generated, floor=floor, metrics=["recall"]).scores["recall"].z < 10
    with pytest.raises(InputError, match="expected a floor of fpd, found recall"):
        evaluate(test, generated, floor=floor, metrics=["recall", "fpd"])


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (
            lambda: 1 / 0,
            "expected a metric of GEANT4 against GEANT4, found none: broken: ZeroDivisionError: division",
        ),
        (lambda: "much", "found none: broken: expected a number, found 'much'"),
        (lambda: np.nan, "found none: it gives no finite values"),
    ],
)
def test_what_a_user_s_function_does_wrong_is_told_in_one_line(parts, result, told):
    def broken(reference, generated):
        return result()

    with pytest.raises(InputError, match=told):
        evaluate(*parts[:2], floor_reference=parts[2], metrics=[broken])


def test_what_goes_wrong_with_the_generated_showers_is_a_note(parts):
    """GEANT4 can be scored, these cannot."""
    test, train, generated = parts

    def ratio(reference, generated):
        if not generated[:, 0].any():
            raise ValueError("no energy")
        return generated[:, 0].mean() / reference[:, 0].mean()

    empty = replace(generated, voxels=np.zeros_like(generated.voxels))
    score = evaluate(test, empty, floor_reference=train, metrics=[ratio]).scores["ratio"]
    assert np.isnan(score.value)
    assert score.note == "ratio: ValueError: no energy"
    assert score.floor == pytest.approx(1, abs=0.05)


def test_a_stream_gives_the_showers_as_well(parts, tmp_path):
    """A metric of showers sees the same number of them; all of 200 are taken."""
    for name, showers in zip(("test", "train", "generated"), parts, strict=True):
        qgen.save(showers, tmp_path / f"{name}.hdf5")
    streams = [qgen.stream(tmp_path / f"{name}.hdf5", batch_size=60) for name in ("test", "generated", "train")]
    value = evaluate(*streams[:2], floor_reference=streams[2], metrics=[of_showers]).scores["seen"].value
    assert value == pytest.approx(response(parts[2]).mean() - response(parts[0]).mean(), rel=1e-6)
