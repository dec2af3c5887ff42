"""One scoreboard from several folders, and what may not be put into one."""

import json
import shutil

import pytest

import qgen
from qgen.cli import main
from qgen.comparison.compare import compare
from qgen.comparison.gather import gather
from qgen.files import InputError

pytestmark = pytest.mark.filterwarnings("ignore:incident_energy")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two comparisons of different generators on the same 240 images, with the same floor."""
    root = tmp_path_factory.mktemp("gather")
    data = root / "small.hdf5"
    qgen.save(qgen.represent(qgen.load("clic/e-", stop=240), "image8x8"), data)
    first, second = root / "first", root / "second"
    compare(str(data), ["classical/mean_image"], first, seeds=2)
    second.mkdir()
    shutil.copy(first / "floor.json", second)
    compare(str(data), ["classical/bootstrap"], second)
    return first, second


def test_runs_and_comparisons_become_one(folders, tmp_path):
    first, second = folders
    run = second / "classical-bootstrap" / "seed0"
    board = gather([first, run])
    assert [row["generator"] for row in board["rows"]] == ["classical/mean_image", "classical/bootstrap"]
    assert [row["seeds"] for row in board["rows"]] == [[0, 1], [0]]
    assert {(pair["a"], pair["b"]) for pair in board["paired"]} == {("classical/mean_image", "classical/bootstrap")}
    alone = {path: json.loads((path / "scoreboard.json").read_text()) for path in folders}
    for path, row in zip(folders, board["rows"], strict=True):
        same = alone[path]["rows"][0]["metrics"]
        assert {k: v["value"] for k, v in row["metrics"].items()} == {k: v["value"] for k, v in same.items()}
    assert main(["report", str(first), str(run), "--out", str(tmp_path / "talk"), "--style", "cms"]) == 0
    assert (tmp_path / "talk" / "report.html").exists()
    assert json.loads((tmp_path / "talk" / "scoreboard.json").read_text())["rows"] == json.loads(
        json.dumps(board["rows"])
    )


def test_what_does_not_belong_together(folders, tmp_path, capsys):
    first, second = folders
    with pytest.raises(InputError, match="expected another generator or seed"):
        gather([first, shutil.copytree(first, tmp_path / "copy")])
    other = shutil.copytree(second, tmp_path / "other")
    truth = json.loads((other / "floor.json").read_text())
    truth["floor"]["scores"]["auc"]["value"] = 0.51
    (other / "floor.json").write_text(json.dumps(truth))
    with pytest.raises(InputError, match="with another floor"):
        gather([first, other])
    with pytest.raises(InputError, match=r"found no evaluation\.json"):
        gather([first, tmp_path])
    assert main(["report", str(first), str(second)]) == 2
    assert "expected one folder or --out, found 2 folders" in capsys.readouterr().err


def test_an_old_evaluation_is_refused(folders, tmp_path):
    copy = shutil.copytree(folders[0], tmp_path / "old")
    path = copy / "classical-mean_image" / "seed1" / "evaluation.json"
    content = json.loads(path.read_text())
    del content["evaluation"]["draws"]
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="remove the file to score again"):
        gather([copy / "classical-mean_image" / "seed0", copy / "classical-mean_image" / "seed1"])
