"""Controls that must fail: which they are, in which scoreboards, and when a scoreboard says that one does not."""

from pathlib import Path

import numpy as np
import pytest

import qgen
from qgen.comparison.compare import compare
from qgen.comparison.controls import CONTROLS, unfailed
from qgen.comparison.scoreboard import gather
from qgen.evaluation.pairs import SeedScores
from qgen.generators.spec import parse
from qgen.metrics import Description
from qgen.plugins import generators


def test_they_are_the_generators_that_say_so():
    assert [name for name in generators() if parse(name)[0].control] == list(CONTROLS)


def of_seeds(*values: float, seed: int = 0) -> SeedScores:
    """Scores with an error of 0.01 of the showers, of which other generators have another."""
    draws = np.random.default_rng(seed).normal(0, 0.01, (len(values), 100))
    return SeedScores(np.array(values), np.full(len(values), 0.01), np.array(values)[:, None] + draws)


def told(control: SeedScores, generator: SeedScores, better: str | float = "lower") -> bool:
    rows = [{"generator": "c", "control": True}, {"generator": "g"}]
    described = {"m": Description("m", better=better), "n": Description("n", primary=False)}
    found = unfailed(rows, {"c": {"m": control, "n": control}, "g": {"m": generator, "n": generator}}, described)
    assert [(one["control"], one["generator"], one["metric"]) for one in found] in ([], [("c", "g", "m")])
    if found:
        assert found[0]["difference"] == pytest.approx(control.value - generator.value)
    return not found


@pytest.mark.parametrize("n_seeds", [1, 2, 3])
def test_it_fails_where_it_is_worse_and_told_apart(n_seeds):
    """Worse by 10 of the error of a difference; by none; and better by 10."""
    generator = of_seeds(*[0.5] * n_seeds)
    for shift, better in ((0.14, "lower"), (-0.14, "higher"), (0.14, 0.45), (-0.24, 0.45)):
        assert told(of_seeds(*[0.5 + shift] * n_seeds, seed=1), generator, better)
    for shift, better in ((0.005, "lower"), (-0.14, "lower"), (0.14, "higher"), (-0.1, 0.45)):
        assert not told(of_seeds(*[0.5 + shift] * n_seeds, seed=1), generator, better)


def test_what_trainings_spread_counts_from_three_on():
    """Two trainings tell no spread: their mean is taken as of one."""
    assert told(of_seeds(0.60, 0.61, seed=1), of_seeds(0.40, 0.60))
    assert not told(of_seeds(0.60, 0.61, 0.60, seed=1), of_seeds(0.40, 0.60, 0.50))


def test_it_stands_against_generators_and_one_of_a_generator_against_that():
    rows = [
        {"generator": "a"},
        {"generator": "b"},
        {"generator": "a (floor)", "floor_of": ["a"]},
        {"generator": "c", "control": True},
        {"generator": "a (resampled)", "control": True, "control_of": ["a"]},
        {"generator": "without a value"},
    ]
    seeds = {row["generator"]: {"m": of_seeds(0.5, seed=i)} for i, row in enumerate(rows)}
    seeds["without a value"] = {"m": SeedScores(np.zeros(0), np.zeros(0), np.zeros((0, 0)))}
    found = unfailed(rows, seeds, {"m": Description("m")})
    assert [(one["control"], one["generator"]) for one in found] == [("c", "a"), ("c", "b"), ("a (resampled)", "a")]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:incident_energy")
def test_they_are_in_every_comparison(tmp_path: Path):
    """Last, without ranks; those of machines with the same bits once; and joined comparisons have each once."""
    data = str(tmp_path / "small.hdf5")
    qgen.represent(qgen.load("clic/e-", stop=400), "image8x8").save(data)
    code = "shape_bits=3,response_bits=2"
    circuits = [f"qcbm:{code},depth=2,epochs=100 as trained", f"qcbm:{code},depth=2,epochs=0 as untrained"]
    board = compare(data, [*circuits, "classical/bootstrap"], tmp_path / "first", seeds=3, metrics=["auc"])
    names = [row["generator"] for row in board["rows"]]
    shared = "trained (codewords resampled)"
    assert names == [
        *("trained", "trained (quantisation floor)", shared, "untrained", "classical/bootstrap"),
        *CONTROLS,
    ]
    rows = dict(zip(names, board["rows"], strict=True))
    assert {name for name, row in rows.items() if row.get("control")} == {shared, *CONTROLS}
    assert rows[shared]["control_of"] == ["trained", "untrained"]
    assert rows["trained (quantisation floor)"]["floor_of"] == ["trained", "untrained"]
    for name, row in rows.items():
        assert ("rank" in row["metrics"]["auc"]) == (name in ("trained", "untrained", "classical/bootstrap")), name
    assert {one[side] for one in board["paired"] for side in "ab"} == {"trained", "untrained", "classical/bootstrap"}
    told = {(one["control"], one["generator"], one["metric"]) for one in board["unfailed"]}
    assert (shared, "untrained", "auc") in told, "an untrained circuit draws other codewords than showers have"
    assert ("classical/mean_image", "trained", "auc") not in told
    left_out = compare(data, circuits, tmp_path / "first", seeds=3, metrics=["auc"], controls=False)
    assert [row["generator"] for row in left_out["rows"]] == [
        *("trained", "trained (quantisation floor)", "untrained"),
        "classical/bootstrap",  # finished in this folder before
    ]
    assert left_out["unfailed"] is None
    again = compare(data, ["classical/gaussian_copula"], tmp_path / "second", seeds=3, metrics=["auc"])
    (tmp_path / "first" / "scoreboard.json").unlink()
    joined = gather([tmp_path / "first", tmp_path / "second"])["rows"]
    mains = [row["generator"] for row in joined if not {"control_of", "floor_of"} & row.keys()]
    assert sorted(mains) == sorted(
        ["trained", "untrained", "classical/bootstrap", "classical/gaussian_copula", *CONTROLS]
    )
    assert [row["metrics"] for row in again["rows"][1:]] == [
        next(row for row in joined if row["generator"] == name)["metrics"] for name in CONTROLS
    ]
