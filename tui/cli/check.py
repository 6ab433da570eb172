"""`antrea-doctor check`: findings of Services, and an exit code for pipelines."""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.examine import examine
from diagnostics.checks.suppress import Suppressing
from diagnostics.model.case import Case
from diagnostics.model.finding import Report, Result, Verdict
from diagnostics.model.snapshot import Gap
from diagnostics.model.suppression import WHOLE_CLUSTER
from tui.cli.call import Call
from tui.cli.check_document import write_document
from tui.cli.check_html import write_html
from tui.cli.check_junit import write_junit
from tui.cli.check_sarif import write_sarif
from tui.cli.check_text import write_markdown, write_table
from tui.cli.checked import Checked, fails, interrupted
from tui.cli.connect import choose, connect
from tui.cli.facts import Facts, progress
from tui.cli.gaps import say_gaps
from tui.cli.output import Output
from tui.cli.stop import Exit, usage
from tui.cli.suppressions import suppressing
from tui.cli.talk import say

Write = Callable[[Output, Checked, Call, Facts], None]

FORMATS: dict[str, Write] = {
    "table": write_table,
    "wide": write_table,
    "json": write_document,
    "yaml": write_document,
    "markdown": write_markdown,
    "html": write_html,
    "junit": write_junit,
    "sarif": write_sarif,
}


def run(call: Call) -> int:
    """Prints the findings; 5 when a check crashed, 1 for findings at or over `--fail-on`, 4 for what cannot be told.

    After an interrupt it prints what was found so far and says so; that has an exit code of its own.
    """
    if call.output == "sarif" and not call.request.files:
        raise usage("SARIF points at lines of files, so it goes with -f only.")
    with _without_collector():
        return _run(call)


def _run(call: Call) -> int:
    suppress = suppressing(call)
    facts = connect(call)
    keys = choose(call, facts)
    checked = check(facts.cases(keys), suppress, len(keys))
    FORMATS[call.output](Output(call), checked, call, facts)
    say_gaps(checked.gaps)
    for remark in checked.remarks:
        if remark.sentence:
            say(remark.sentence)
    if checked.is_cut_short:
        say(interrupted(checked))
        return Exit.INTERRUPTED
    return exit_code(checked.all_results, call.own.fail_on, allow_incomplete=call.own.allow_incomplete)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keeps Python from looking for cyclic garbage: there is next to none, and it takes a tenth of a long scan."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def exit_code(found: Iterable[Result], fail_on: str, *, allow_incomplete: bool) -> Exit:
    """Our own fault weighs most, then findings: a pipeline must take neither for a missing right."""
    failing = incomplete = False
    for result in found:
        if result.crashed:
            return Exit.OUR_FAULT
        failing = failing or (result.severity is not None and fails(result.severity, fail_on))
        incomplete = incomplete or result.verdict is Verdict.UNKNOWN
    if failing:
        return Exit.FINDINGS
    return Exit.INCOMPLETE if incomplete and not allow_incomplete else Exit.OK


def check(cases: Iterable[Case], suppress: Suppressing, wanted: int) -> Checked:
    """Examines one Case after the other and keeps nothing of it but what was found; an interrupt ends it early.

    Raises KeyboardInterrupt when nothing was examined before.
    """
    reports: list[Report] = []
    cluster: tuple[Result, ...] = ()
    gaps: tuple[Gap, ...] = ()
    try:
        with progress("examining") as tell:
            for case in cases:
                tell(f"examining {len(reports) + 1} of {wanted}: {case.key}")
                report = examine(case, CHECKS)
                if not reports:  # the same Cluster for all, so its results are too
                    cluster, gaps = report.cluster, case.snapshot.gaps
                reports.append(suppress.report(report, case.service))
    except KeyboardInterrupt:
        if not reports:
            raise
    return Checked(
        reports=tuple(reports),
        cluster=suppress.results(cluster, WHOLE_CLUSTER),
        gaps=gaps,
        remarks=suppress.remarks,
        wanted=wanted,
    )
