"""`check -o json` and `-o yaml`: the contract of `schemas/check.json`."""

from diagnostics.checks.suppress import Remark
from tui.cli.call import Call
from tui.cli.checked import Checked
from tui.cli.documents import SCHEMA_VERSION, Document, results, service_results, suppression_document
from tui.cli.facts import Facts
from tui.cli.gaps import gap_sentences
from tui.cli.output import Output


def write_document(output: Output, checked: Checked, call: Call, facts: Facts) -> None:
    """Every result, what it comes to, what became of suppressions, and what could not be read."""
    document, services = _without_services(checked), map(service_results, checked.reports)
    write = output.long.json if call.output == "json" else output.long.yaml
    write(document, "services", services)


def _without_services(checked: Checked) -> Document:
    """The document but for its long list; `complete` is false when an interrupt left Services out."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "complete": not checked.is_cut_short,
        "services": [],
        "cluster": [row for result in checked.cluster for row in results(result)],
        "summary": {
            "services": dict(checked.services),
            "codes": dict(checked.codes),
            "suppressed": checked.suppressed,
            "unknown": checked.unknown,
            "crashed": dict(checked.crashed),
        },
        "suppressions": [_remark(remark) for remark in checked.remarks],
        "notRead": gap_sentences(checked.gaps),
    }


def _remark(remark: Remark) -> Document:
    said = remark.suppression
    target = {"code": said.code, "subject": said.subject}
    return {**target, **suppression_document(said), "state": remark.state.value, "message": remark.sentence}
