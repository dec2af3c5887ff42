"""Whose code is it that came with a saved generator? What somebody saves is signed with a key of their own.

So one's own models load without a word, and those of others only where they are trusted. The key is made when it is
first needed, in the folder of the user's configuration, and never leaves it; where none can be kept, nothing is signed.
"""

import hmac
import os
import secrets

from qgen.files import local

N_BYTES = 32


def sign(content: bytes) -> str:
    """The user's signature of some code; empty where there can be no key."""
    key = _key()
    return hmac.new(key, content, "sha256").hexdigest() if key else ""


def is_own(content: bytes, signature: object) -> bool:
    """Whether the user has signed this code."""
    own = sign(content)
    return bool(own) and isinstance(signature, str) and hmac.compare_digest(own, signature)


def _key() -> bytes:
    """The user's key, made where there is none; empty where none can be kept."""
    path = local(os.environ.get("XDG_CONFIG_HOME") or "~/.config") / "qgen" / "key"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(N_BYTES))
        key = path.read_bytes()
    except OSError:
        return b""
    return key if len(key) == N_BYTES else b""
