"""What can be completed on the command line: read from the one table of commands, the same for every shell."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from diagnostics.checks.catalogue import CHECKS
from diagnostics.kube.recorded import demo_names
from diagnostics.remedies.offered.catalogue import REMEDIES
from tui.cli.command import Command, Target
from tui.cli.commands import APP, COMMANDS
from tui.cli.options import COMMON, Group, Option

SHELLS = ("bash", "zsh", "fish")
_FILES = ("FILE", "DIR", "PLAN")


@dataclass(frozen=True, slots=True)
class Words:
    """What may stand in one place: these words, files, or (with neither) something that only the operator knows."""

    words: tuple[str, ...] = ()
    files: bool = False


@dataclass(frozen=True, slots=True)
class Completed:
    """One option: its names, its help on one line, and what its value may be; None where it takes none."""

    names: tuple[str, ...]
    help: str
    value: Words | None


@dataclass(frozen=True, slots=True)
class Line:
    """A command with the options in its help; the app itself has no name. `target` is what stands after it."""

    name: str
    summary: str
    options: tuple[Completed, ...]
    target: Words = field(default_factory=Words)


def lines() -> tuple[Line, ...]:
    """The app, then each command."""
    return tuple(
        Line(
            command.name,
            command.summary.split(":")[0].split(";")[0].rstrip("."),
            tuple(_options(command)),
            _target(command),
        )
        for command in (APP, *COMMANDS)
    )


def families(known: tuple[Line, ...]) -> dict[str, tuple[str, ...]]:
    """Second words of commands by their first."""
    found: dict[str, tuple[str, ...]] = {}
    for line in known:
        first, space, second = line.name.partition(" ")
        if space:
            found[first] = (*found.get(first, ()), second)
    return found


def first_words(known: tuple[Line, ...]) -> dict[str, str]:
    """Each word that a command begins with, and what it is for."""
    members = families(known)
    words = {line.name.partition(" ")[0]: line.summary for line in known if line.name}
    return words | {first: f"{', '.join(seconds)} a file with what was read" for first, seconds in members.items()}


def value_options(known: tuple[Line, ...]) -> tuple[str, ...]:
    """Names of all options after which a value stands as a word of its own."""
    hidden = [option.names for option in COMMON if option.takes_value]
    always = [option.names for line in known for option in line.options if option.value is not None]
    return tuple(dict.fromkeys(name for names in (*always, *hidden) for name in names if name != "--demo"))


def _options(command: Command) -> Iterator[Completed]:
    for option in (*COMMON, *command.own):
        if option in command.own or option.group in (*command.groups, Group.OTHER):
            yield Completed(option.names, _help(option), _value(option))
    if command.formats:
        yield Completed(("-o", "--output"), "format", Words(command.formats))
    yield Completed(("-h", "--help"), "print the help", None)
    if command is APP:
        yield Completed(("--version",), "print the version", None)


def _help(option: Option) -> str:
    return " ".join(str(option.settings.get("help", "")).split())


def _value(option: Option) -> Words | None:
    if not option.takes_value and option.names != ("--demo",):
        return None
    known = _KNOWN.get(option.names[0])
    if known:
        return Words(known())
    metavar = str(option.settings.get("metavar", ""))
    return Words(tuple(option.settings.get("choices", ())), files=metavar.startswith(_FILES))


def _target(command: Command) -> Words:
    match command.target:
        case Target.WORD:
            return Words(tuple(check.code for check in CHECKS))
        case Target.SHELL:
            return Words(SHELLS)
        case Target.PLAN | Target.SNAPSHOT | Target.NEW_SNAPSHOT | Target.TWO_SNAPSHOTS:
            return Words(files=True)
        case _:
            return Words()


def _slugs() -> tuple[str, ...]:
    return tuple(remedy.slug for remedy in REMEDIES)


_KNOWN: dict[str, Callable[[], tuple[str, ...]]] = {
    "--demo": demo_names,
    "--remedy": _slugs,
    "--view": lambda: ("path", "findings", *(f"remedy:{slug}" for slug in _slugs())),
    "--client": lambda: ("external", "self", "node:", "pod:"),
}
"""Words for values that the table of options has no choices for."""
