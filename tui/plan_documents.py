"""The whole document of a plan: what `plan -o json` prints, what the app keeps in plan files."""

from collections.abc import Collection

import msgspec

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.examine import examine
from diagnostics.model.case import Case
from diagnostics.remedies.filing import filed
from diagnostics.remedies.plan import Plan
from diagnostics.remedies.plan_file import PlanFile, decode_plan
from diagnostics.remedies.plan_text import plan_document
from tui.cli.documents import Document, results, service_paths
from tui.cli.path import judged
from tui.request import ClientChoice
from tui.version import release


def whole_document(case: Case, plan: Plan) -> Document:
    """The plan, what it would leave behind, and all that applying, verifying and undoing it later needs."""
    return filed(plan_document(plan, *_after(plan)), plan, case.snapshot, release())


def file_of(case: Case, plan: Plan, told_done: Collection[int]) -> PlanFile:
    """The plan as a file, with the operator's word on which steps are done."""
    return decode_plan(msgspec.json.encode(whole_document(case, plan))).with_told(told_done)


def _after(plan: Plan) -> tuple[list[Document], list[Document]]:
    """Paths and findings of the Service as the plan would leave it; nothing when it cannot be followed."""
    if plan.after is None:
        return [], []
    case = Case.of(plan.after, plan.service)
    paths = service_paths(case, judged(case, ClientChoice(), fold=False))["paths"]
    report = examine(case, CHECKS)
    found = [row for result in (*report.results, *report.cluster) if result.findings for row in results(result)]
    return paths, found
