"""No secret and no control character reaches the terminal."""

import json
import logging
import os
import subprocess
import sys

import h5py
import pytest

import qgen
from qgen.cli import main
from qgen.cli.shown import HIDDEN, Formatter, shown

TOKEN = "DEV-" + "0123456789abcdef" * 2 + "01234567"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"using {TOKEN} now", f"using {HIDDEN} now"),
        ("{'X-Auth-Token': 'abc123', 'Accept': 'json'}", f"{{'X-Auth-Token': '{HIDDEN}', 'Accept': 'json'}}"),
        ('{"token": "abc123", "n": 3}', f'{{"token": "{HIDDEN}", "n": 3}}'),
        ("token=abc123&x=1", f"token={HIDDEN}"),
        ("Authorization: Bearer eyJhb.x-y_z", f"Authorization: Bearer {HIDDEN}"),
        ("api_key: s3cret, next", f"api_key: {HIDDEN}, next"),
        ("the token is told nowhere", "the token is told nowhere"),
        ("epoch 3 of 100, loss 4.5\n\tnext", "epoch 3 of 100, loss 4.5\n\tnext"),
        ("\x1b[31mred\x07 é ±", "?[31mred? é ±"),
    ],
)
def test_secrets_are_hidden_and_controls_replaced(text, expected):
    assert shown(text) == expected


def test_secrets_of_the_environment_are_hidden_wherever_they_stand(monkeypatch):
    monkeypatch.setenv("QISKIT_IBM_TOKEN", "plainlookingword")
    assert shown("GET /x?plainlookingword") == f"GET /x?{HIDDEN}"
    assert shown("{'token': 'plainlookingword'}") == "{'token': '[hidden]'}"


def test_log_lines_and_tracebacks_of_others_are_formatted_so():
    try:
        raise ValueError(f"bad request with token: {TOKEN}")
    except ValueError:
        record = logging.LogRecord("dwave.cloud", 10, "x", 1, "token=%s", (TOKEN,), sys.exc_info())
    line = Formatter("%(message)s").format(record)
    assert TOKEN not in line
    assert "ValueError" in line


def test_debug_logs_of_the_vendor_show_no_token(tmp_path):
    """The real client's own lines, by a configuration with a token, of a processor that is not there."""
    (tmp_path / "dwave.conf").write_text(f"[defaults]\ntoken = {TOKEN}\nendpoint = http://127.0.0.1:9/\n")
    code = (
        "import qgen, logging; from qgen.cli import run\n"
        "def go() -> None:\n    from dwave.cloud import Client\n"
        "    logging.getLogger('dwave').setLevel(logging.DEBUG)\n"
        "    Client.from_config(request_timeout=0.2, http_retry_total=0).get_solvers()\n"
        "raise SystemExit(run(go, []))"
    )
    environment = {**os.environ, "DWAVE_CONFIG_FILE": str(tmp_path / "dwave.conf"), "QGEN_LOG": "DEBUG"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert "dwave" in done.stderr.lower() or "127.0.0.1" in done.stderr
    assert HIDDEN in done.stderr
    assert TOKEN not in done.stdout + done.stderr


def test_an_error_that_nobody_expected_shows_no_token():
    code = (
        "from qgen.cli import run\n"
        f"def go() -> None:\n    raise RuntimeError('token: {TOKEN}')\n"
        "raise SystemExit(run(go, []))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert HIDDEN in done.stderr
    assert TOKEN not in done.stderr


def test_what_a_file_says_of_itself_reaches_the_terminal_as_text(tmp_path, capsys):
    path = tmp_path / "a.hdf5"
    qgen.load("clic/e-", stop=20).save(path)
    with h5py.File(path, "r+") as file:
        file.attrs["provenance"] = json.dumps({"origin": "\x1b]0;owned\x07"})
    assert main(["data", "describe", str(path)]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "owned" in out
