"""The installed command in a real pseudo-terminal: walked by keys, copied from, killed."""

import os
import re
import signal
import struct
import termios
import time
from fcntl import ioctl

import pytest

from terminal import OpenTerminal, copied

LEAVES_ALTERNATE_SCREEN = b"\x1b[?1049l"
MOUSE_OFF = b"\x1b[?1000l"

pytestmark = pytest.mark.terminal


def test_the_whole_walk_from_services_to_a_copied_command(open_terminal: OpenTerminal) -> None:
    terminal = open_terminal("--demo", SSH_CONNECTION="192.0.2.1 1 192.0.2.2 22")
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
    (text,) = copied(terminal.received)
    assert text.splitlines()[-1] == (
        "kubectl --context demo -n kube-system get configmaps antrea-config -o yaml > antrea-config.bak.yaml"
    )
    terminal.keys("q")
    assert terminal.ended() == 0
    assert LEAVES_ALTERNATE_SCREEN in terminal.received


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_terminal_is_restored_when_the_app_is_told_to_end(
    open_terminal: OpenTerminal, number: signal.Signals
) -> None:
    terminal = open_terminal("--demo")
    terminal.wait_for("shop/web")
    terminal.process.send_signal(number)
    assert terminal.ended() == 128 + number
    assert LEAVES_ALTERNATE_SCREEN in terminal.received
    assert MOUSE_OFF in terminal.received


def test_a_small_terminal_shows_the_drawing_with_its_snat_point(open_terminal: OpenTerminal) -> None:
    terminal = open_terminal("--demo", "seed", "shop/web", columns=80, lines=24)
    text = terminal.wait_for("⇄ SNAT to 10.20.0.1")
    assert "never" in text


def test_without_utf8_the_drawing_is_ascii(open_terminal: OpenTerminal) -> None:
    terminal = open_terminal("--demo", "seed", "shop/web", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    text = terminal.wait_for("!! SNAT")
    assert not [character for character in text if ord(character) > 127]


def test_no_color_writes_no_colour(open_terminal: OpenTerminal) -> None:
    terminal = open_terminal("--demo", "seed", "shop/web", NO_COLOR="1")
    terminal.wait_for("⇄ SNAT")
    assert not re.search(rb"\x1b\[[\d;]*(?:38|48);(?:2|5);", terminal.received)


def test_a_dumb_terminal_gets_questions_and_text_and_no_escape_code(open_terminal: OpenTerminal) -> None:
    terminal = open_terminal("--demo", TERM="dumb")
    terminal.wait_for("Which Service?")
    terminal.keys("shop/web\n")
    terminal.wait_for("Which way out?")
    assert b"The source is changed (S1) from 203.0.113.10 to 10.20.0.1" in terminal.received
    assert b"\x1b" not in terminal.received
    terminal.process.send_signal(signal.SIGINT)  # what ctrl-c sends
    assert terminal.ended() == 130
    assert "Traceback" not in terminal.text


def test_resizing_again_and_again_leaves_a_whole_screen(open_terminal: OpenTerminal) -> None:
    terminal = open_terminal("--demo", "seed", "shop/web")
    terminal.wait_for("⇄ SNAT")
    for columns, lines in ((40, 12), (200, 60), (20, 5), (90, 30), (120, 40)):
        terminal.screen.resize(lines, columns)
        ioctl(terminal._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        os.killpg(terminal.process.pid, signal.SIGWINCH)
        time.sleep(0.05)
    terminal.wait_for("⇄ SNAT 203.0.113.10")
    terminal.keys("q")
    assert terminal.ended() == 0
