"""`verify`: where the steps of a plan file stand, and what is said of files that are no plan."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from headless import Ran, doctor

SCHEMA = Path(__file__).parent.parent / "tui" / "cli" / "schemas" / "verify.json"
DSR = "plan shop/web --remedy use-dsr -o json --demo seed"


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    path.write_text(doctor(DSR).out)
    return path


def changed(path: Path, **fields: Any) -> Path:
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))
    return path


def standings(ran: Ran) -> list[str]:
    return [step["standing"] for step in ran.json["steps"]]


def test_where_nothing_was_done_every_step_that_changes_something_is_open(plan: Path) -> None:
    ran = doctor(["verify", str(plan), "--demo", "seed", "-o", "json"])
    assert ran.code == 1
    writes = [bool(step["writes"]) for step in json.loads(plan.read_text())["steps"]]
    for standing, changes in zip(standings(ran)[:-1], writes[:-1], strict=True):
        assert standing == ("open" if changes else "unchecked")
    assert standings(ran)[-1] == "unchecked"  # live traffic, which no reading tells


def test_where_the_plan_was_followed_it_is_done(plan: Path) -> None:
    ran = doctor(["verify", str(plan), "--demo", "dsr", "-o", "json"])
    assert (ran.code, set(standings(ran))) == (0, {"done", "unchecked"})


def test_the_table_says_why(plan: Path) -> None:
    ran = doctor(["verify", str(plan), "--demo", "proxy-all"])
    assert ran.code == 1
    assert "DSRServiceMark is missing on" in ran.out
    assert "Plan use-dsr for Service shop/web" in ran.out


@pytest.mark.parametrize("demo", ["seed", "dsr", "proxy-all", "antrea-2.0", "rollout"])
def test_the_document_keeps_its_schema(plan: Path, demo: str) -> None:
    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(doctor(["verify", str(plan), "--demo", demo, "-o", "json"]).json)


def test_files_without_the_kind_leave_it_unknown(plan: Path, tmp_path: Path) -> None:
    lonely = tmp_path / "pod.json"
    lonely.write_text(json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "b"}}))
    ran = doctor(["verify", str(plan), "-f", str(lonely), "-o", "json"])
    assert (ran.code, set(standings(ran))) == (4, {"unknown", "unchecked"})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "The file is empty."),
        ("plan: yes", "The file is not JSON."),
        ("[1, 2]", "The file is not a plan of antrea-doctor"),
        ('{"schemaVersion": "1"}', "The file is not a plan of antrea-doctor"),
        ('{"schemaVersion": "9", "remedy": "x", "steps": []}', "schema version '9', known is 1"),
        ('{"schemaVersion": "1", "remedy": "x", "steps": [{"title": "a"}]}', "An older antrea-doctor made this plan"),
        ('{"schemaVersion": "1", "remedy": "\\u001b[2J", "steps": []}', "control or invisible characters"),
        ("[" * 100_000, "The file is not JSON."),
    ],
)
def test_what_is_no_plan_is_told_in_a_sentence(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(content)
    ran = doctor(["verify", str(path), "--demo", "seed"])
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "\x1b" not in ran.err


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    ran = doctor(["verify", str(tmp_path / "none.json"), "--demo", "seed"])
    assert ran.code == 2
    assert "cannot be read: No such file or directory" in ran.err


@pytest.mark.parametrize(
    "write",
    [
        {"verb": "merge", "apiVersion": "v1", "kind": "Secret", "name": "token", "namespace": "kube-system"},
        {"verb": "merge", "apiVersion": "v1", "kind": "Service", "name": "../../secrets/x", "namespace": "shop"},
        {"verb": "merge", "apiVersion": "../v1", "kind": "Service", "name": "web", "namespace": "shop"},
    ],
)
def test_a_plan_cannot_name_just_anything(write: dict[str, Any]) -> None:
    from diagnostics.kube.resources import UnknownResourceError, object_path

    with pytest.raises(UnknownResourceError):
        object_path(write["apiVersion"], write["kind"], write["namespace"], write["name"])


@pytest.mark.parametrize("command", ["apply", "undo"])
def test_recorded_clusters_and_standard_input_cannot_be_changed(plan: Path, command: str) -> None:
    ran = doctor([command, str(plan), "--step", "2", "--allow-write", "--demo", "seed"])
    assert (ran.code, ran.out) == (2, "")
    assert "A recorded cluster cannot be changed" in ran.err
    ran = doctor([command, "-", "--step", "2", "--allow-write"])
    assert ran.code == 2
    assert "needs a file and not `-`" in ran.err


@pytest.mark.parametrize("command", ["apply", "undo"])
def test_without_a_flag_nothing_is_sent(plan: Path, command: str) -> None:
    ran = doctor([command, str(plan), "--step", "2"])
    assert (ran.code, ran.out) == (2, "")
    assert "Nothing was sent." in ran.err


def test_a_step_that_is_not_there_is_told(plan: Path) -> None:
    ran = doctor(["apply", str(plan), "--step", "99", "--dry-run"])
    assert ran.code == 2
    assert "There is no step 99" in ran.err
