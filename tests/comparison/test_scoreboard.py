"""Training curves over the seeds, from the files of the runs."""

from qgen.comparison.scoreboard import _history


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
