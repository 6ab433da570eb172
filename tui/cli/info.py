"""`antrea-doctor info`: where files are kept and which versions run; asks no cluster."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tui.cli.call import Call
from tui.cli.log import log_file
from tui.cli.output import Grid, Output
from tui.cli.stop import Exit
from tui.copying import copies_folder
from tui.settings import config_file
from tui.version import release

_LIBRARIES = ("textual", "rich", "kubernetes", "urllib3", "msgspec", "networkx", "PyYAML", "ruamel.yaml")


def run(call: Call) -> int:
    """Prints paths and versions."""
    facts = {
        "antrea-doctor": release(),
        "program": call.program,
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
        "kubeconfig": call.request.connection.kubeconfig or os.environ.get("KUBECONFIG") or _home_kubeconfig(),
        "config file": str(config_file()),
        "log": str(log_file()),
        "copied texts": str(copies_folder()),
        "JSON schemas": str(Path(__file__).parent / "schemas"),
        **{name: _version(name) for name in _LIBRARIES},
    }
    output = Output(call)
    if call.output == "table":
        output.grid(Grid(("what", "value"), tuple(facts.items())))
    else:
        output.data({"schemaVersion": "1", "info": facts}, call.output)
    return Exit.OK


def _home_kubeconfig() -> str:
    return str(Path("~/.kube/config").expanduser())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
