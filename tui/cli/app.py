"""`antrea-doctor` without a command: the app, where a terminal can show it."""

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tui.cli.call import Call
from tui.cli.options import DEFAULT_DEMO
from tui.cli.stop import usage
from tui.request import StartView, ViewKind


def run(call: Call) -> int:
    """Starts the app, or its plain mode. Raises Stop, pointing to the headless commands, where neither would do."""
    call = _with_plan(call)
    if call.own.plain or _is_dumb(call, os.environ):
        return _talk(call)
    trouble = no_screen(call, os.environ)
    if trouble:
        raise usage(f"{trouble} Without a screen: {_headless(call)}")
    _check_input(call)
    request = call.request if speaks_unicode() else replace(call.request, ascii_only=True)

    from tui.app import run_app

    return run_app(request)


def no_screen(call: Call, environ: Mapping[str, str]) -> str:
    """Why the app cannot be shown here, in one sentence; empty when it can."""
    if call.no_input:
        return "The app lives from input, so it does not go with --no-input."
    if "-" in call.request.files:
        return "The app reads keys from standard input, so it cannot read objects from there."
    streams = (("standard input", sys.stdin), ("standard output", sys.stdout), ("standard error", sys.stderr))
    for name, stream in streams:
        if stream is None or not stream.isatty():
            return f"The app needs a terminal, and {name} is none."
    return ""


def _is_dumb(call: Call, environ: Mapping[str, str]) -> bool:
    """Whether this is a terminal, but one that cannot place text."""
    return environ.get("TERM", "") in ("dumb", "") and not no_screen(call, environ)


def _talk(call: Call) -> int:
    if call.no_input:
        raise usage(f"--plain asks questions, so it does not go with --no-input. Without: {_headless(call)}")
    if "-" in call.request.files:
        raise usage("--plain reads answers from standard input, so it cannot read objects from there.")
    _check_input(call)
    from tui.plain.conversation import converse

    return converse(call)


def speaks_unicode(environ: Mapping[str, str] | None = None) -> bool:
    """Whether box characters reach the screen; Textual draws on standard error.

    The locale counts as the operator set it: under C or POSIX Python takes the terminal for one of UTF-8 all the same.
    """
    if not all("utf" in (stream.encoding or "").lower() for stream in (sys.stdout, sys.stderr)):
        return False
    given = _given_environment() if environ is None else environ
    locale = next(filter(None, map(given.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    name, _, charset = locale.partition("@")[0].partition(".")
    return charset.lower() in ("utf-8", "utf8") if charset else name not in ("C", "POSIX")


def _given_environment() -> Mapping[str, str]:
    """The environment that the process was started with, where the system tells; Python changes LC_CTYPE in its own."""
    try:
        pairs = Path("/proc/self/environ").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return os.environ
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def _with_plan(call: Call) -> Call:
    """The call with the Service, the way out and, unless another is named, the context of the plan to go on with."""
    name, request = call.own.plan_file, call.request
    if not name:
        return call
    if request.service or request.view:
        raise usage("The plan names its Service and its way out: leave out the Service and --view.")
    if name == "-":
        raise usage("The app keeps the plan's progress in its file, so it needs a file and not `-`.")
    if call.own.plain:
        raise usage(f"--plan-file needs the screen. Without it: {call.program} verify {shlex.quote(name)}")

    from diagnostics.remedies.files.plan_file import PlanFileError
    from diagnostics.remedies.files.reopening import plan_in
    from tui.plan_files import read_plan

    try:
        file = read_plan(name)
        plan_in(file)
    except PlanFileError as error:
        raise usage(str(error)) from error
    recorded = request.demo is not None or request.files
    context = request.connection.context or ("" if recorded else file.plan.context or "")
    return replace(
        call,
        request=replace(
            request,
            connection=replace(request.connection, context=context),
            service=file.plan.service,
            view=StartView(ViewKind.REMEDY, file.plan.remedy),
            plan_file=name,
        ),
    )


def _headless(call: Call) -> str:
    """The headless command that looks at the same thing."""
    request = call.request
    if request.plan_file:
        return shlex.join([*call.program.split(), "verify", request.plan_file])
    words = [*call.program.split(), "check"]
    words += [request.service] if request.service else []
    words += [f"--demo={request.demo}"] if request.demo else []
    words += [word for file in request.files for word in ("-f", file)]
    words += ["--context", request.connection.context] if request.connection.context else []
    words += ["-n", request.connection.namespace] if request.connection.namespace and not request.service else []
    return shlex.join(words)


def _check_input(call: Call) -> None:
    """Finds a wrong name before the screen is taken; the usual start is not held up by it."""
    if call.selector:
        raise usage("-l is for the commands path and check; in the app, / filters.")
    for file in call.request.files:
        if not Path(file).exists():
            raise usage(f"There is no file or folder {file}.")
    demo = call.request.demo
    if demo is not None and demo != DEFAULT_DEMO:
        from tui.cli.connect import check_demo

        check_demo(demo)
