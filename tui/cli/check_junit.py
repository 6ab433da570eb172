"""`check -o junit`: one test suite for each Service, one test case for each check, for the pages of build servers.

A finding at or over `--fail-on` is a failure, what could not be told an error (skipped with `--allow-incomplete`, but
for a check of ours that failed), so that a report is red exactly when the exit code says so. Suppressed findings and
checks that do not apply are skipped.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, SubElement

from diagnostics.model.finding import Finding, Result, Verdict
from tui.cli.call import Call
from tui.cli.check_text import evidence_text
from tui.cli.checked import Checked, fails, summary
from tui.cli.facts import Facts
from tui.cli.gaps import gap_sentences
from tui.cli.long_output import place
from tui.cli.output import Output

_COUNTED = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def write_junit(output: Output, checked: Checked, call: Call, facts: Facts) -> None:
    """The report as XML."""
    root, suites = junit(checked, call.own.fail_on, allow_incomplete=call.own.allow_incomplete)
    output.text('<?xml version="1.0" encoding="utf-8"?>')
    output.long.markup(root, suites, "xml", indented=True)


def junit(checked: Checked, fail_on: str, *, allow_incomplete: bool) -> tuple[Element, Iterator[Element]]:
    """The root element, `testsuites`, with a place for its suites, and these."""

    def kinds(results: Iterable[Result]) -> Iterator[str]:
        return (_kind(result, fail_on, allow_incomplete=allow_incomplete) for result in results)

    def suites() -> Iterator[Element]:
        for name, results in checked.sections:
            suite = Element("testsuite", {"name": name, **_counts(kinds(results))})
            for result, kind in zip(results, kinds(results), strict=True):
                case = SubElement(suite, "testcase", classname=name, name=f"{result.code} {result.slug}")
                _outcome(case, result, kind, fail_on)
            yield suite

    root = Element("testsuites", {"name": "antrea-doctor check", **_counts(kinds(checked.all_results))})
    root.append(place())
    said = SubElement(SubElement(root, "testsuite", name="summary", tests="0"), "system-out")
    said.text = "\n".join((*summary(checked), *(f"Not read: {line}" for line in gap_sentences(checked.gaps))))
    return root, suites()


def _kind(result: Result, fail_on: str, *, allow_incomplete: bool) -> str:
    """How build servers call the outcome of a check; empty when it passed, or found less than fails."""
    match result.verdict:
        case Verdict.NOT_APPLICABLE:
            return "skipped"
        case Verdict.UNKNOWN:
            return "skipped" if allow_incomplete and not result.crashed else "error"
        case Verdict.FOUND if any(fails(finding.severity, fail_on) for finding in result.findings):
            return "failure"
        case Verdict.FOUND if result.suppressed and not result.findings:
            return "skipped"
    return ""


def _outcome(case: Element, result: Result, kind: str, fail_on: str) -> None:
    failing = [finding for finding in result.findings if fails(finding.severity, fail_on)]
    others = [finding for finding in result.findings if finding not in failing]
    match result.verdict:
        case Verdict.NOT_APPLICABLE:
            SubElement(case, kind, message="not applicable")
        case Verdict.UNKNOWN:
            SubElement(case, kind, message=f"unknown: {result.reason}")
        case Verdict.FOUND if failing:
            worst = min(failing, key=lambda finding: finding.severity.rank)
            failure = SubElement(case, kind, message=worst.message, type=worst.severity.value)
            failure.text = "\n".join(map(_told, failing))
        case Verdict.FOUND if kind:
            SubElement(case, kind, message=f"suppressed: {result.suppressed[0].by.why}")
    told = [f"{_told(finding)} (less than --fail-on {fail_on})" for finding in others]
    told += [f"{_told(item.finding)} (suppressed: {item.by.why})" for item in result.suppressed]
    if told:
        SubElement(case, "system-out").text = "\n".join(told)


def _told(finding: Finding) -> str:
    evidence = evidence_text(finding)
    return f"{finding.severity.value}: {finding.message}" + (f"\nEvidence: {evidence}" if evidence else "")


def _counts(kinds: Iterable[str]) -> dict[str, str]:
    """The attributes that count test cases."""
    found = Counter(kinds)
    counted = {name: str(found[kind]) for kind, name in _COUNTED.items()}
    return {"tests": str(found.total()), **counted}
