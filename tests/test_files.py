import os
import shutil
import subprocess
import sys

import pytest

from qgen.files import InputError, compiled, local, read_text, replacing, write


def test_success_renames_the_new_file_over_the_old_one(tmp_path):
    target = tmp_path / "deep" / "er" / "scores.json"
    for text in ("old", "new"):
        with replacing(target) as aside:
            assert aside.parent == target.parent
            assert aside.suffix == ".json"
            aside.write_text(text)
            assert not target.exists() or target.read_text() == "old"
        assert target.read_text() == text
    assert list(target.parent.iterdir()) == [target]


def test_failure_keeps_the_old_file_and_leaves_nothing_else(tmp_path):
    target = tmp_path / "scores.json"
    target.write_text("old")

    def write_and_fail():
        with replacing(target) as aside:
            aside.write_text("half")
            raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError, match="interrupted"):
        write_and_fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_permissions_are_those_of_a_plainly_written_file(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        with replacing(tmp_path / "a.txt") as aside:
            aside.write_text("")
    finally:
        os.umask(before)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == mode


def test_input_error_is_a_value_error():
    assert issubclass(InputError, ValueError)


def test_text_is_utf8_whatever_the_locale(tmp_path):
    code = r"from qgen.files import read_text, write; write('a.txt', '0.5 \u00b1 0.1'); print(len(read_text('a.txt')))"
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=plain, capture_output=True, text=True)
    assert done.stdout == "9\n", done.stderr
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbf\xc3\xa9")
    assert read_text(tmp_path / "a.txt") == "\u00e9"


def test_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert local("~/runs") == tmp_path / "runs"
    assert str(local("~nobody-of-this-name/a")) == "~nobody-of-this-name/a"
    write("~/deep/a.txt", "here")
    assert (tmp_path / "deep" / "a.txt").read_text() == "here"


def test_a_link_in_the_way_is_not_followed(tmp_path):
    """The temporary name was always the same: a link there had the text written into another file."""
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / ".a.partial.txt").symlink_to(victim)
    write(tmp_path / "a.txt", "new")
    assert victim.read_text() == "mine"
    with replacing(tmp_path / "b.txt") as one, replacing(tmp_path / "b.txt") as other:
        assert one != other
        one.write_text("one")
        other.write_text("other")
    assert (tmp_path / "b.txt").read_text() == "one"


def test_what_a_killed_process_left_is_removed(tmp_path):
    code = "import os; from qgen.files import replacing\nwith replacing('a.txt') as aside: os.kill(os.getpid(), 9)"
    alive = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from qgen.files import replacing\nwith replacing('a.txt'): print('in', flush=True); input()",
        ],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert alive.stdout.readline() == "in\n"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": os.pathsep.join(sys.path)})
    assert len(list(tmp_path.glob(".a.*"))) == 2
    write(tmp_path / "a.txt", "here")
    assert len(list(tmp_path.glob(".a.*"))) == 1
    alive.communicate("\n")
    assert list(tmp_path.iterdir()) == [tmp_path / "a.txt"]


def test_loops_are_compiled_without_a_cache_too():
    """What has no file has no place for Numba's cache, as where folders cannot be written."""
    space = {}
    exec("def twice(x): return 2 * x", space)
    twice = compiled(nogil=True)(space["twice"])
    assert twice(2.5) == 5.0
    assert twice.signatures


def test_a_full_disk_is_told_as_one(tmp_path, monkeypatch):
    """Whatever a library raises; what was there stays."""
    path = tmp_path / "out"
    path.write_text("old")
    usage = shutil.disk_usage(tmp_path)
    with pytest.raises(RuntimeError, match="unrelated"), replacing(path):
        raise RuntimeError("unrelated")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(OSError, match="No space left on device; nothing is lost") as error, replacing(path):
        raise RuntimeError("the writer failed")
    assert (error.value.filename, path.read_text()) == (str(path), "old")
    assert [one.name for one in tmp_path.iterdir()] == ["out"]
