"""`antrea-doctor list-checks`: all checks in the order in which they run."""

from diagnostics.checks.catalogue import CHECKS
from tui.cli.call import Call
from tui.cli.documents import SCHEMA_VERSION, check_document
from tui.cli.output import Grid, Output
from tui.cli.stop import Exit


def run(call: Call) -> int:
    """Prints the list."""
    output = Output(call)
    match call.output:
        case "name":
            output.text("\n".join(check.code for check in CHECKS))
        case "table":
            rows = [(check.code, check.severity.value, check.title, ", ".join(check.remedies)) for check in CHECKS]
            output.grid(Grid(("code", "severity", "title when all is well", "ways out"), rows))
        case form:
            document = {"schemaVersion": SCHEMA_VERSION, "checks": [check_document(check) for check in CHECKS]}
            output.data(document, form)
    return Exit.OK
