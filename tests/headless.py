"""Runs the command line inside the test's own process, as a pipeline would see it."""

import io
import shlex
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import msgspec

from tui.__main__ import main


@dataclass(frozen=True)
class Ran:
    """How a command ended, with what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its stdout as JSON."""
        return msgspec.json.decode(self.out)


def doctor(line: str | Sequence[str], called: str = "antrea-doctor", encoding: str = "utf-8") -> Ran:
    """`antrea-doctor LINE` with pipes for stdout and stderr."""
    words = shlex.split(line) if isinstance(line, str) else list(line)
    written = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(raw, encoding=encoding, newline="\n") for raw in written)
    with patch.object(sys, "argv", [called, *words]), redirect_stdout(out), redirect_stderr(err):
        code = main()
        out.flush()
        err.flush()
    return Ran(int(code), *(raw.getvalue().decode(encoding) for raw in written))
