"""What a real shell completes after `antrea-doctor completion SHELL` was read by it."""

import os
import pty
import re
import shutil
import subprocess
import time
from pathlib import Path
from select import select

import pytest

from diagnostics.checks.catalogue import CHECKS
from diagnostics.kube.recorded import demo_names
from diagnostics.remedies.offered.catalogue import REMEDIES
from headless import doctor
from tui.cli.commands import COMMANDS
from tui.cli.completed import SHELLS, lines

FIRST = {command.name.partition(" ")[0] for command in COMMANDS}
SLUGS = {remedy.slug for remedy in REMEDIES}
CODES = {check.code for check in CHECKS}
_STARTS = {
    "bash": "bash --norc --noprofile -i",
    "zsh": "zsh -f -i",
    "fish": "fish --no-config -i",
}
_READY = {
    "bash": "bind 'set completion-query-items 0'; bind 'set page-completions off'; "
    "bind 'set enable-bracketed-paste off'; bind 'set show-all-if-ambiguous on'; PS1='> '; . {script}",
    "zsh": "PS1='> '; LISTMAX=10000; setopt no_auto_menu list_ambiguous; "
    "fpath=({script.parent} $fpath); autoload -U compinit; compinit -D -u",
}
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[=>]|\][^\x07]*\x07)")


class Shell:
    """A shell in a pseudo-terminal that has read its completion."""

    def __init__(self, name: str, script: Path) -> None:
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            environment = {**os.environ, "TERM": "xterm", "COLUMNS": "200", "LINES": "500", "INPUTRC": "/dev/null"}
            words = _STARTS[name].split()
            os.execvpe(words[0], words, environment)
        self._send(f"stty cols 200 rows 500; {_READY[name].format(script=script)}; echo re''ady\n")
        self._until("ready")

    def completes(self, line: str) -> str:
        """What stands on the terminal after the line and two tabs."""
        self._send(f"{line}\t\t")
        told = self._rest()
        self._send("\x15echo do''ne\n")
        self._until("done")
        return told

    def close(self) -> None:
        """Ends the shell."""
        os.close(self._terminal)
        os.waitpid(self._child, 0)

    def _send(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def _until(self, mark: str) -> None:
        told, end = "", time.monotonic() + 20
        while mark not in told:
            assert time.monotonic() < end, told
            told += self._read(0.2)
        self._rest(0.1, at_first=0.1)

    def _rest(self, quiet: float = 0.4, at_first: float = 10) -> str:
        """Everything until the shell has been quiet."""
        told = self._read(at_first)
        while more := self._read(quiet):
            told += more
        return _ESCAPES.sub("", told)

    def _read(self, seconds: float) -> str:
        ready, _, _ = select([self._terminal], [], [], seconds)
        return os.read(self._terminal, 65536).decode(errors="replace") if ready else ""


def script_of(name: str, folder: Path) -> Path:
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    path = folder / ("_antrea-doctor" if name == "zsh" else f"completion.{name}")  # zsh finds it by its name
    ran = doctor(f"completion {name}")
    assert (ran.code, ran.err) == (0, "")
    path.write_text(ran.out)
    return path


@pytest.mark.terminal
@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_a_shell_at_a_terminal_completes(name: str, tmp_path: Path) -> None:
    (tmp_path / "wonderful.json").write_text("{}")
    shell = Shell(name, script_of(name, tmp_path))
    try:
        for line, done in [
            ("antrea-doctor pl", "antrea-doctor plan "),
            ("antrea-doctor --demo dsr ver", "antrea-doctor --demo dsr ver"),
            ("antrea-doctor -n check expl", "antrea-doctor -n check explain "),
            ("antrea-doctor snapshot sh", "antrea-doctor snapshot show "),
            ("antrea-doctor plan shop/web --remedy use", "--remedy use-dsr "),
            ("antrea-doctor plan shop/web --remedy=use", "--remedy=use-dsr "),
            ("antrea-doctor shop/web --view remedy:use", "--view remedy:use-dsr "),
            ("antrea-doctor check --allow-in", "check --allow-incomplete "),
            ("antrea-doctor --demo antr", "--demo antrea-2.0 "),
            (f"antrea-doctor -f {tmp_path}/wond", "/wonderful.json"),
            (f"antrea-doctor snapshot diff {tmp_path}/wond", "/wonderful.json"),
        ]:
            assert done in shell.completes(line), line
        assert set(re.findall(r"[\w-]+", shell.completes("antrea-doctor "))) >= FIRST
        assert set(re.findall(r"\w+", shell.completes("antrea-doctor check -o "))) >= {"table", "sarif", "junit"}
        assert set(re.findall(r"AD\d+", shell.completes("antrea-doctor explain AD"))) >= CODES
        nothing = shell.completes("antrea-doctor path --context ")
        assert "antrea-doctor path --context" in nothing
        assert "table" not in nothing
        assert "CHANGELOG" not in nothing
    finally:
        shell.close()


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("antrea-doctor pl", {"plan"}),
        ("antrea-doctor ", FIRST),
        ("antrea-doctor snapshot ", {"save", "show", "diff"}),
        ("antrea-doctor --demo dsr ver", {"verify", "version"}),
        ("antrea-doctor -n check expl", {"explain"}),
        ("antrea-doctor plan shop/web --remedy ", SLUGS),
        ("antrea-doctor check --fail-on ", {"broken", "risky", "note", "never"}),
        ("antrea-doctor --demo ", set(demo_names())),
        ("antrea-doctor explain ", CODES),
        ("antrea-doctor shop/web pl", set()),
        ("antrea-doctor shop/web --vi", {"--view"}),
        ("antrea-doctor path --context ", set()),
    ],
)
def test_fish_completes(line: str, wanted: set[str], tmp_path: Path) -> None:
    script = script_of("fish", tmp_path)
    ran = subprocess.run(
        ["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert {told.partition("\t")[0] for told in ran.stdout.splitlines()} == wanted
    assert ran.stderr == ""


@pytest.mark.parametrize("name", SHELLS)
def test_every_command_and_every_option_of_a_help_is_in_the_script(name: str) -> None:
    script = doctor(f"completion {name}").out
    for command in lines():
        told = doctor(f"{command.name} --help").out
        shown = set(re.findall(r"^  (?:-\w(?: \S+)?, )?(--[a-z][\w-]+)", told, re.MULTILINE))
        own = {word for option in command.options for word in option.names if word.startswith("--")}
        assert own == shown, command.name
        assert all((f"-l {word[2:]}" if name == "fish" else word) in script for word in own)
    assert all(slug in script for slug in SLUGS | CODES)


def test_an_unknown_shell_is_told_which_there_are() -> None:
    ran = doctor("completion tcsh")
    assert (ran.code, ran.out) == (2, "")
    assert "There are: bash, zsh, fish." in ran.err or "Did you mean" in ran.err
