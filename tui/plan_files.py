"""Plan files on the disk: read whole, written whole or not at all, and readable by nobody else.

What was in the cluster before a step stands in them, so that a full disk or a kill in the middle must not cost it.
"""

import contextlib
import os
import sys
import tempfile
from pathlib import Path

from diagnostics.model.text import one_line
from diagnostics.remedies.plan_file import LARGEST_FILE, PlanFile, PlanFileError, decode_plan

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
    path = Path(name).resolve()
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # 0600 from its first moment
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(file.encoded())
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """The new name is on the disk too; not every system can promise that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
