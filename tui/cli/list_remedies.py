"""`antrea-doctor list-remedies`: all ways out with what they give and cost."""

from diagnostics.remedies.offered.catalogue import REMEDIES
from tui.cli.call import Call
from tui.cli.documents import SCHEMA_VERSION, remedy_document
from tui.cli.output import Grid, Output
from tui.cli.stop import Exit


def run(call: Call) -> int:
    """Prints the list."""
    output = Output(call)
    match call.output:
        case "name":
            output.text("\n".join(remedy.slug for remedy in REMEDIES))
        case "table":
            rows = [(item.slug, item.risk.value, item.title, item.gives, item.costs) for item in REMEDIES]
            output.grid(Grid(("slug", "risk", "title", "gives", "costs"), rows))
        case form:
            document = {"schemaVersion": SCHEMA_VERSION, "remedies": [remedy_document(item) for item in REMEDIES]}
            output.data(document, form)
    return Exit.OK
