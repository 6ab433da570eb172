"""What a headless command is: its name, what it is about, and which options make sense for it."""

from dataclasses import dataclass, field
from enum import StrEnum

from tui.cli.options import Group, Option


class Target(StrEnum):
    """What a command is about; the value is how the help writes it, empty for nothing."""

    NOTHING = ""
    SERVICE = "NAMESPACE/SERVICE"
    SERVICES = "[NAMESPACE/SERVICE]"
    WORD = "[CODE|TERM]"
    PLAN = "PLAN.json"
    SHELL = "SHELL"
    SNAPSHOT = "FILE"
    NEW_SNAPSHOT = "FILE [NAMESPACE/SERVICE]"
    TWO_SNAPSHOTS = "BEFORE [AFTER]"

    @property
    def is_service(self) -> bool:
        """Whether it names a Service."""
        return self in (Target.SERVICE, Target.SERVICES, Target.NEW_SNAPSHOT)

    @property
    def words(self) -> tuple[tuple[str, str], ...]:
        """Each word of it: where the parser puts it, and how the help writes it (in brackets when it may be absent)."""
        return tuple((_PLACES.get(word.strip("[]"), "target"), word) for word in self.value.split())


_PLACES = {"FILE": "file", "BEFORE": "before", "AFTER": "after"}


@dataclass(frozen=True)
class Command:
    """A command: `module` holds its `run(call) -> exit code` and is imported only when it is called.

    A name may be of two words. `formats` are the values of `-o`, the first being the default. `groups` are the common
    options that make sense for it; the others are accepted, so that a shell alias may carry them, but do not stand in
    its help.
    """

    name: str
    summary: str
    module: str
    target: Target = Target.NOTHING
    formats: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    own: tuple[Option, ...] = ()
    examples: tuple[str, ...] = ()
    more: str = field(default="")
