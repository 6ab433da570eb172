"""Plan files on the disk: read whole, written whole or not at all, and readable by nobody else.

What was in the cluster before a step stands in them, so that a full disk or a kill in the middle must not cost it.
"""

import os
import sys
from pathlib import Path

from diagnostics.model.text import one_line
from diagnostics.remedies.files.plan_file import LARGEST_FILE, PlanFile, PlanFileError, decode_plan
from tui.whole_file import write_whole

STANDARD_INPUT = "-"


def read_plan(name: str) -> PlanFile:
    """The plan of a file, or of standard input for `-`. Raises PlanFileError."""
    try:
        if name == STANDARD_INPUT:
            return decode_plan(sys.stdin.buffer.read(LARGEST_FILE + 1) if sys.stdin else b"")
        with Path(name).open("rb") as stream:
            return decode_plan(stream.read(LARGEST_FILE + 1))
    except OSError as error:
        raise PlanFileError(f"The plan {one_line(name)} cannot be read: {error.strerror}.") from error


def save_plan(file: PlanFile, name: str) -> None:
    """Puts the plan in the place of the old file, for its owner only (0600). Raises OSError, the old file kept."""
    write_whole(name, (file.encoded(),))


def create_plan(file: PlanFile, name: str) -> None:
    """Keeps the plan in a file that is not there yet. Raises OSError: rather that than take the place of another."""
    os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        save_plan(file, name)
    except OSError:
        Path(name).unlink()
        raise


def newest_plan(name: str, same: PlanFile) -> PlanFile:
    """The plan as its file says it now: another process may have walked on. Raises PlanFileError for another plan."""
    file = read_plan(name)
    if _of(file) != _of(same):
        raise PlanFileError(f"{one_line(name)} holds another plan by now, so nothing was done. Plan again.")
    return file


def usual_name(file: PlanFile) -> str:
    """A name for the plan in the working directory, such as plan-use-dsr-shop-web.json."""
    return f"plan-{file.plan.remedy}-{file.plan.service.replace('/', '-')}.json"


def why_no_new_file(name: str) -> str:
    """Why a plan cannot be kept under a name, in a sentence; empty when it can."""
    path = Path(name).expanduser()
    if path.exists() or path.is_symlink():
        return f"There is a file {one_line(name)} already. Choose another name, or reopen it: --plan-file."
    if not path.parent.is_dir():
        return f"There is no folder {one_line(str(path.parent))}."
    if not os.access(path.parent, os.W_OK):
        return f"The folder {one_line(str(path.parent))} cannot be written to."
    return ""


def _of(file: PlanFile) -> tuple[object, ...]:
    plan = file.plan
    return plan.remedy, plan.service, plan.server, plan.made_at, tuple(step.title for step in plan.steps)
