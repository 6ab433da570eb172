"""Runs the command line inside the test's own process, as a pipeline would see it."""

import io
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import msgspec

from tui.__main__ import main
from tui.cli.call import Call
from tui.cli.output import Output
from tui.cli.parser import parse


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
    raws = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(raw, encoding=encoding, newline="\n") for raw in raws)
    with patch.object(sys, "argv", [called, *words]), redirect_stdout(out), redirect_stderr(err):
        code = main()
        out.flush()
        err.flush()
    return Ran(int(code), *(raw.getvalue().decode(encoding) for raw in raws))


def written(words: Sequence[str], write: Callable[[Output, Call], None], encoding: str = "utf-8") -> str:
    """What `write` puts on a piped stdout, called as the command line with these words would call it."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    with redirect_stdout(out):
        call = parse(words, "antrea-doctor")
        write(Output(call), call)
        out.flush()
    return raw.getvalue().decode(encoding)
