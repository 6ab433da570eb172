"""One call of a headless command, read from the command line."""

from argparse import Namespace
from dataclasses import dataclass

from tui.request import AppRequest


@dataclass(frozen=True)
class Call:
    """What was asked.

    `request` holds what the app and the commands share. `program` is the name that it was called by, `command`
    is empty for the app. `output` is the chosen `-o`. `all_namespaces` and `selector` choose Services when no
    single one was named. `own` holds the options that only this command has.
    """

    request: AppRequest
    program: str
    command: str
    output: str
    all_namespaces: bool
    selector: str
    no_input: bool
    own: Namespace
