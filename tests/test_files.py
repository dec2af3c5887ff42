import os

import pytest

from qgen.files import InputError, replacing


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
