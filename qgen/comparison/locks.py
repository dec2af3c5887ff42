"""Who trains in a run directory? One process at a time, which a lock file names."""

import json
import os
import platform
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qgen.files import InputError, lives, read_text

LOCK = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes out of a run directory. A lock that a killed process of this machine left is taken over.

    Raises:
        InputError: another process has it; says which, and what to do.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / LOCK
    aside = folder / f"{LOCK}-{secrets.token_hex(8)}"
    try:
        aside.write_text(json.dumps(_self()), encoding="utf-8")
        while not _linked(aside, lock):
            if _is_held(owner := _owner(lock)):
                raise InputError(
                    f"{folder}: in use by process {owner.get('process')} on {owner.get('host')}; wait for it, or if it "
                    f"is gone, remove {lock}"
                )
            lock.unlink(missing_ok=True)
    finally:
        aside.unlink(missing_ok=True)
    try:
        yield
    finally:
        if _owner(lock) == _self():
            lock.unlink(missing_ok=True)


def _linked(aside: Path, lock: Path) -> bool:
    """Put a lock there, with its content at once; True as well where a file cannot have two names: no lock then."""
    try:
        os.link(aside, lock)
    except FileExistsError:
        return False
    except OSError:
        return True
    return True


def _self() -> dict[str, Any]:
    return {"host": _host(), "process": os.getpid(), "started": _started(os.getpid())}


def _host() -> str:
    return platform.node()


def _owner(lock: Path) -> dict[str, Any]:
    """What a lock says; nothing where it cannot be read, or is gone."""
    try:
        owner = json.loads(read_text(lock))
    except (OSError, ValueError):
        return {}
    return owner if isinstance(owner, dict) else {}


def _is_held(owner: dict[str, Any]) -> bool:
    """Whether the process that a lock names still runs; one of another machine is believed to."""
    if owner.get("host") != _host():
        return bool(owner)
    process = owner.get("process")
    return isinstance(process, int) and _started(process) == owner.get("started") and lives(process)


def _started(process: int) -> str:
    """When a process started, in ticks since the machine did; empty where that cannot be told, as on macOS."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
