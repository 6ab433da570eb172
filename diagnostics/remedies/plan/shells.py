"""Command lines and scripts for the operator's own shell.

Plans keep their lines as POSIX shell, made by `commands.line` alone: so the words of a line are known again, and each
shell quotes them by its own rules.

PowerShell (about_Quoting_Rules, about_Parsing, about_Preference_Variables): inside single quotes only a quote ends the
text, and the typographic ones are quotes too. Before 7.3 it hands a double quote on to a program unescaped. Such a
word is therefore escaped as programs on Windows read it, and later releases are told to do as the old ones did.
"""

import re
import shlex
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from diagnostics.model.text import one_line
from diagnostics.remedies.plan.commands import line, quoted

GO_ON = "Press enter to go on, ctrl-c to stop."


class Shell(StrEnum):
    """Shells whose lines can be written."""

    POSIX = "posix"
    FISH = "fish"
    POWERSHELL = "powershell"


@dataclass(frozen=True, slots=True)
class Line:
    """A command as its words; `into` names the file that takes its output."""

    words: tuple[str, ...]
    into: str = ""


def words_of(posix: str) -> Line:
    """The words of a line that `commands.line` made. Raises ValueError for any other text."""
    words = tuple(shlex.split(posix))
    for found in (Line(words), Line(words[:-2], words[-1] if words else "")):
        if found.words and line(*found.words, into=found.into) == posix:
            return found
    raise ValueError(f"not a plain command line: {posix!a}")


class Dialect(Protocol):
    """How one shell writes things. No text ends in a newline."""

    run: str
    """How to run a script that was saved to FILE."""
    opening: tuple[str, ...]
    """First lines of a script: it stops at the first command that fails."""

    def command(self, posix: str) -> str:
        """A line of a plan."""

    def step(self, posix: str) -> str:
        """A line of a plan within a script, which ends when it fails."""

    def write_file(self, name: str, content: str) -> str:
        """Writes a file; no word of the content can end it or be expanded."""

    def say(self, *sentences: str) -> str:
        """Prints sentences, one a line."""

    def wait(self) -> str:
        """Waits for a key."""


class Posix:
    """sh, dash, bash, zsh, ksh."""

    run = "sh FILE"
    opening: tuple[str, ...] = ("set -eu",)

    def command(self, posix: str) -> str:
        """As it is."""
        return posix

    step = command

    def write_file(self, name: str, content: str) -> str:
        """A here-document whose end is no line of the content."""
        lines = content.split("\n")
        end = "END_OF_FILE"
        while end in lines:
            end += "_"
        return "\n".join((f"cat > {quoted(name)} <<'{end}'", *lines, end))

    def say(self, *sentences: str) -> str:
        """By printf."""
        return " ".join(("printf", r"'%s\n'", *(shlex.quote(one_line(sentence)) for sentence in sentences)))

    def wait(self) -> str:
        """From the terminal, since the script may come on standard input."""
        return f"{self.say(GO_ON)}\nread -r _ < /dev/tty"


class Fish:
    """fish 3 and later."""

    run = "fish FILE"
    opening: tuple[str, ...] = ()
    _BARE = re.compile(r"[A-Za-z0-9_@+=:,./-][A-Za-z0-9_@%+=:,./-]*")

    def word(self, value: str) -> str:
        """Inside single quotes only the backslash and the quote are special."""
        return value if self._BARE.fullmatch(value) else self._text(value)

    def command(self, posix: str) -> str:
        """The same words."""
        found = words_of(posix)
        text = " ".join(map(self.word, found.words))
        return f"{text} > {self.word(found.into)}" if found.into else text

    def step(self, posix: str) -> str:
        """fish has no `set -e`."""
        return f"{self.command(posix)}; or exit 1"

    def write_file(self, name: str, content: str) -> str:
        """One text over several lines: fish has no here-documents."""
        return rf"printf '%s\n' {self._text(content)} > {self.word(name)}"

    def say(self, *sentences: str) -> str:
        """By printf."""
        return " ".join(("printf", r"'%s\n'", *(self._text(one_line(sentence)) for sentence in sentences)))

    def wait(self) -> str:
        """From the terminal, since the script may come on standard input."""
        return f"{self.say(GO_ON)}\nread --local answer < /dev/tty; or exit 1"

    def _text(self, value: str) -> str:
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


class PowerShell:
    """Windows PowerShell 5.1 and PowerShell 7."""

    run = "pwsh -File FILE.ps1 (powershell, too, if it is saved as UTF-8 with a byte order mark)"
    opening: tuple[str, ...] = ("$ErrorActionPreference = 'Stop'",)
    _BARE = re.compile(r"--[A-Za-z][A-Za-z0-9=./:-]*|-[A-Za-z]|[A-Za-z][A-Za-z0-9_./:-]*")
    _QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")
    _END = re.compile("^['\u2018\u2019\u201a\u201b]@", re.MULTILINE)

    def word(self, value: str) -> str:
        """An argument of a program."""
        return value if self._BARE.fullmatch(value) else self._text(self._argument(value))

    def command(self, posix: str) -> str:
        """The same words; output that goes into a file is read as the UTF-8 that kubectl writes."""
        found = words_of(posix)
        text = " ".join(map(self.word, found.words))
        if any(self._argument(value) != value for value in found.words):
            text = f"& {{ $PSNativeCommandArgumentPassing = 'Legacy'; {text} }}"
        if not found.into:
            return text
        file = f"Set-Content -Encoding utf8 -LiteralPath {self._text(found.into)}"
        return f"[Console]::OutputEncoding = [Text.Encoding]::UTF8; {text} | {file}"

    def step(self, posix: str) -> str:
        """A program that fails does not end a script by itself."""
        return f"{self.command(posix)}\nif ($LASTEXITCODE -ne 0) {{ throw 'That failed, so the rest was not done.' }}"

    def write_file(self, name: str, content: str) -> str:
        """A here-string, or a quoted text where a line of the content would end it."""
        text = self._text(f"{content}\n") if self._END.search(content) else f"@'\n{content}\n\n'@"
        return f"Set-Content -NoNewline -Encoding utf8 -LiteralPath {self._text(name)} -Value {text}"

    def say(self, *sentences: str) -> str:
        """One Write-Host a sentence."""
        return "\n".join(f"Write-Host {self._text(one_line(sentence))}" for sentence in sentences)

    def wait(self) -> str:
        """Read-Host reads the terminal."""
        return f"$null = Read-Host {self._text(GO_ON)}"

    def _text(self, value: str) -> str:
        return "'" + self._QUOTES.sub(lambda quote: quote[0] * 2, value) + "'"

    def _argument(self, value: str) -> str:
        """The word as it stands in a command line of Windows, where PowerShell would not write it so itself.

        An empty word would be lost, a double quote too, and a backslash at the end escapes the quote put after it.
        """
        if value and '"' not in value and not (value.endswith("\\") and re.search(r"\s", value)):
            return value
        escaped = re.sub(r'(\\*)"', r'\1\1\\"', value)
        end = len(value) - len(value.rstrip("\\"))
        return f'"{escaped}{value[len(value) - end :]}"'


DIALECTS: dict[Shell, Dialect] = {Shell.POSIX: Posix(), Shell.FISH: Fish(), Shell.POWERSHELL: PowerShell()}
