"""What other programs read is what the shipped JSON schemas promise, and the schemas tell wrong documents apart."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from headless import doctor

SCHEMAS = Path(__file__).parent.parent / "tui" / "cli" / "schemas"
COMMANDS = [
    ("check -A --demo {demo}", "check"),
    ("check -A --demo {demo} --suppress AD001=shop/web:known", "check"),
    ("path -A --demo {demo} --client-ip 203.0.113.7", "path"),
    ("path -A --demo {demo} --client self", "path"),
    ("plan shop/web --demo {demo}", "ways"),
    ("plan shop/web --remedy use-dsr --demo {demo}", "plan"),
    ("plan shop/web --remedy guard-nodeport --allow 203.0.113.0/24 --demo {demo}", "plan"),
]


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / f"{name}.json").read_text()))


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
def test_every_schema_is_one(path: Path) -> None:
    Draft202012Validator.check_schema(json.loads(path.read_text()))


@pytest.mark.parametrize("demo", ["seed", "proxy-all", "dsr-without-gate", "dual-stack"])
@pytest.mark.parametrize(("line", "name"), COMMANDS)
def test_documents_keep_their_schema(line: str, name: str, demo: str) -> None:
    schema(name).validate(doctor(f"{line.format(demo=demo)} -o json").json)


@pytest.mark.parametrize("name", ["list-checks", "list-remedies"])
def test_lists_keep_their_schema(name: str) -> None:
    schema(name).validate(doctor(f"{name} -o json").json)


def test_documents_of_snapshots_keep_their_schema(tmp_path: Path) -> None:
    demos = ("seed", "proxy-all", "rollout", "node-port-only")
    for demo in demos:
        doctor(f"snapshot save {tmp_path / demo}.json -A --demo {demo}")
        schema("snapshot-show").validate(doctor(f"snapshot show {tmp_path / demo}.json -o json").json)
    for before in demos:
        for after in demos:
            told = doctor(f"snapshot diff {tmp_path / before}.json {tmp_path / after}.json -o json").json
            schema("snapshot-diff").validate(told)
            assert told["same"] is (before == after)


def _without_version(document: Any) -> None:
    del document["schemaVersion"]


def _severity_of_what_passed(document: Any) -> None:
    row = next(row for row in document["services"][0]["results"] if row["verdict"] == "passed")
    row["severity"] = "broken"


def _another_verdict(document: Any) -> None:
    document["services"][0]["results"][0]["verdict"] = "fine"


def _found_without_severity(document: Any) -> None:
    rows = (row for service in document["services"] for row in service["results"])
    next(row for row in rows if row["verdict"] == "found")["severity"] = None


@pytest.mark.parametrize(
    "spoil", [_without_version, _severity_of_what_passed, _another_verdict, _found_without_severity]
)
def test_the_schema_of_check_refuses_what_the_contract_does_not_allow(spoil: Any) -> None:
    document = doctor("check -A --demo seed -o json").json
    spoil(document)
    with pytest.raises(ValidationError):
        schema("check").validate(document)
