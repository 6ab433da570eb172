"""`check`: findings that a pipeline can act on, and nothing unknown that passes for good."""

from pathlib import Path

import pytest
import yaml

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.check import Check, Scope
from diagnostics.checks.examine import examine
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Report, Result, Severity, Verdict
from headless import doctor
from tui.cli.check import exit_code

LONE_SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}},
    "spec": {"type": "ClusterIP", "clusterIP": "10.96.0.9", "ports": [{"port": 80}]},
}


def result(verdict: Verdict, severity: Severity | None = None) -> Result:
    findings = (Finding(severity, "Service shop/web", "It is so."),) if severity else ()
    return Result("AD001", "slug", "title", verdict, findings)


FINE = result(Verdict.PASSED)
UNKNOWN = result(Verdict.UNKNOWN)
NOTE, RISKY, BROKEN = (result(Verdict.FOUND, item) for item in (Severity.NOTE, Severity.RISKY, Severity.BROKEN))


@pytest.mark.parametrize(
    ("found", "fail_on", "allow_incomplete", "code"),
    [
        ([], "risky", False, 0),
        ([FINE], "note", False, 0),
        ([NOTE], "risky", False, 0),
        ([NOTE], "note", False, 1),
        ([RISKY], "risky", False, 1),
        ([RISKY], "broken", False, 0),
        ([BROKEN], "broken", False, 1),
        ([BROKEN], "never", False, 0),
        ([FINE, UNKNOWN], "risky", False, 4),
        ([FINE, UNKNOWN], "risky", True, 0),
        ([BROKEN, UNKNOWN], "risky", False, 1),
        ([BROKEN, UNKNOWN], "never", False, 4),
        ([NOTE, UNKNOWN], "risky", False, 4),
    ],
)
def test_the_exit_code_follows_the_contract(
    found: list[Result], fail_on: str, allow_incomplete: bool, code: int
) -> None:
    assert exit_code(found, fail_on, allow_incomplete=allow_incomplete) == code


def test_a_finding_fails_the_pipeline_and_never_does_not() -> None:
    assert doctor("check legacy/reports --demo seed").code == 1
    assert doctor("check legacy/reports --demo seed --fail-on never --allow-incomplete").code == 0


def test_the_document_keeps_the_contract() -> None:
    document = doctor("check -A --demo seed -o json").json
    assert list(document)[:4] == ["schemaVersion", "complete", "services", "cluster"]
    assert document["schemaVersion"] == "1"
    service_codes = [check.code for check in CHECKS if check.scope is Scope.SERVICE]
    for service in document["services"]:
        assert list(service) == ["namespace", "name", "results"]
        assert list(dict.fromkeys(row["code"] for row in service["results"])) == service_codes
    cluster_codes = [check.code for check in CHECKS if check.scope is Scope.CLUSTER]
    assert list(dict.fromkeys(row["code"] for row in document["cluster"])) == cluster_codes
    rows = [row for service in document["services"] for row in service["results"]] + document["cluster"]
    for row in rows:
        assert list(row) == ["code", "slug", "verdict", "severity", "message", "evidence", "remedies", "suppressed"]
        assert row["verdict"] in {"found", "unknown", "passed", "not applicable"}
        assert (row["severity"] in {"broken", "risky", "note"}) is (row["verdict"] == "found")
        assert bool(row["message"]) is (row["verdict"] in ("found", "unknown"))
        for item in row["evidence"]:
            assert list(item) == ["object", "field", "value"]
    assert any(row["evidence"] for row in rows)


def test_yaml_holds_the_same_document_and_the_order_is_stable() -> None:
    first = doctor("check -A --demo seed -o json")
    assert doctor("check -A --demo seed -o json").out == first.out
    assert yaml.safe_load(doctor("check -A --demo seed -o yaml").out) == first.json


def test_the_table_ends_with_what_it_comes_to() -> None:
    ran = doctor("check -A --demo seed")
    services = len(doctor("check -A --demo seed -o json").json["services"])
    assert f"{services} Services checked: " in ran.out
    assert "AD075 × 1" in ran.out
    assert "antrea-doctor explain AD" in ran.out
    assert next(line for line in ran.out.splitlines() if "AD075" in line).startswith("legacy/reports")


def test_what_could_not_be_read_is_unknown_and_told(tmp_path: Path) -> None:
    file = tmp_path / "service.yaml"
    file.write_text(yaml.safe_dump(LONE_SERVICE))
    ran = doctor(f"check shop/web -f {file} --fail-on never")
    assert ran.code == 4
    assert "could not be told" in ran.out
    assert "Not read: " in ran.err
    assert "nodes" in ran.err
    unknown = [row for row in doctor(f"check -f {file} -o json").json["cluster"] if row["verdict"] == "unknown"]
    assert unknown
    assert all(row["message"] for row in unknown)


def test_gaps_stand_in_the_markdown_report_too(tmp_path: Path) -> None:
    file = tmp_path / "service.yaml"
    file.write_text(yaml.safe_dump(LONE_SERVICE))
    told = doctor(f"check -f {file} -o markdown").out
    assert "## Not read" in told
    assert "- nodes" in told


def test_objects_come_from_folders_and_standard_input_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects" / "service.yml").write_text(yaml.safe_dump(LONE_SERVICE))
    line = "check shop/web -o json -f "
    from_folder = doctor(line + str(tmp_path / "objects")).json
    with (tmp_path / "objects" / "service.yml").open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        from_stdin = doctor(line + "-").json
    assert from_stdin == from_folder


@pytest.mark.parametrize(
    ("selector", "services"),
    [
        ("app=web", 1),
        ("app==web", 1),
        ("app!=web", 0),
        ("tier!=db", 1),
        ("app in (web, api)", 1),
        ("app notin (web)", 0),
        ("app", 1),
        ("!app", 0),
        ("!tier,app", 1),
        ("app=web,tier", 0),
    ],
)
def test_label_selectors_are_those_of_kubectl(selector: str, services: int, tmp_path: Path) -> None:
    file = tmp_path / "service.yaml"
    file.write_text(yaml.safe_dump(LONE_SERVICE))
    found = doctor(["check", "-f", str(file), "-o", "json", "-l", selector]).json["services"]
    assert len(found) == services


def test_hostile_text_reaches_no_terminal(tmp_path: Path) -> None:
    hostile = {**LONE_SERVICE, "metadata": {"name": "web\x1b]52;c;ZXZpbA==\x07", "namespace": "shop"}}
    file = tmp_path / "hostile.json"
    file.write_text(__import__("json").dumps(hostile))
    for line in (f"check -f {file}", f"path -f {file}", f"path -f {file} -o json", f"check a/b -f {file}"):
        ran = doctor(line)
        assert "\x1b" not in ran.out + ran.err
        assert "\x07" not in ran.out + ran.err


@pytest.mark.parametrize("form", ["table", "json", "html", "junit"])
def test_ctrl_c_in_a_long_scan_prints_what_was_found_so_far_and_says_so(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    examined: list[str] = []

    def until_interrupted(case: Case, checks: tuple[Check, ...]) -> Report:
        if len(examined) == 2:
            raise KeyboardInterrupt
        examined.append(case.key)
        return examine(case, checks)

    services = len(doctor("check -A --demo seed -o json").json["services"])
    monkeypatch.setattr("tui.cli.check.examine", until_interrupted)
    ran = doctor(f"check -A --demo seed -o {form}")
    assert ran.code == 130
    assert f"Interrupted: 2 of {services} Services were examined." in ran.err
    if form == "json":
        assert ran.json["complete"] is False
        assert [f"{item['namespace']}/{item['name']}" for item in ran.json["services"]] == examined
    else:
        assert f"Interrupted: 2 of {services} Services" in ran.out


def test_ctrl_c_before_anything_was_examined_prints_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(case: Case, checks: tuple[Check, ...]) -> Report:
        raise KeyboardInterrupt

    monkeypatch.setattr("tui.cli.check.examine", interrupted)
    ran = doctor("check -A --demo seed")
    assert (ran.code, ran.out, ran.err) == (130, "", "")
