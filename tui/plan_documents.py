"""The whole document of a plan: what `plan -o json` prints, what the app keeps in plan files."""

from collections.abc import Collection

import msgspec

from diagnostics.model.case import Case
from diagnostics.remedies.files.filing import filed
from diagnostics.remedies.files.plan_file import PlanFile, decode_plan
from diagnostics.remedies.files.plan_text import plan_document
from diagnostics.remedies.paper.what_if import after_report, gone_and_new
from diagnostics.remedies.plan.plan import Plan
from tui.cli.documents import Document, results, service_paths
from tui.cli.path import judged
from tui.request import ClientChoice
from tui.version import release


def whole_document(case: Case, plan: Plan) -> Document:
    """The plan, what it would leave behind, and all that applying, verifying and undoing it later needs."""
    turned = gone_and_new(case, plan.then) if plan.then else ((), ())
    return filed(plan_document(plan, *_after(plan), *turned), plan, case.snapshot, release())


def file_of(case: Case, plan: Plan, told_done: Collection[int]) -> PlanFile:
    """The plan as a file, with the operator's word on which steps are done."""
    return decode_plan(msgspec.json.encode(whole_document(case, plan))).with_told(told_done)


def _after(plan: Plan) -> tuple[list[Document], list[Document]]:
    """Paths and findings of the Service as the plan would leave it; nothing when it cannot be followed."""
    case, report = plan.then, after_report(plan)
    if case is None or report is None:
        return [], []
    paths = service_paths(case, judged(case, ClientChoice(), fold=False))["paths"]
    found = [row for result in (*report.results, *report.cluster) if result.findings for row in results(result)]
    return paths, found
