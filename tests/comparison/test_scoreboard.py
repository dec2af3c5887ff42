"""Training curves over the seeds, from the files of the runs; and which rows are compared."""

import numpy as np
import pytest

from qgen.comparison.scoreboard import _history, _paired
from qgen.evaluation.pairs import ALPHA, SeedScores, paired_differences
from qgen.metrics.registry import built_in_descriptions


def test_curves_over_seeds(tmp_path):
    """Mean, lowest and highest of two seeds, as far as the shorter run goes; an epoch without validation has None."""
    for seed, text in enumerate(
        ("epoch,loss,validation\n0,4.0,\n1,2.0,3.0\n2,1.0,2.0\n", "epoch,loss,validation\n0,2.0,\n1,1.0,5.0\n")
    ):
        folder = tmp_path / f"seed{seed}"
        folder.mkdir()
        (folder / "history.csv").write_text(text)
    folders = [tmp_path / "seed0", tmp_path / "seed1"]
    assert _history(folders) == {
        "epoch": [0.0, 1.0],
        "curves": {
            "loss": {"mean": [3.0, 1.5], "low": [2.0, 1.0], "high": [4.0, 2.0]},
            "validation": {"mean": [None, 4.0], "low": [None, 3.0], "high": [None, 5.0]},
        },
    }


def test_nothing_trained_nothing_to_show(tmp_path):
    assert _history([tmp_path]) is None
    (tmp_path / "history.csv").write_text("")
    assert _history([tmp_path]) is None


def equal_generators(rng, n_seeds):
    """The AUC of ten equal generators: 0.03 from one training to the next, 0.01 of the test showers that all share."""
    showers, common = rng.normal(0, 0.01), rng.normal(0, 0.01, 100)
    scores = {}
    for name in "abcdefghij":
        values = 0.55 + showers + rng.normal(0, np.hypot(0.03, 0.004), n_seeds)
        draws = values[:, None] + common + rng.normal(0, 0.004, (n_seeds, 100))
        scores[name] = SeedScores(values, np.full(n_seeds, 0.011), draws)
    return scores


def claims(scores):
    """The rows and paired differences of a scoreboard of these generators."""
    rows = [{"generator": name, "metrics": {"auc": {"value": one.value}}} for name, one in scores.items()]
    paired = _paired(
        rows, {name: {"auc": one} for name, one in scores.items()}, {"auc": built_in_descriptions()["auc"]}
    )
    return rows, paired


@pytest.mark.parametrize(("n_seeds", "before"), [(1, 0.95), (2, 0.15)])
def test_one_or_two_trainings_claim_nothing(n_seeds, before):
    """Without the rule, most scoreboards of one training each call equal generators separated."""
    rng = np.random.default_rng(0)
    boards = [equal_generators(rng, n_seeds) for _ in range(50)]
    for scores in boards:
        rows, paired = claims(scores)
        assert paired == []
        assert not any("rank" in row["metrics"]["auc"] for row in rows)
    false = [min(pair["p_holm"] for pair in paired_differences(scores)) < ALPHA for scores in boards]
    assert np.mean(false) >= before


def test_five_trainings_rarely_claim_what_is_not_there():
    """At least one false claim among 45 pairs in 5 % of the scoreboards or fewer; and those rows have ranks."""
    rng = np.random.default_rng(1)
    false = []
    for _ in range(150):
        rows, paired = claims(equal_generators(rng, 5))
        false.append(min(pair["p_holm"] for pair in paired) < ALPHA)
        assert {row["metrics"]["auc"]["rank"] > 1 for row in rows} == ({False, True} if false[-1] else {False})
    assert np.mean(false) <= 0.05
