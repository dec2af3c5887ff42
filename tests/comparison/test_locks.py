"""One process at a time trains in a run directory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from qgen.comparison.locks import LOCK, locked
from qgen.files import InputError


@pytest.fixture
def sleeper():
    """Another process that lives."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process.pid
    process.kill()
    process.wait()


def started(process: int) -> str:
    return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]


def test_a_process_that_trains_is_not_disturbed(tmp_path, sleeper):
    with locked(tmp_path / "run"):
        told = json.loads((tmp_path / "run" / LOCK).read_text())
        assert told["process"] == os.getpid()
        told_of = pytest.raises(InputError, match=rf"run: in use by process {os.getpid()} on .*; wait for it, or if it")
        with told_of, locked(tmp_path / "run"):
            pass
    assert not list((tmp_path / "run").iterdir())
    for other in (told | {"process": sleeper, "started": started(sleeper)}, told | {"host": "elsewhere"}):
        (tmp_path / "run" / LOCK).write_text(json.dumps(other))
        told_of = pytest.raises(InputError, match=f"in use by process {other['process']} on {other['host']}")
        with told_of, locked(tmp_path / "run"):
            pass
        assert json.loads((tmp_path / "run" / LOCK).read_text()) == other


def test_what_a_killed_process_left_is_taken_over(tmp_path, sleeper):
    """One that is gone; one whose number another process has now; a lock that nobody wrote in full."""
    told = {"host": os.uname().nodename, "process": 2**22 + 1, "started": "1"}
    for left in (json.dumps(told), json.dumps(told | {"process": sleeper}), "", "[]"):
        (tmp_path / LOCK).write_text(left)
        with locked(tmp_path):
            assert json.loads((tmp_path / LOCK).read_text())["process"] == os.getpid()
        assert not list(tmp_path.iterdir())


def test_where_files_cannot_have_two_names_there_is_no_lock(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    with locked(tmp_path):
        assert not list(tmp_path.iterdir())
