"""`antrea-doctor version`: must answer at once, so it imports nothing heavy and asks no cluster."""

import json
import platform

from tui.cli.call import Call
from tui.cli.stop import Exit
from tui.version import release


def run(call: Call) -> int:
    """Prints the version."""
    if call.output == "json":
        print(json.dumps({"schemaVersion": "1", "version": release(), "python": platform.python_version()}, indent=2))
    else:
        print(f"antrea-doctor {release()}")
    return Exit.OK
