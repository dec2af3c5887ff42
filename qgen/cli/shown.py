"""What may reach a terminal: no secrets, whoever logs them, and no control characters of other people's files."""

import logging
import os
import re
import unicodedata

HIDDEN = "[hidden]"
NAMES = re.compile(r"token|secret|password|credential|api_?key", re.IGNORECASE)
"""Of variables of the environment whose values are secrets."""
LEAST = 8
"""Characters of a secret."""
SECRETS = re.compile(
    r"\b[A-Za-z0-9]{2,8}-[0-9a-f]{32,}\b"  # D-Wave's
    r"|(?<=bearer )\S+"
    r"|(?:(?<=token)|(?<=auth)|(?<=authorization)|(?<=password)|(?<=secret)|(?<=apikey)|(?<=api_key)|(?<=api-key))"
    r"(?P<between>['\"]?\s*[:=]\s*['\"]?(?:bearer\s+|basic\s+)?)(?P<value>[^\s'\",;})\]]+)",
    re.IGNORECASE,
)


def shown(text: str) -> str:
    """Text as it may be shown: secrets hidden, control characters but line ends and tabs as a question mark."""
    text = SECRETS.sub(lambda match: (match["between"] or "") + HIDDEN, text)
    for name, value in os.environ.items():
        if NAMES.search(name) and len(value) >= LEAST:
            text = text.replace(value, HIDDEN)
    return "".join(c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs") else "?" for c in text)


class Formatter(logging.Formatter):
    """Formats log lines of qgen and of all that it uses, tracebacks too, as they may be shown."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return shown(super().format(record))
