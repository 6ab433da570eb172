"""`check -o junit`: one test suite for each Service, one test case for each check, for the pages of build servers.

A finding at or over `--fail-on` is a failure, what could not be told an error (skipped with `--allow-incomplete`), so
that a report is red exactly when the exit code says so. Suppressed findings and checks that do not apply are skipped.
"""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

from diagnostics.model.finding import Finding, Result, Verdict
from tui.cli.call import Call
from tui.cli.check_text import evidence_text
from tui.cli.checked import Checked, fails, summary
from tui.cli.facts import Facts
from tui.cli.gaps import gap_sentences
from tui.cli.output import Output

_COUNTED = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def write_junit(output: Output, checked: Checked, call: Call, facts: Facts) -> None:
    """The report as XML."""
    output.xml(junit(checked, call.own.fail_on, allow_incomplete=call.own.allow_incomplete))


def junit(checked: Checked, fail_on: str, *, allow_incomplete: bool) -> Element:
    """The root element, `testsuites`."""
    root = Element("testsuites", name="antrea-doctor check")
    for name, results in checked.sections:
        suite = SubElement(root, "testsuite", name=name)
        for result in results:
            case = SubElement(suite, "testcase", classname=name, name=f"{result.code} {result.slug}")
            _outcome(case, result, fail_on, allow_incomplete)
        _count(suite, [suite])
    _count(root, list(root))
    said = SubElement(SubElement(root, "testsuite", name="summary", tests="0"), "system-out")
    said.text = "\n".join((*summary(checked), *(f"Not read: {line}" for line in gap_sentences(checked.gaps))))
    return root


def _outcome(case: Element, result: Result, fail_on: str, allow_incomplete: bool) -> None:
    failing = [finding for finding in result.findings if fails(finding.severity, fail_on)]
    others = [finding for finding in result.findings if finding not in failing]
    match result.verdict:
        case Verdict.NOT_APPLICABLE:
            SubElement(case, "skipped", message="not applicable")
        case Verdict.UNKNOWN:
            kind = "skipped" if allow_incomplete else "error"
            SubElement(case, kind, message=f"unknown: {result.reason}")
        case Verdict.FOUND if failing:
            worst = min(failing, key=lambda finding: finding.severity.rank)
            failure = SubElement(case, "failure", message=worst.message, type=worst.severity.value)
            failure.text = "\n".join(map(_told, failing))
        case Verdict.FOUND if result.suppressed and not others:
            SubElement(case, "skipped", message=f"suppressed: {result.suppressed[0].by.why}")
    told = [f"{_told(finding)} (less than --fail-on {fail_on})" for finding in others]
    told += [f"{_told(item.finding)} (suppressed: {item.by.why})" for item in result.suppressed]
    if told:
        SubElement(case, "system-out").text = "\n".join(told)


def _told(finding: Finding) -> str:
    evidence = evidence_text(finding)
    return f"{finding.severity.value}: {finding.message}" + (f"\nEvidence: {evidence}" if evidence else "")


def _count(into: Element, suites: Sequence[Element]) -> None:
    cases = [case for suite in suites for case in suite.iter("testcase")]
    into.set("tests", str(len(cases)))
    for kind, name in _COUNTED.items():
        into.set(name, str(sum(case.find(kind) is not None for case in cases)))
