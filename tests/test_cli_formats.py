"""Every format of `check` says the same, in a form that its readers understand, whatever text the cluster holds.

UPDATE_FRAMES=1 writes the golden outputs anew: look at them before committing.
"""

import json
import os
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.suppress import Remark, State
from diagnostics.kube.documents import Place
from diagnostics.kube.recorded import Places
from diagnostics.model.finding import Evidence, Finding, Report, Result, Severity, Suppressed, Verdict
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source
from diagnostics.model.suppression import Suppression
from diagnostics.model.text import UNSAFE
from headless import doctor, written
from tui.cli.check import FORMATS
from tui.cli.check_junit import junit
from tui.cli.check_sarif import object_place, results
from tui.cli.checked import Checked
from tui.cli.facts import Facts

FRAMES = Path(__file__).parent / "frames"
ORDER = ("table", "wide", "json", "yaml", "markdown", "html", "junit", "sarif")


def found(severity: Severity, message: str, policy: str = "shop/allow-office") -> Finding:
    evidence = (Evidence(f"NetworkPolicy {policy}", "spec.ingress[0].from[0].ipBlock.cidr", "203.0.113.0/24"),)
    return Finding(severity, f"NetworkPolicy {policy}", message, evidence)


def checked(message: str = "NetworkPolicy shop/allow-office keeps clients out.") -> Checked:
    """Two Services and the cluster, with every kind of verdict."""
    said = Suppression("AD011", "shop/web", "known", date(2027, 1, 31), "--suppress")
    old = Suppression("AD012", "shop/web", "old", date(2026, 1, 31), "file, entry 1")
    broken = Result(
        "AD010", "snat-blind-allow", "t", Verdict.FOUND, (found(Severity.BROKEN, message),), "", ("use-dsr",)
    )
    note = Result("AD020", "local", "t", Verdict.FOUND, (found(Severity.NOTE, "A Node has no endpoint."),))
    put_aside = Suppressed(found(Severity.RISKY, "A deny rule is blind."), said)
    suppressed = Result("AD011", "snat-blind-deny", "t", Verdict.FOUND, suppressed=(put_aside,))
    unknown = Result("AD012", "snat-open-allow", "t", Verdict.UNKNOWN, reason="Policies could not be read.")
    passed = Result("AD001", "hidden", "t", Verdict.PASSED)
    skipped = Result("AD030", "dsr", "t", Verdict.NOT_APPLICABLE)
    return Checked(
        reports=(
            Report("shop/web", (passed, broken, suppressed, unknown, note, skipped)),
            Report("shop/zebra", (passed, skipped)),
        ),
        cluster=(Result("AD087", "antrea-not-found", "t", Verdict.PASSED),),
        gaps=(Gap(Source.NETWORK_POLICIES, Reason.FORBIDDEN, "A right is missing."),),
        remarks=(
            Remark(said, State.USED),
            Remark(old, State.EXPIRED, "The suppression of AD012 for shop/web (file, entry 1) expired on 2026-01-31."),
        ),
        wanted=2,
    )


PLACES: Places = {
    (Source.NETWORK_POLICIES, "shop/allow-office"): Place("objects/policies.yaml", 17),
    (Source.SERVICES, "shop/web"): Place("objects/service.yaml", 3),
}


def told(form: str, what: Checked, encoding: str = "utf-8") -> str:
    facts = Facts(Snapshot(context="prod", origin="https://api"), "", lambda keys: Snapshot(), PLACES)
    return written(
        ["check", "-o", form], lambda output, call: FORMATS[form](output, what, call, facts), encoding=encoding
    )


def trimmed(form: str, text: str) -> str:
    """SARIF carries the pages of all checks, which are not what is looked at here."""
    if form != "sarif":
        return text
    log = json.loads(text)
    driver = log["runs"][0]["tool"]["driver"]
    assert [rule["id"] for rule in driver.pop("rules")] == [check.code for check in CHECKS]
    driver.pop("semanticVersion")
    return json.dumps(log, indent=2) + "\n"


@pytest.mark.parametrize("form", ORDER)
def test_each_format_looks_as_it_was_approved(form: str) -> None:
    text = trimmed(form, told(form, checked()))
    path = FRAMES / f"check-{form}.txt"
    if os.environ.get("UPDATE_FRAMES"):
        path.write_text(text)
    assert text == path.read_text()


def test_all_formats_are_offered_and_none_is_forgotten() -> None:
    assert tuple(FORMATS) == ORDER
    assert "table, wide, json, yaml, markdown, html, junit, sarif" in doctor("check --help").out


@pytest.mark.parametrize("form", ORDER)
def test_every_format_shows_what_is_suppressed_expired_and_not_read(form: str) -> None:
    text = told(form, checked())
    assert "known" in text
    assert "expired on 2026-01-31" in text
    if form not in ("table", "wide"):  # these say it beside the table, on stderr
        assert "A right is missing." in text


HOSTILE = "]]> </script><img src=x onerror=alert(1)> ![a](http://evil) [b](c) {0} | `&amp; \uffff ' \" --> <!--"


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_hostile_text_stays_text_in_html(encoding: str) -> None:
    text = told("html", checked(HOSTILE), encoding)
    assert "<img" not in text
    assert "<script" not in text
    assert "<!--" not in text
    assert "\uffff" not in text


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_hostile_text_comes_out_of_junit_as_it_went_in(encoding: str) -> None:
    root = ElementTree.fromstring(told("junit", checked(HOSTILE), encoding))
    messages = [element.get("message") for element in root.iter("failure")]
    assert messages == [HOSTILE.replace("\uffff", "\ufffd")]


def test_hostile_text_is_neither_link_nor_placeholder_in_sarif_and_markdown() -> None:
    (log,) = [json.loads(told("sarif", checked(HOSTILE)))]
    (message,) = [row["message"]["text"] for row in log["runs"][0]["results"] if row["ruleId"] == "AD010"]
    assert "\\](http" in message
    assert "{{0}}" in message
    markdown = told("markdown", checked(HOSTILE))
    assert "](" not in markdown
    assert "<img" not in markdown


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    text = told("html", checked())
    assert text.startswith("<!doctype html>")
    assert "default-src 'none'" in text
    for word in ("<script", "javascript:", "url(", "@import", "<link", "<img", "<iframe"):
        assert word not in text
    assert "light-dark(" in text


@pytest.mark.parametrize(
    ("fail_on", "allow_incomplete", "failures", "errors"),
    [("risky", False, 1, 1), ("broken", True, 1, 0), ("note", False, 2, 1), ("never", True, 0, 0)],
)
def test_junit_is_red_exactly_when_the_exit_code_is(
    fail_on: str, allow_incomplete: bool, failures: int, errors: int
) -> None:
    root, suites = junit(checked(), fail_on, allow_incomplete=allow_incomplete)
    assert (root.get("failures"), root.get("errors")) == (str(failures), str(errors))
    assert root.get("tests") == str(sum(len(suite) for suite in suites)) == "9"


def test_sarif_points_at_the_object_of_a_finding_in_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = list(results(checked(), PLACES))
    row = next(row for row in rows if row["ruleId"] == "AD010")
    physical = row["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "objects/policies.yaml", "uriBaseId": "%SRCROOT%"}
    assert physical["region"] == {"startLine": 17}
    unknown = next(row for row in rows if row["kind"] == "open")
    assert unknown["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    assert [row["ruleId"] for row in rows if "suppressions" in row] == ["AD011"]


def test_objects_are_found_by_the_names_that_evidence_gives_them() -> None:
    place = Place("f", 1)
    places = {(source, "a/b" if source is not Source.CLUSTER_POLICIES else "b"): place for source in Source}
    for name in ("Service a/b", "NetworkPolicy a/b", "Antrea NetworkPolicy a/b", "Antrea ClusterNetworkPolicy b"):
        assert object_place(name, places) is place
    assert object_place("NetworkPolicy a/c", places) is None
    assert object_place("something else", places) is None


@pytest.mark.parametrize("as_json", [False, True])
def test_sarif_knows_the_lines_of_recorded_objects(as_json: bool, tmp_path: Path) -> None:
    policy = (
        '{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "p", "namespace": "s"}}'
    )
    service = (
        '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "s"},\n'
        ' "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}}'
    )
    path = tmp_path / "with space.json"
    path.write_text(
        f'{{"apiVersion": "v1", "kind": "List", "items": [\n{policy},\n{service}]}}'
        if as_json
        else f"{policy}\n---\n{service}\n"
    )
    ran = doctor(["check", "s/web", "-f", str(path), "-o", "sarif"])
    rows = ran.json["runs"][0]["results"]
    places = {
        (place["physicalLocation"]["artifactLocation"]["uri"], place["physicalLocation"]["region"]["startLine"])
        for row in rows
        for place in row["locations"]
        if "physicalLocation" in place
    }
    assert places == {(path.as_uri(), 3)}


def test_sarif_needs_files() -> None:
    ran = doctor("check -A --demo seed -o sarif")
    assert (ran.code, ran.out) == (2, "")
    assert "-f" in ran.err


@pytest.mark.parametrize("form", ORDER)
def test_nothing_of_what_a_format_writes_can_move_the_cursor(form: str) -> None:
    assert not UNSAFE.search(told(form, checked("\ufffd"), "utf-8").replace("\n", ""))
