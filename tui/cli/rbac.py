"""`antrea-doctor rbac`: the rights that antrea-doctor needs, as YAML to apply."""

from diagnostics.kube.rbac import rbac_yaml
from tui.cli.call import Call
from tui.cli.output import Output
from tui.cli.stop import Exit


def run(call: Call) -> int:
    """Prints the manifest."""
    Output(call).text(rbac_yaml())
    return Exit.OK
