"""The installed command in a real pseudo-terminal: walked by keys, copied from, killed."""

import os
import re
import signal
import struct
import sys
import termios
import time
from fcntl import ioctl

import pytest

from terminal import OpenTerminal, Terminal, copied

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
    assert "demo - Antrea v2.7.0" in text
    assert "\\x" not in text
    assert "\\u" not in text
    assert not [byte for byte in terminal.received if byte > 127]


@pytest.mark.parametrize(
    ("locale", "is_ascii"),
    [
        ({"LC_ALL": "C"}, True),
        ({"LANG": "POSIX"}, True),
        ({"LC_ALL": "", "LC_CTYPE": "de_DE.ISO-8859-1", "LANG": "C.UTF-8"}, True),
        ({"LANG": "C", "LC_ALL": "C.UTF-8"}, False),
        ({"LANG": "de_DE.utf8"}, False),
        ({}, False),
    ],
)
def test_the_locale_that_the_operator_set_decides_on_box_characters(
    open_terminal: OpenTerminal, locale: dict[str, str], is_ascii: bool
) -> None:
    words = {"LC_ALL": "", "LC_CTYPE": "", "LANG": "", **locale}
    terminal = open_terminal("--demo", "seed", "shop/web", **words)
    text = terminal.wait_for("!! SNAT" if is_ascii else "⇄ SNAT")
    assert any(ord(character) > 127 for character in text) is not is_ascii


def test_sixteen_colours_are_enough(open_terminal: OpenTerminal) -> None:
    terminal = open_terminal("--demo", "seed", "shop/web", TERM="xterm", COLORTERM="")
    terminal.wait_for("⇄ SNAT")
    assert not re.search(rb"\x1b\[[\d;]*[34]8;[25];", terminal.received)
    assert re.search(rb"\x1b\[[\d;]*(?:3|9)[0-7]", terminal.received)


@pytest.mark.parametrize(("columns", "lines"), [(40, 24), (40, 10), (300, 100)])
def test_a_narrow_and_a_huge_terminal_show_the_list_and_the_service(
    open_terminal: OpenTerminal, columns: int, lines: int
) -> None:
    terminal = open_terminal("--demo", columns=columns, lines=lines)
    terminal.wait_for("Services (12)")
    terminal.keys("/shop/web\r\r")
    terminal.wait_for("never")
    terminal.wait_for("1 Path")
    terminal.keys("q")
    assert terminal.ended() == 0


CRASH = """
import sys
from tui.screens.services import ServicesScreen
def broken(self):
    secret = "token-of-the-operator"
    raise RuntimeError("planted fault")
ServicesScreen.action_sort = broken
from tui.__main__ import main
sys.argv[0] = "antrea-doctor"
sys.exit(main(["--demo"]))
"""


def test_a_crash_restores_the_terminal_and_says_so_without_local_values() -> None:
    terminal = Terminal("-c", CRASH, command=sys.executable)
    try:
        terminal.wait_for("shop/web")
        terminal.keys("s")
        assert terminal.ended() == 5
    finally:
        terminal.close()
    after = terminal.received.partition(LEAVES_ALTERNATE_SCREEN)[2].decode()
    assert MOUSE_OFF in terminal.received
    assert "this is a fault of antrea-doctor, please report it (RuntimeError: planted fault)" in after
    assert "Traceback" not in after
    assert "token-of-the-operator" not in after


def test_the_text_of_a_screen_is_given_to_the_terminal_without_borders_and_its_mouse(
    open_terminal: OpenTerminal,
) -> None:
    terminal = open_terminal("--demo", "seed", "shop/web", SSH_CONNECTION="x")
    terminal.wait_for("⇄ SNAT")
    terminal.keys("2")
    terminal.wait_for("Found (")
    before = len(terminal.received)
    terminal.keys("t")
    terminal.wait_for("enter comes back")
    handed = terminal.received[before:]
    assert LEAVES_ALTERNATE_SCREEN in handed
    assert MOUSE_OFF in handed
    text = handed.partition(LEAVES_ALTERNATE_SCREEN)[2].decode()
    assert "NetworkPolicy shop/allow-office" in text
    assert not re.search("[│┃─━█▁-▇]", text)
    terminal.keys("\r")
    terminal.wait_for("Found (")
    terminal.keys("q")
    assert terminal.ended() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_who_reads_the_text_of_a_screen_can_be_told_to_end_too(
    open_terminal: OpenTerminal, number: signal.Signals
) -> None:
    terminal = open_terminal("--demo", "seed", "shop/web")
    terminal.wait_for("⇄ SNAT")
    terminal.keys("t")
    terminal.wait_for("enter comes back")
    terminal.process.send_signal(number)
    assert terminal.ended() == -number


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
    for columns, lines in ((40, 12), (200, 60), (20, 5), (90, 30)) * 6 + ((120, 40),):
        terminal.screen.resize(lines, columns)
        ioctl(terminal._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        os.killpg(terminal.process.pid, signal.SIGWINCH)
        time.sleep(0.02)
    terminal.wait_for("⇄ SNAT 203.0.113.10")
    terminal.keys("q")
    assert terminal.ended() == 0
