"""Copies text for the operator: through tmux, a local clipboard program, the terminal itself, or a file.

A terminal never says whether it took a copied text (OSC 52), so every answer says which way was used and whether
reading the text back proved it. Whatever is not proved lies in a file as well.
"""

import base64
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from platformdirs import user_state_path

from diagnostics.model.text import one_line

PROGRAM_SECONDS = 2.0
TERMINAL_LIMIT = 64 * 1024
_SCREEN_CHUNK = 512  # GNU screen drops device control strings over 768 bytes


class Way(StrEnum):
    """How a text leaves the app; the value is how it is said to the operator."""

    TMUX = "the tmux buffer (paste with prefix ])"
    PBCOPY = "the clipboard, by pbcopy"
    WL_COPY = "the clipboard, by wl-copy"
    XCLIP = "the clipboard, by xclip"
    XSEL = "the clipboard, by xsel"
    CLIP_EXE = "the Windows clipboard, by clip.exe"
    TERMINAL = "the terminal's clipboard (OSC 52)"


@dataclass(frozen=True, slots=True)
class Program:
    """A clipboard program: what it must find in the environment, how it takes a text, how it gives it back.

    `read` is empty when there is no quick way to read the text back.
    """

    way: Way
    needs: str
    write: tuple[str, ...]
    read: tuple[str, ...] = ()


TMUX = Program(Way.TMUX, "TMUX", ("tmux", "load-buffer", "-w", "-"), ("tmux", "show-buffer"))
LOCAL_PROGRAMS = (
    Program(Way.PBCOPY, "", ("pbcopy",), ("pbpaste",)),
    Program(Way.WL_COPY, "WAYLAND_DISPLAY", ("wl-copy",), ("wl-paste", "--no-newline")),
    Program(
        Way.XCLIP,
        "DISPLAY",
        ("xclip", "-in", "-selection", "clipboard"),
        ("xclip", "-out", "-selection", "clipboard"),
    ),
    Program(Way.XSEL, "DISPLAY", ("xsel", "--input", "--clipboard"), ("xsel", "--output", "--clipboard")),
    Program(Way.CLIP_EXE, "WSL_DISTRO_NAME", ("clip.exe",)),
)
_PROGRAM_OF = {program.way: program for program in (TMUX, *LOCAL_PROGRAMS)}


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of a text. `way` is None when only the file was written; `file` is None when none was needed.

    `proved` means that the text was read back equal. `trouble` says why no file could be written, else empty.
    `too_long` is a text that the terminal's clipboard was not asked to take for its length.
    """

    way: Way | None
    proved: bool
    file: Path | None = None
    trouble: str = ""
    too_long: bool = False

    @property
    def sentence(self) -> str:
        """What to tell the operator; claims success only when it is proved."""
        if self.way and self.proved:
            return f"Copied to {self.way.value}."
        nowhere = (
            "Not copied: too long for a terminal's clipboard." if self.too_long else "Not copied: no clipboard here."
        )
        said = f"Sent to {self.way.value}; whether it arrived cannot be checked." if self.way else nowhere
        if self.file:
            return f"{said} It is also in {self.file}" if self.way else f"{said} Written to {self.file}"
        return f"{said} {self.trouble}".rstrip()


BY: dict[str, tuple[Way, ...]] = {
    "tmux": (Way.TMUX,),
    "program": (Way.PBCOPY, Way.WL_COPY, Way.XCLIP, Way.XSEL, Way.CLIP_EXE),
    "terminal": (Way.TERMINAL,),
    "file": (),
}
"""What the config file may ask for, and the ways that are left then; `auto` or nothing asks for no other than ours."""


def ways(environ: Mapping[str, str], has: Callable[[str], bool], size: int, by: str = "") -> tuple[Way, ...]:
    """The ways to try, best first, for a text of `size` bytes; empty when only a file is left.

    `by` is one of BY, as the operator wants it; then no other way is tried.

    `has` tells whether a program is on the PATH. Over SSH a clipboard program would fill the clipboard of the
    wrong machine, so only tmux and the terminal are asked there.
    """
    found = [TMUX.way] if environ.get(TMUX.needs) and has(TMUX.write[0]) else []
    remote = any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY"))
    if not found and not remote:
        found = [program.way for program in LOCAL_PROGRAMS if _usable(program, environ, has)][:1]
    if size <= TERMINAL_LIMIT and _has_terminal(environ):
        found.append(Way.TERMINAL)
    return tuple(way for way in found if way in BY.get(by, tuple(Way)))


def terminal_sequence(text: str, environ: Mapping[str, str]) -> bytes:
    """OSC 52 for the text, wrapped so that tmux or GNU screen hands it to the terminal around them."""
    sequence = b"\x1b]52;c;" + base64.b64encode(text.encode()) + b"\x07"
    if environ.get("TMUX"):
        return b"\x1bPtmux;" + sequence.replace(b"\x1b", b"\x1b\x1b") + b"\x1b\\"
    if environ.get("STY"):
        chunks = (sequence[start : start + _SCREEN_CHUNK] for start in range(0, len(sequence), _SCREEN_CHUNK))
        return b"".join(b"\x1bP" + chunk + b"\x1b\\" for chunk in chunks)
    return sequence


def copy(
    text: str,
    write_to_terminal: Callable[[bytes], object],
    environ: Mapping[str, str] = os.environ,
    folder: Path | None = None,
    by: str = "",
) -> Copied:
    """Copies the text by the first way that takes it; it never ends in a newline then.

    `by` narrows the ways as in `ways`.

    Blocks for at most a few seconds, so call it outside the event loop. `write_to_terminal` gets the bytes of
    OSC 52. `folder` is where the file goes when nothing proved the copy (default: `copies_folder()`).
    """
    text = text.rstrip("\r\n")
    path = environ.get("PATH")
    used: Way | None = None
    too_long = len(text.encode()) > TERMINAL_LIMIT and _has_terminal(environ) and Way.TERMINAL in BY.get(by, tuple(Way))
    for way in ways(environ, lambda name: shutil.which(name, path=path) is not None, len(text.encode()), by):
        if way is Way.TERMINAL:
            write_to_terminal(terminal_sequence(text, environ))
            used = way
            break
        program = _PROGRAM_OF[way]
        if not _run(program.write, environ, text):
            continue
        used = way
        if program.read and _run(program.read, environ) == text.encode():
            return Copied(way, proved=True)
        break
    try:
        return Copied(used, proved=False, file=write_copy(text, folder), too_long=too_long)
    except OSError as error:
        trouble = f"No file could be written either: {one_line(str(error))}." if not used else ""
        return Copied(used, proved=False, trouble=trouble, too_long=too_long)


def copies_folder() -> Path:
    """Where files of copied texts are kept."""
    return user_state_path("antrea-doctor") / "copied"


def write_copy(text: str, folder: Path | None = None) -> Path:
    """Writes the text, without a newline at its end, to a new file that only its owner can read.

    Raises OSError when that is not possible.
    """
    folder = folder or copies_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{datetime.now():%Y%m%d-%H%M%S-%f}.txt"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.rstrip("\r\n").encode())
    return path


def _has_terminal(environ: Mapping[str, str]) -> bool:
    return environ.get("TERM", "dumb") not in ("dumb", "")


def _usable(program: Program, environ: Mapping[str, str], has: Callable[[str], bool]) -> bool:
    return (not program.needs or bool(environ.get(program.needs))) and has(program.write[0])


def _run(command: tuple[str, ...], environ: Mapping[str, str], text: str | None = None) -> bytes | bool:
    """Feeds the text and tells whether the program took it; without a text gives what the program printed."""
    try:
        done = subprocess.run(
            command,
            input=None if text is None else text.encode(),
            stdin=subprocess.DEVNULL if text is None else None,
            # xclip and wl-copy stay behind as servers of the clipboard; a pipe would wait for their end
            stdout=subprocess.PIPE if text is None else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(environ),
            timeout=PROGRAM_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0 if text is not None else done.stdout
