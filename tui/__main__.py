"""The entry point: reads the command line, runs the one command that is asked for, and ends as the contract says."""

import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from tui.cli.commands import APP, COMMANDS
from tui.cli.parser import parse, program_name
from tui.cli.stop import Exit, Stop
from tui.cli.talk import say


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit code; never shows a traceback."""
    program = program_name(sys.argv[0])
    try:
        call = parse(sys.argv[1:] if arguments is None else arguments, program)
        module = next(item.module for item in (APP, *COMMANDS) if item.name == call.command)
        code = int(import_module(module).run(call))
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except SystemExit as end:  # argparse, after --help and --version
        return int(end.code or Exit.OK)
    except Stop as stop:
        say(f"{program}: {stop.sentence}")
        return stop.code
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        _forget_stdout()
        return Exit.PIPE_CLOSED
    except Exception as fault:
        return _own_fault(program, fault)


def _own_fault(program: str, fault: Exception) -> int:
    _forget_stdout()
    if isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT):
        say(f"{program}: the output could not be written: {fault.strerror}.")
        return Exit.OUR_FAULT

    from tui.cli.log import log_fault, without_secrets

    said = without_secrets(f"{type(fault).__name__}: {fault}".splitlines()[0])
    path = log_fault(fault)
    where = f"Details are in {path}" if path else "No log could be written."
    say(f"{program}: this is a fault of antrea-doctor, please report it ({said}). {where}")
    return Exit.OUR_FAULT


def _forget_stdout() -> None:
    """Nobody reads on, or the disk is full: what is still buffered must not complain again at the end."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        pass


if __name__ == "__main__":
    sys.exit(main())
