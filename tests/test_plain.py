"""`--plain`: a linear talk for screen readers and pipes that leads to the same answers as the screens."""

import io
import re
import sys
from collections.abc import Callable

import pytest

from diagnostics.remedies.offered.catalogue import REMEDIES
from headless import Ran, doctor
from terminal import OpenTerminal

pytestmark = pytest.mark.terminal
Talk = Callable[..., Ran]


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch) -> Talk:
    """Runs the plain mode with answers, one a line, and gives what was said."""

    def hold(*answers: str, options: str = "--demo") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{answer}\n" for answer in answers)))
        return doctor(f"{options} --plain")

    return hold


def test_the_services_are_numbered_worst_first_and_the_end_of_input_ends_it(talk: Talk) -> None:
    ran = talk()
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == "12 Services, the worst first."
    assert [line.split(".")[0] for line in lines[1:13]] == [str(number) for number in range(1, 13)]
    assert "unreachable" in lines[1]
    assert lines[-1] == "Goodbye."


def test_one_service_is_told_in_full(talk: Talk) -> None:
    out = talk("shop/web", "q").out
    for wanted in (
        "Client address: never.",
        "The source is changed (S1) from 203.0.113.10 to 10.20.0.1",
        "The Pod sees gateway of node-a 10.20.0.1.",
        "Why: ",
        "Finding 1, broken, AD010:",
        "Evidence: NetworkPolicy shop/allow-office",
        "Direct server return",
        "Which way out?",
    ):
        assert wanted in out


def test_a_number_opens_the_service_of_the_list_that_was_read_last(talk: Talk) -> None:
    assert "Service shop/web, LoadBalancer." in talk("ns:shop type:LB", "1").out
    assert "2 Services, the worst first." in talk("ns:shop type:LB").out
    assert "Service shop/checkout, LoadBalancer." in talk("check").out


def test_wrong_answers_are_asked_again(talk: Talk) -> None:
    out = talk("nonsense", "", "99", "shop/web", "77", "q").out
    assert "No Service matches nonsense." in out
    assert "Please give a number or a name." in out
    assert "There are numbers 1 to 12." in out
    assert f"There are ways 1 to {len(re.findall(r'^[0-9]+. .*Gives:', out, re.MULTILINE))}." in out


def test_a_plan_is_printed_and_asks_for_ranges_where_it_needs_them(talk: Talk) -> None:
    first = talk("partner/intake", options="--demo proxy-all").out
    title = next(item.title for item in REMEDIES if item.slug == "guard-nodeport")
    number = re.search(rf"^(\d+)\. {title}", first, re.MULTILINE)
    assert number
    out = talk("partner/intake", number[1], "0.0.0.0/0", "203.0.113.0/24", options="--demo proxy-all").out
    assert "Which client ranges must stay allowed?" in out
    assert "would filter nothing" in out
    assert "antrea-doctor plan guard-nodeport for Service partner/intake" in out
    assert "203.0.113.0/24" in out.split("Prerequisites")[1]


def test_a_named_service_comes_first(talk: Talk) -> None:
    assert talk(options="--demo shop/web").out.startswith("\nService shop/web, LoadBalancer.")


def test_nothing_but_text_leaves_and_no_line_is_a_table(talk: Talk) -> None:
    out = talk("shop/web", "1").out
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f│─┌]", out)
    assert "  " not in "".join(line.strip() for line in out.split("Prerequisites")[0].splitlines())


@pytest.mark.parametrize("options", ["--demo --no-input", "-f -"])
def test_what_leaves_nobody_to_answer_is_refused(options: str) -> None:
    ran = doctor(f"{options} --plain")
    assert ran.code == 2
    assert "Traceback" not in ran.err


def test_without_utf8_it_is_ascii(open_terminal: OpenTerminal) -> None:
    terminal = open_terminal("--demo", "shop/web", "--plain", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    terminal.wait_for("Which way out?")
    terminal.keys("1\n")
    terminal.wait_for("To undo, go back")
    terminal.keys("\x04")
    assert terminal.ended() == 0
    assert not [byte for byte in terminal.received if byte > 127]
