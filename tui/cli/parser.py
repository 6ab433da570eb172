"""Reads the command line. Imports nothing heavy: `--help` and `--version` must answer at once."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import PurePath
from typing import NoReturn

from diagnostics.datapath.path import VantageKind
from diagnostics.model.arriving import Arrives
from tui.cli.call import Call
from tui.cli.command import Command
from tui.cli.commands import APP, COMMANDS
from tui.cli.options import COMMON, DEFAULT_DEMO, Group
from tui.cli.stop import usage
from tui.request import AppRequest, ColorMode, ConnectionOptions
from tui.version import release

_BY_NAME = {command.name: command for command in COMMANDS}
_FAMILIES = {command.name.partition(" ")[0] for command in COMMANDS if " " in command.name}
_FIRST_WORDS = _BY_NAME.keys() | _FAMILIES
_OUTPUT = ("-o", "--output")


def program_name(called: str) -> str:
    """The name to print in usage texts: a kubectl plugin is called through kubectl."""
    name = PurePath(called).name.removesuffix(".exe")
    if name.startswith("kubectl-"):
        return "kubectl " + name.removeprefix("kubectl-").replace("_", "-")
    return "antrea-doctor" if name in ("__main__.py", "-c", "") else name


def parse(arguments: Sequence[str], program: str) -> Call:
    """The call that the words ask for.

    Raises Stop for a wrong command line and SystemExit(0) after `--help` and `--version`.
    """
    command, words = _find_command(_settle_demo(arguments))
    found = _parser(command, program).parse_intermixed_args(words)
    return _call(command, program, found)


def _settle_demo(words: Sequence[str]) -> list[str]:
    """Writes `--demo` as one word: its scenario may be left out, and a command or a Service may follow instead."""
    settled: list[str] = []
    rest = list(words)
    while rest and rest[0] != "--":
        word = rest.pop(0)
        if word == "--demo":
            named = rest and not rest[0].startswith("-") and "/" not in rest[0] and rest[0] not in _FIRST_WORDS
            word = f"--demo={rest.pop(0) if named else DEFAULT_DEMO}"
        settled.append(word)
    return settled + rest


def _find_command(words: list[str]) -> tuple[Command, list[str]]:
    """The command, and the words without its name; options may stand before and after it."""
    own = (option for command in (APP, *COMMANDS) for option in command.own)
    takes_value = {name for option in (*COMMON, *own) if option.takes_value for name in option.names} | {*_OUTPUT}
    named: list[int] = []
    position = 0
    while position < len(words) and words[position] != "--":
        word = words[position]
        if not word.startswith("-"):
            named.append(position)
            if word not in _FAMILIES or len(named) > 1:
                break
        position += 2 if word in takes_value else 1
    command = _BY_NAME.get(" ".join(words[index] for index in named), APP)
    if named and command is APP and words[named[0]] in _FAMILIES:
        told = _members(words[named[0]])
        if {"-h", "--help"} & {*words}:
            print(told)
            raise SystemExit(0)
        raise usage(told)
    return command, words if command is APP else [word for index, word in enumerate(words) if index not in named]


def _members(family: str) -> str:
    members = [name for name in _BY_NAME if name.startswith(f"{family} ")]
    return f"Write {', '.join(members[:-1])} or {members[-1]}; each explains itself with --help."


class _Parser(argparse.ArgumentParser):
    """Tells a wrong command line in one sentence instead of a page of usage."""

    def error(self, message: str) -> NoReturn:
        told = message.removeprefix("argument ")
        raise usage(f"{told[:1].upper()}{told[1:].rstrip('.')}. See {self.prog} --help.")


class _Version(argparse.Action):
    """Prints the version and ends; looks it up only then."""

    def __call__(self, parser: argparse.ArgumentParser, *unused: object) -> NoReturn:
        print(f"antrea-doctor {release()}")
        parser.exit()


def _parser(command: Command, program: str) -> _Parser:
    name = f"{program} {command.name}".strip()
    parser = _Parser(
        prog=name,
        usage=f"{name} {command.target.value}".strip() + " [options]",
        description=command.summary,
        epilog=_epilog(command, program),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    for place, word in command.target.words:
        count = "?" if word.startswith("[") else None
        parser.add_argument(place, nargs=count, metavar=word.strip("[]"), help=argparse.SUPPRESS)
    groups = {group: parser.add_argument_group(group.value) for group in Group}
    for option in (*COMMON, *command.own):
        shown = option in command.own or option.group in (*command.groups, Group.OTHER)
        settings = option.settings if shown else {**option.settings, "help": argparse.SUPPRESS}
        groups[option.group].add_argument(*option.names, **settings)
    if command.formats:
        formats = ", ".join(command.formats)
        groups[Group.OTHER].add_argument(
            *_OUTPUT,
            metavar="FORMAT",
            choices=command.formats,
            default=command.formats[0],
            help=f"{formats} (default: {command.formats[0]})",
        )
    if command is APP:
        groups[Group.OTHER].add_argument("--version", action=_Version, nargs=0, help="print the version")
    groups[Group.OTHER].add_argument("-h", "--help", action="help", help="print this help")
    return parser


def _epilog(command: Command, program: str) -> str:
    parts = []
    if command is APP:
        width = max(len(item.name) for item in COMMANDS)
        lines = [f"  {item.name:{width}}  {item.summary}" for item in COMMANDS]
        parts.append("\n".join(["commands, without a screen:", *lines]))
    name = f"{program} {command.name}".strip()
    parts.append("\n".join(["examples:", *(f"  {name} {example}".rstrip() for example in command.examples)]))
    parts.append(command.more)
    if command is APP:
        parts.append(f"{program} COMMAND --help says more about a command.")
    return "\n\n".join(part for part in parts if part)


def _call(command: Command, program: str, found: argparse.Namespace) -> Call:
    if command.target.is_service:
        found.target = _service(command, found)
    if found.demo is not None and found.files:
        raise usage("--demo and -f exclude each other: take the facts from one of them.")
    if found.client_ip and found.client.kind is not VantageKind.EXTERNAL:
        raise usage("--client-ip is for an external client; the address of a Node or Pod comes from the cluster.")
    request = AppRequest(
        connection=ConnectionOptions(
            kubeconfig=found.kubeconfig,
            context=found.context,
            namespace=found.namespace,
            as_user=found.as_user,
            as_groups=tuple(found.as_groups),
            request_timeout=found.request_timeout,
        ),
        demo=found.demo,
        files=tuple(found.files),
        service=found.target if command.target.is_service else None,
        view=getattr(found, "view", None),
        client=replace(found.client, ip=found.client_ip or ""),
        front_end=Arrives(found.front_end) if found.front_end else None,
        color=ColorMode(found.color),
        ascii_only=getattr(found, "ascii", False),
        allow_write=command is APP and found.allow_write,
        watch=not getattr(found, "no_watch", False),
    )
    return Call(
        request=request,
        program=program,
        command=command.name,
        output=getattr(found, "output", ""),
        all_namespaces=found.all_namespaces,
        selector=found.selector,
        no_input=found.no_input,
        own=found,
    )


def _service(command: Command, found: argparse.Namespace) -> str | None:
    """`namespace/name`, a bare name for the context's own namespace, or None when no Service is named."""
    if found.all_namespaces and found.namespace:
        raise usage("-A and -n exclude each other: all namespaces, or one.")
    if not found.target:
        return None
    namespace, slash, name = found.target.rpartition("/")
    if (slash and not namespace) or not name or "/" in namespace:
        raise usage(f"{found.target!r} is no Service; write NAMESPACE/SERVICE.")
    if namespace and found.namespace and namespace != found.namespace:
        raise usage(f"{found.target} names another namespace than -n {found.namespace}; give only one of them.")
    if found.all_namespaces or found.selector:
        raise usage(f"-A and -l choose among Services; {found.target} already names one.")
    namespace = namespace or found.namespace
    if command is APP and not namespace:
        near = get_close_matches(name, _BY_NAME, 1)
        hint = f"Did you mean {near[0]}?" if near else "A Service is written NAMESPACE/SERVICE, or NAME with -n."
        raise usage(f"{name!r} is no command. {hint}")
    return f"{namespace}/{name}" if namespace else str(name)
