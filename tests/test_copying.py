"""Copying takes the way that reaches the operator's own clipboard, and never claims more than was proved."""

import base64
import os
import pty
import re
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal import COMMAND, OpenTerminal
from terminal import copied as copied_texts
from tui.copying import PROGRAM_SECONDS, TERMINAL_LIMIT, Way, copy, terminal_sequence, ways, write_copy

TEXT = "kubectl --context 'a b' -n shop annotate service web x=y"

WAYS = [
    # environment, programs that exist, size, expected ways
    ({"TERM": "xterm"}, {"pbcopy"}, 10, (Way.PBCOPY, Way.TERMINAL)),
    ({"TERM": "xterm", "WAYLAND_DISPLAY": "wayland-0"}, {"wl-copy", "xclip"}, 10, (Way.WL_COPY, Way.TERMINAL)),
    ({"TERM": "xterm", "DISPLAY": ":0"}, {"wl-copy", "xclip", "xsel"}, 10, (Way.XCLIP, Way.TERMINAL)),
    ({"TERM": "xterm", "DISPLAY": ":0"}, {"xsel"}, 10, (Way.XSEL, Way.TERMINAL)),
    ({"TERM": "xterm"}, {"xclip", "xsel", "wl-copy"}, 10, (Way.TERMINAL,)),  # no display to talk to
    ({"TERM": "xterm", "WSL_DISTRO_NAME": "Debian"}, {"clip.exe"}, 10, (Way.CLIP_EXE, Way.TERMINAL)),
    ({"TERM": "xterm", "SSH_CONNECTION": "1 2 3 4", "DISPLAY": ":10"}, {"xclip", "pbcopy"}, 10, (Way.TERMINAL,)),
    ({"TERM": "xterm", "SSH_TTY": "/dev/pts/3"}, {"pbcopy"}, 10, (Way.TERMINAL,)),
    ({"TERM": "tmux-256color", "TMUX": "/tmp/t,1,0"}, {"tmux", "pbcopy"}, 10, (Way.TMUX, Way.TERMINAL)),
    ({"TERM": "screen", "TMUX": "/tmp/t,1,0", "SSH_TTY": "x"}, {"tmux"}, 10, (Way.TMUX, Way.TERMINAL)),
    ({"TERM": "xterm", "TMUX": "/tmp/t,1,0"}, set(), 10, (Way.TERMINAL,)),
    ({"TERM": "xterm"}, set(), TERMINAL_LIMIT, (Way.TERMINAL,)),
    ({"TERM": "xterm"}, set(), TERMINAL_LIMIT + 1, ()),
    ({"TERM": "xterm", "TMUX": "/tmp/t,1,0"}, {"tmux"}, TERMINAL_LIMIT + 1, (Way.TMUX,)),
    ({"TERM": "dumb"}, set(), 10, ()),
    ({}, set(), 10, ()),
]


@pytest.mark.parametrize(("environ", "programs", "size", "expected"), WAYS)
def test_the_way_follows_from_the_environment(
    environ: dict[str, str], programs: set[str], size: int, expected: tuple[Way, ...]
) -> None:
    assert ways(environ, programs.__contains__, size) == expected


def test_the_terminal_gets_the_text_in_base64() -> None:
    sequence = terminal_sequence("grüße", {"TERM": "xterm"})
    assert sequence == b"\x1b]52;c;" + base64.b64encode("grüße".encode()) + b"\x07"


def test_tmux_passes_the_sequence_on_with_every_escape_doubled() -> None:
    inner = terminal_sequence(TEXT, {})
    assert terminal_sequence(TEXT, {"TMUX": "x"}) == b"\x1bPtmux;\x1b" + inner + b"\x1b\\"


def test_gnu_screen_gets_chunks_that_it_does_not_drop() -> None:
    wrapped = terminal_sequence("x" * 5000, {"STY": "1.pts", "TERM": "screen"})
    chunks = re.findall(rb"\x1bP(.*?)\x1b\\", wrapped, re.DOTALL)
    assert b"".join(chunks) == terminal_sequence("x" * 5000, {})
    assert len(chunks) > 1
    assert max(map(len, chunks)) < 768


def test_an_unproved_copy_says_so_and_lies_in_a_file_too(tmp_path: Path) -> None:
    written: list[bytes] = []
    copied = copy(TEXT + "\n\n", written.append, {"TERM": "xterm"}, tmp_path)
    assert written == [terminal_sequence(TEXT, {})]
    assert (copied.way, copied.proved) == (Way.TERMINAL, False)
    assert "cannot be checked" in copied.sentence
    assert copied.file
    assert str(copied.file) in copied.sentence
    assert copied.file.read_text() == TEXT


def test_without_any_clipboard_the_file_is_named(tmp_path: Path) -> None:
    copied = copy(TEXT, _never, {"TERM": "dumb"}, tmp_path / "new")
    assert copied.way is None
    assert copied.sentence == f"Not copied: no clipboard here. Written to {copied.file}"


def test_a_text_too_long_for_the_terminal_lies_in_a_file_and_the_reason_is_said(tmp_path: Path) -> None:
    copied = copy("x" * (TERMINAL_LIMIT + 1), _never, {"TERM": "xterm"}, tmp_path)
    assert copied.sentence == f"Not copied: too long for a terminal's clipboard. Written to {copied.file}"
    assert not copied.proved


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("auto", (Way.TMUX, Way.TERMINAL)),
        ("tmux", (Way.TMUX,)),
        ("program", ()),
        ("terminal", (Way.TERMINAL,)),
        ("file", ()),
    ],
)
def test_the_config_file_narrows_the_ways(by: str, expected: tuple[Way, ...]) -> None:
    environ = {"TERM": "xterm", "TMUX": "/tmp/t,1,0"}
    assert ways(environ, {"tmux"}.__contains__, 10, by) == expected


def test_one_command_a_manifest_and_the_whole_plan_reach_a_real_pty(open_terminal: OpenTerminal) -> None:
    view = ("--demo", "proxy-all", "partner/intake", "--view", "remedy:guard-nodeport")
    terminal = open_terminal(*view, SSH_CONNECTION="x")
    terminal.wait_for("Which client ranges")
    terminal.keys("203.0.113.0/24\r")
    terminal.wait_for("Steps: 0 of")
    before = 0
    found = {}
    for key in "cYpuP":
        terminal.keys(key)
        for _ in range(100):
            terminal.read(0.05)
            if len(copied_texts(terminal.received)) > before:
                break
        texts = copied_texts(terminal.received)
        assert len(texts) == before + 1, f"{key} copied nothing:\n{terminal.text}"
        before, found[key] = len(texts), texts[-1]
    assert "kubectl --context demo" in found["c"]
    assert "kind: ClusterNetworkPolicy" in found["Y"]
    assert "kubectl --context demo" in found["p"]
    assert "kubectl --context demo" in found["u"]
    assert all(part in found["P"] for part in ("set -eu", "ClusterNetworkPolicy", "203.0.113.0/24"))
    assert len(set(found.values())) == len(found)
    assert not any(text.endswith("\n") for text in found.values())
    said = " ".join(terminal.text.split())
    assert "cannot be checked" in said
    assert "Copied" not in said


def test_the_app_in_a_real_tmux_fills_its_buffer(tmux: dict[str, str], tmp_path: Path) -> None:
    environ = {**tmux, "XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "config")}

    def of_tmux(*words: str) -> str:
        return subprocess.run(["tmux", *words], env=environ, check=False, capture_output=True, text=True).stdout

    def until(wanted: str, *words: str) -> str:
        end = time.monotonic() + 30
        while wanted not in (seen := of_tmux(*words)):
            assert time.monotonic() < end, seen
            time.sleep(0.1)
        return seen

    screen = ("capture-pane", "-p", "-t", "app")
    of_tmux("new-session", "-d", "-s", "app", "-x", "120", "-y", "40", f"{COMMAND} --demo seed shop/web")
    until("SNAT", *screen)
    of_tmux("send-keys", "-t", "app", "c")
    until("Copied to the tmux buffer", *screen)
    assert "203.0.113.10 → 10.20.0.10:8080 │  ⇄ 10.20.0.1 → 10.20.0.10:8080" in of_tmux("show-buffer")


def test_a_folder_that_cannot_be_written_is_said_and_not_raised(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("")
    copied = copy(TEXT, _never, {"TERM": "dumb"}, blocker / "copied")
    assert copied.file is None
    assert copied.sentence.startswith("Not copied: no clipboard here. No file could be written either:")


def test_files_of_copies_are_for_their_owner_only(tmp_path: Path) -> None:
    path = write_copy(TEXT + "\n", tmp_path / "copied")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.read_bytes() == TEXT.encode()


FAKE = """#!/bin/sh
case "$*" in *-in*) cat > "$STORE";; *) {read};; esac
"""


@pytest.mark.parametrize(
    ("read", "proved"), [('cat "$STORE"', True), ("echo other", False), ("exit 1", False)], ids=["same", "other", "no"]
)
def test_a_clipboard_program_counts_as_proved_only_when_it_gives_the_text_back(
    tmp_path: Path, read: str, proved: bool
) -> None:
    environ = _with_program(tmp_path, "xclip", FAKE.format(read=read))
    copied = copy(TEXT + "\n", _never, environ, tmp_path / "copied")
    assert (copied.way, copied.proved) == (Way.XCLIP, proved)
    assert (tmp_path / "store").read_text() == TEXT
    assert (copied.file is None) is proved


def test_a_clipboard_program_that_fails_hands_over_to_the_terminal(tmp_path: Path) -> None:
    written: list[bytes] = []
    environ = _with_program(tmp_path, "xclip", "#!/bin/sh\nexit 1\n")
    assert copy(TEXT, written.append, environ, tmp_path / "copied").way is Way.TERMINAL
    assert written


def test_a_clipboard_program_that_hangs_is_given_up(tmp_path: Path) -> None:
    environ = _with_program(tmp_path, "xclip", "#!/bin/sh\nexec sleep 30\n")
    started = time.monotonic()
    assert copy(TEXT, lambda _: None, environ, tmp_path / "copied").way is Way.TERMINAL
    assert time.monotonic() - started < PROGRAM_SECONDS + 2


def test_a_clipboard_server_that_stays_behind_does_not_hold_the_copy_up(tmp_path: Path) -> None:
    script = '#!/bin/sh\ncase "$*" in *-in*) cat > "$STORE"; sleep 5 & ;; *) cat "$STORE";; esac\n'
    started = time.monotonic()
    assert copy(TEXT, _never, _with_program(tmp_path, "xclip", script), tmp_path / "copied").proved
    assert time.monotonic() - started < PROGRAM_SECONDS


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a shell inside a fresh tmux server of our own."""
    if not shutil.which("tmux"):
        pytest.skip("tmux is not installed")
    base = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "TMUX_TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    subprocess.run(["tmux", "-f", "/dev/null", "new-session", "-d", "-s", "copy"], env=base, check=True)
    try:
        where = ["tmux", "display-message", "-p", "-t", "copy", "#{socket_path},#{pid},0"]
        yield {**base, "TMUX": subprocess.check_output(where, env=base, text=True).strip()}
    finally:
        subprocess.run(["tmux", "kill-server"], env=base, check=True)


def test_a_real_tmux_receives_the_bytes(tmux: dict[str, str], tmp_path: Path) -> None:
    text = f"{TEXT}\nsecond line, ümlaut, 'quotes' and $(dollar)"
    copied = copy(text + "\n", _never, tmux, tmp_path / "copied")
    assert (copied.way, copied.proved, copied.file) == (Way.TMUX, True, None)
    assert subprocess.check_output(["tmux", "show-buffer"], env=tmux) == text.encode()
    assert "tmux buffer" in copied.sentence


def test_a_tmux_whose_server_is_gone_hands_over_to_the_terminal(tmp_path: Path) -> None:
    if not shutil.which("tmux"):
        pytest.skip("tmux is not installed")
    written: list[bytes] = []
    environ = {"PATH": os.environ["PATH"], "TERM": "tmux", "TMUX": f"{tmp_path}/gone,1,0", "HOME": str(tmp_path)}
    assert copy(TEXT, written.append, environ, tmp_path / "copied").way is Way.TERMINAL
    assert written[0].startswith(b"\x1bPtmux;")


def test_a_real_terminal_receives_the_sequence(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    try:
        copy(TEXT, lambda data: os.write(follower, data), {"TERM": "xterm", "SSH_TTY": "x"}, tmp_path / "copied")
        received = os.read(leader, 4096)
    finally:
        os.close(leader)
        os.close(follower)
    found = re.search(rb"\x1b\]52;c;([^\x07]*)\x07", received)
    assert found
    assert base64.b64decode(found[1]).decode() == TEXT


def _never(data: bytes) -> None:
    raise AssertionError(f"nothing should be written to the terminal, got {data!r}")


def _with_program(tmp_path: Path, name: str, script: str) -> dict[str, str]:
    """An environment with a display in which a clipboard program of ours comes first."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / name
    program.write_text(script)
    program.chmod(0o755)
    return {
        "PATH": f"{folder}:/usr/bin:/bin",
        "DISPLAY": ":0",
        "TERM": "xterm",
        "STORE": str(tmp_path / "store"),
    }
