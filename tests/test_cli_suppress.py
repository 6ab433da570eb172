"""Suppression: a decision with a reason and a last day, that never hides anything and never lasts unseen."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from diagnostics.checks.suppress import (
    ANNOTATION,
    MOST_IN_AN_ANNOTATION,
    State,
    Suppressing,
    SuppressionError,
    annotated,
    parse_suppression,
)
from diagnostics.kube.demos import demo_objects
from diagnostics.model.finding import Finding, Result, Severity, Verdict
from diagnostics.model.meta import Meta
from diagnostics.model.service import Service
from diagnostics.model.suppression import Suppression
from diagnostics.model.text import UNSAFE
from headless import doctor

TODAY = date(2026, 11, 1)


@pytest.fixture(autouse=True)
def a_fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.cli.suppressions.today", lambda: TODAY)


@pytest.mark.parametrize(
    ("text", "reason", "until"),
    [
        ("AD010=shop/web", "", None),
        ("ad010=shop/web:known", "known", None),
        ("snat-blind-allow=shop/web: known: see ticket 7 ", "known: see ticket 7", None),
        ("AD010=shop/web:known:until 2027-01-31", "known", date(2027, 1, 31)),
        ("AD010=shop/web:wait:until the move:until 2027-01-31", "wait:until the move", date(2027, 1, 31)),
        ("AD010=shop/web:until 2027-01-31", "", date(2027, 1, 31)),
    ],
)
def test_a_suppression_is_read_with_reason_and_last_day(text: str, reason: str, until: date | None) -> None:
    assert parse_suppression(text, "here") == Suppression("AD010", "shop/web", reason, until, "here")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("AD010", "write CODE=NAMESPACE/SERVICE"),
        ("AD999=shop/web", "no code of a check"),
        ("AD010=web", "no Service"),
        ("AD010=*/web", "no Service"),
        ("AD010=*/*", "no Service"),
        ("AD010=shop/web*", "no Service"),
        ("AD010=cluster", "no Service"),
        ("AD087=shop/web", "concerns the whole cluster"),
        ("AD010=shop/web:known:until tomorrow", "no day"),
        ("AD010=shop/web:known:until 2027-13-01", "no day"),
        ("AD010=shop/web:known:until ", "no day"),
    ],
)
def test_what_is_not_understood_suppresses_nothing_and_is_a_wrong_command_line(text: str, said: str) -> None:
    with pytest.raises(SuppressionError, match=said):
        parse_suppression(text, "here")
    ran = doctor(["check", "shop/web", "--demo", "seed", "--suppress", text])
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def result(severity: Severity, code: str = "AD010") -> Result:
    return Result(code, "slug", "title", Verdict.FOUND, (Finding(severity, "Service shop/web", "It is so."),))


BROKEN, RISKY = Severity.BROKEN, Severity.RISKY
TABLE = [
    ("AD010=shop/web:known", BROKEN, True, State.USED),
    ("AD010=shop/web", RISKY, True, State.USED),
    ("AD010=shop/web", BROKEN, False, State.REFUSED),
    ("AD010=shop/web:known:until 2026-11-01", BROKEN, True, State.USED),
    ("AD010=shop/web:known:until 2026-10-31", BROKEN, False, State.EXPIRED),
    ("AD010=shop/web:until 2026-10-31", RISKY, False, State.EXPIRED),
    ("AD011=shop/web:known", BROKEN, False, State.UNUSED),
]


@pytest.mark.parametrize(("text", "severity", "suppressed", "state"), TABLE)
def test_what_becomes_of_a_finding_and_of_its_suppression(
    text: str, severity: Severity, suppressed: bool, state: State
) -> None:
    suppress = Suppressing([parse_suppression(text, "here")], TODAY)
    (left,) = suppress.results([result(severity)], "shop/web")
    assert left.verdict is Verdict.FOUND
    assert (left.severity is None) is suppressed
    assert len(left.suppressed) == suppressed
    (remark,) = suppress.remarks
    assert remark.state is state
    assert bool(remark.sentence) is (state is not State.USED)


def test_other_services_are_not_touched_and_their_suppressions_not_told() -> None:
    suppress = Suppressing([parse_suppression("AD010=shop/api:known", "here")], TODAY)
    assert suppress.results([result(BROKEN)], "shop/web") == (result(BROKEN),)
    assert suppress.remarks == ()


def test_what_could_not_be_told_cannot_be_suppressed() -> None:
    unknown = Result("AD010", "slug", "title", Verdict.UNKNOWN, reason="No right.")
    suppress = Suppressing([parse_suppression("AD010=shop/web:known", "here")], TODAY)
    assert suppress.results([unknown], "shop/web") == (unknown,)


def test_the_exit_code_follows_what_is_left_and_the_count_is_always_shown() -> None:
    line = "check legacy/reports --demo seed --allow-incomplete"
    assert doctor(line).code == 1
    assert "0 findings suppressed." in doctor(line).out
    ran = doctor([*line.split(), "--suppress", "AD075=legacy/reports:going away:until 2027-01-31"])
    assert ran.code == 0
    assert "1 Service checked: 1 suppressed." in ran.out
    assert "1 finding suppressed: AD075 × 1." in ran.out
    assert "suppressed, was broken: going away, until 2027-01-31" in ran.out


def suppress_file(path: Path, *entries: dict[str, str]) -> Path:
    path.write_text(yaml.safe_dump({"suppressions": list(entries)}))
    return path


ENTRY = {"code": "AD075", "service": "legacy/reports", "reason": "going away", "until": "2027-01-31"}


def test_a_file_holds_suppressions_with_reason_and_last_day(tmp_path: Path) -> None:
    path = suppress_file(tmp_path / "s.yaml", ENTRY)
    told = doctor(f"check legacy/reports --demo seed -o json --suppress-file {path}").json
    (row,) = [row for row in told["services"][0]["results"] if row["code"] == "AD075"]
    said_by = f"{path}, entry 1"
    assert row["suppressed"] == {"reason": "going away", "until": "2027-01-31", "saidBy": said_by}
    assert [(item["state"], item["saidBy"]) for item in told["suppressions"]] == [("used", said_by)]
    assert told["summary"]["suppressed"] == 1


@pytest.mark.parametrize("missing", ["reason", "until", "code", "service"])
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_an_entry_of_a_file_needs_all_its_parts(missing: str, how: str, tmp_path: Path) -> None:
    entry = {name: value for name, value in ENTRY.items() if name != missing} | (
        {missing: ""} if how == "empty" else {}
    )
    ran = doctor(f"check --demo seed --suppress-file {suppress_file(tmp_path / 's.yaml', ENTRY, entry)}")
    assert (ran.code, ran.out) == (2, "")
    assert "s.yaml, entry 2" in ran.err


@pytest.mark.parametrize("content", ["", "[]", "a: [", "suppressions: 5", "suppressions: []\nmore: 1", "\x00"])
def test_a_file_that_holds_no_suppressions_is_told(content: str, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(content)
    ran = doctor(f"check --demo seed --suppress-file {path}")
    assert (ran.code, ran.out) == (2, "")
    assert "s.yaml" in ran.err
    assert doctor(f"check --demo seed --suppress-file {tmp_path / 'none.yaml'}").code == 2


def recorded(tmp_path: Path, annotation: str) -> Path:
    objects = demo_objects("seed")
    for item in objects:
        if item["kind"] == "Service" and item["metadata"]["name"] == "reports":
            item["metadata"]["annotations"] = {ANNOTATION: annotation}
    path = tmp_path / "objects.yaml"
    path.write_text(yaml.safe_dump_all(objects))
    return path


def test_an_annotation_speaks_of_its_own_service(tmp_path: Path) -> None:
    path = recorded(tmp_path, "AD075:going away:until 2027-01-31\nAD001:fine with us:until 2027-01-31")
    told = doctor(f"check -A -f {path} -o json").json
    states = [(item["code"], item["subject"], item["state"]) for item in told["suppressions"]]
    assert states == [("AD075", "legacy/reports", "used"), ("AD001", "legacy/reports", "unused")]
    assert told["summary"]["suppressed"] == 1


@pytest.mark.parametrize(
    "annotation",
    [
        "AD075",
        "AD075:going away",
        "AD075:until 2027-01-31",
        "AD075:going away:until 2020-01-01",
        "AD075=shop/web:going away:until 2027-01-31",
        "AD087:going away:until 2027-01-31",
        "AD075\x1b[31m\u202e:x:until 2027-01-31",
        "]] <script>alert(1)</script> {0} | `x`",
        "x" * 10_000,
    ],
)
@pytest.mark.parametrize("form", ["table", "json", "markdown", "html", "junit", "sarif"])
def test_what_an_annotation_may_not_say_is_not_heeded_and_told(annotation: str, form: str, tmp_path: Path) -> None:
    path = recorded(tmp_path, annotation)
    ran = doctor(f"check legacy/reports -f {path} -o {form}")
    assert ran.code == 1
    assert "Not heeded" in ran.err or "expired" in ran.err
    assert len(ran.err) < 5000
    assert not UNSAFE.search(ran.out.replace("\n", ""))
    if form in ("html", "junit", "markdown"):
        assert "<script" not in ran.out


def test_an_annotation_has_room_for_a_few_entries_only() -> None:
    text = ";".join(["AD075:x:until 2027-01-31"] * (MOST_IN_AN_ANNOTATION + 1))
    service = Service(metadata=Meta(name="web", namespace="shop", annotations={ANNOTATION: text}))
    heeded, refused = annotated(service)
    assert len(heeded) == MOST_IN_AN_ANNOTATION
    assert [remark.state for remark in refused] == [State.REFUSED]
