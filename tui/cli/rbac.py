"""`antrea-doctor rbac`: the rights that antrea-doctor needs, as YAML to apply."""

from diagnostics.kube.rbac import rbac_yaml, write_rbac_yaml
from tui.cli.call import Call
from tui.cli.output import Output
from tui.cli.stop import Exit


def run(call: Call) -> int:
    """Prints the manifest; with --allow-write a second one for changes."""
    output = Output(call)
    output.exact(rbac_yaml())
    if call.own.allow_write:
        output.exact(f"---\n{write_rbac_yaml()}")
    return Exit.OK
