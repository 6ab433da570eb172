"""The installed command in a real pseudo-terminal: walked by keys, copied from, killed."""

import base64
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path

import pyte
import pytest

COMMAND = Path(sys.executable).parent / "antrea-doctor"
LEAVES_ALTERNATE_SCREEN = b"\x1b[?1049l"
MOUSE_OFF = b"\x1b[?1000l"

pytestmark = pytest.mark.terminal


class Terminal:
    """A command in a pseudo-terminal of a size, with what its screen shows."""

    def __init__(self, *words: str, columns: int = 120, lines: int = 40, **environment: str) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.received = b""
        master, slave = pty.openpty()
        ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        settings = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment}
        self.process = subprocess.Popen(
            [str(COMMAND), *words], stdin=slave, stdout=slave, stderr=slave, env=settings, start_new_session=True
        )
        os.close(slave)
        self._master = master

    def read(self, seconds: float = 0.05) -> None:
        while select.select([self._master], [], [], seconds)[0]:
            try:
                data = os.read(self._master, 65536)
            except OSError:
                return
            if not data:
                return
            self.received += data
            self._stream.feed(data)

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def wait_for(self, wanted: str, seconds: float = 20) -> str:
        end = time.monotonic() + seconds
        while wanted not in self.text:
            assert time.monotonic() < end, f"{wanted!r} never came; the screen shows:\n{self.text}"
            self.read()
        return self.text

    def keys(self, text: str) -> None:
        os.write(self._master, text.encode())

    def ended(self, seconds: float = 10) -> int:
        end = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < end:
            self.read()
        self.read()
        assert self.process.returncode is not None, f"still running; the screen shows:\n{self.text}"
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def start(terminals: list[Terminal], *words: str, columns: int = 120, lines: int = 40, **environment: str) -> Terminal:
    terminal = Terminal(*words, columns=columns, lines=lines, **environment)
    terminals.append(terminal)
    return terminal


def copied(received: bytes) -> list[str]:
    """Texts that the terminal was asked to put into its clipboard (OSC 52)."""
    return [base64.b64decode(found).decode() for found in re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", received)]


def test_the_whole_walk_from_services_to_a_copied_command(terminals: list[Terminal]) -> None:
    terminal = start(terminals, "--demo", SSH_CONNECTION="192.0.2.1 1 192.0.2.2 22")
    terminal.wait_for("shop/web")
    terminal.keys("/")
    terminal.wait_for("words, or risk:never")
    terminal.keys("web\r")
    terminal.wait_for("(1 of 12)")
    terminal.keys("\r")
    terminal.wait_for("⇄ SNAT 203.0.113.10 → 10.20.0.1")
    terminal.keys("2")
    terminal.wait_for("NetworkPolicy shop/allow-office")
    terminal.keys("3")
    terminal.wait_for("Direct server return")
    terminal.keys("\r")
    terminal.wait_for("Steps: 0 of 5 done")
    terminal.keys("c")
    terminal.wait_for("Sent to the terminal")
    texts = copied(terminal.received)
    assert texts == ["kubectl --context demo -n kube-system get configmaps antrea-config -o yaml > antrea-config.bak.yaml"]
    terminal.keys("q")
    assert terminal.ended() == 0
    assert LEAVES_ALTERNATE_SCREEN in terminal.received


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_terminal_is_restored_when_the_app_is_told_to_end(terminals: list[Terminal], number: signal.Signals) -> None:
    terminal = start(terminals, "--demo")
    terminal.wait_for("shop/web")
    terminal.process.send_signal(number)
    assert terminal.ended() == 128 + number
    assert LEAVES_ALTERNATE_SCREEN in terminal.received
    assert MOUSE_OFF in terminal.received


def test_a_small_terminal_shows_the_drawing_with_its_snat_point(terminals: list[Terminal]) -> None:
    terminal = start(terminals, "--demo", "seed", "shop/web", columns=80, lines=24)
    text = terminal.wait_for("⇄ SNAT to 10.20.0.1")
    assert "never" in text


def test_without_utf8_the_drawing_is_ascii(terminals: list[Terminal]) -> None:
    terminal = start(terminals, "--demo", "seed", "shop/web", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    text = terminal.wait_for("!! SNAT")
    assert not [character for character in text if ord(character) > 127]


def test_no_color_writes_no_colour(terminals: list[Terminal]) -> None:
    terminal = start(terminals, "--demo", "seed", "shop/web", NO_COLOR="1")
    terminal.wait_for("⇄ SNAT")
    assert not re.search(rb"\x1b\[[\d;]*(?:38|48);(?:2|5);", terminal.received)


def test_a_dumb_terminal_is_told_where_the_plain_text_is(terminals: list[Terminal]) -> None:
    terminal = start(terminals, "--demo", TERM="dumb")
    assert terminal.ended() == 2
    assert "antrea-doctorcheck" in "".join(terminal.text.split())


def test_resizing_again_and_again_leaves_a_whole_screen(terminals: list[Terminal]) -> None:
    terminal = start(terminals, "--demo", "seed", "shop/web")
    terminal.wait_for("⇄ SNAT")
    for columns, lines in ((40, 12), (200, 60), (20, 5), (90, 30), (120, 40)):
        terminal.screen.resize(lines, columns)
        ioctl(terminal._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        os.killpg(terminal.process.pid, signal.SIGWINCH)
        time.sleep(0.05)
    terminal.wait_for("⇄ SNAT 203.0.113.10")
    terminal.keys("q")
    assert terminal.ended() == 0
