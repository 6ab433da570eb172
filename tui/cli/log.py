"""The log of faults: a file for its owner only, without secrets."""

import os
import re
import sys
import traceback
from datetime import datetime
from pathlib import Path

from platformdirs import user_log_path

from diagnostics.model.text import plain

_NAMES = "token|password|secret|client-key-data|client-certificate-data|authorization"
_SECRETS = re.compile(
    rf"(?P<key>(?i:{_NAMES})[\"']?\s*[:=]\s*[\"']?(?:(?i:bearer|basic)\s+)?)[^\s\"',}}]+"
    r"|(?P<bearer>(?i:bearer|basic)\s+)[\w.~+/=-]+"
    r"|\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"  # a JSON web token
    r"|-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----",
    re.DOTALL,
)


def log_file() -> Path:
    """Where faults are written."""
    return user_log_path("antrea-doctor") / "antrea-doctor.log"


def without_secrets(text: str) -> str:
    """The text with tokens, passwords and keys struck out."""
    return _SECRETS.sub(lambda found: f"{found['bearer'] or found['key'] or ''}[removed]", text)


def log_fault(fault: BaseException) -> Path | None:
    """Appends the traceback, without values of variables; None when no file can be written."""
    told = without_secrets(plain("".join(traceback.format_exception(fault))))
    words = without_secrets(" ".join(sys.argv))
    path = log_file()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{datetime.now():%Y-%m-%d %H:%M:%S} {plain(words)}\n{told}\n")
    except OSError:
        return None
    return path
