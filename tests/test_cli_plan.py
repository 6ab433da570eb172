"""`plan`: the same steps for people, shells and programs, and an exit code that says whether to follow them."""

import subprocess

import pytest

from headless import doctor

DSR = "plan shop/web --demo seed --remedy use-dsr"
GUARD = "plan partner/intake --demo seed --remedy guard-nodeport"


def test_the_text_holds_prerequisites_and_steps() -> None:
    ran = doctor(DSR)
    assert ran.code == 0
    assert "It can be followed." in ran.out
    assert "[met] " in ran.out
    assert "1. " in ran.out
    assert "kubectl --context" in ran.out


def test_the_context_that_was_asked_for_stands_in_the_commands() -> None:
    assert "kubectl --context 'my prod'" in doctor([*DSR.split(), "--context", "my prod"]).out


def test_the_script_is_one_that_a_shell_accepts() -> None:
    script = doctor(f"{DSR} -o script").out
    checked = subprocess.run(["sh", "-n"], input=script, text=True, capture_output=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "set -eu" in script


def test_the_document_keeps_the_contract() -> None:
    document = doctor(f"{DSR} -o json").json
    for name in ("schemaVersion", "remedy", "applicable", "blockedBy", "prerequisites", "steps", "after"):
        assert name in document
    assert (document["schemaVersion"], document["remedy"], document["applicable"]) == ("1", "use-dsr", True)
    assert {item["state"] for item in document["prerequisites"]} <= {"met", "unmet", "unknown"}
    for step in document["steps"]:
        assert {"title", "why", "commands", "manifests", "verify", "undo", "risk"} <= set(step)
    kept = [path for path in document["after"]["paths"] if path["access"] == "LoadBalancerIP"]
    assert {path["seenSource"]["kind"] for path in kept} == {"client"}
    assert isinstance(document["after"]["findings"], list)


def test_a_missing_answer_is_asked_for() -> None:
    ran = doctor(f"{GUARD} -o json")
    assert ran.code == 2
    assert "--allow" in ran.err
    assert ran.json["applicable"] is False
    assert doctor(f"{GUARD} --allow 198.51.100.0/24,203.0.113.7 --allow 192.0.2.0/24").code == 0


@pytest.mark.parametrize("cidr", ["office", "198.51.100.0/33", "1.2.3"])
def test_a_range_that_is_none_is_refused(cidr: str) -> None:
    ran = doctor(f"{GUARD} --allow {cidr}")
    assert ran.code == 2
    assert cidr in ran.out + ran.err


def test_a_plan_that_may_not_be_followed_is_no_success() -> None:
    ran = doctor("plan legacy/mainframe --demo seed --remedy use-dsr")
    assert ran.code == 1
    assert "Not possible as things are." in ran.out


def test_an_unknown_remedy_names_near_ones() -> None:
    ran = doctor("plan shop/web --demo seed --remedy usedsr")
    assert (ran.code, ran.out) == (2, "")
    assert "Did you mean use-dsr?" in ran.err
