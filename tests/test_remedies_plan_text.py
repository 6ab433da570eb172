"""Plans to read, to run and for other programs."""

import json
import subprocess
from pathlib import Path

import pytest

from clusters import cluster
from deployed import case_of, pod, service
from diagnostics.kube.recorded import read_demo
from diagnostics.model.case import Case
from diagnostics.remedies.files.plan_text import plan_document, plan_text
from diagnostics.remedies.offered.catalogue import remedy
from diagnostics.remedies.plan.plan import Manifest, Plan, Question, Step
from diagnostics.remedies.plan.plan_script import plan_script, step_script
from diagnostics.remedies.plan.shells import DIALECTS, Shell

HOSTILE = "EOF\n$(touch pwned)\n`touch pwned`\nEND_OF_FILE\nEND_OF_FILE_\n'\"\\"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return remedy("use-dsr").make(Case.of(read_demo("seed"), "shop/web"), Question(kube_context="prod"))


@pytest.fixture(scope="module")
def refused() -> Plan:
    return remedy("use-dsr").make(Case.of(read_demo("no-encap"), "shop/web"), Question())


def test_the_text_numbers_the_steps_and_says_the_whole_of_each(plan: Plan) -> None:
    text = plan_text(plan)
    for number, step in enumerate(plan.steps, start=1):
        assert f"{number}. {step.title} ({step.risk.value})" in text
        for said in (*step.commands, *step.verify, *step.undo, *step.dangers, step.why):
            assert said in text
    assert "+  proxyAll: true" in text
    assert not text.endswith("\n")


def test_a_plan_that_may_not_be_followed_gives_reasons_and_nothing_to_run(refused: Plan) -> None:
    assert "encap" in plan_text(refused)
    assert all(line.startswith("#") for line in plan_script(refused).splitlines())


def test_the_script_names_context_and_service_first_and_is_posix_shell(plan: Plan) -> None:
    script = plan_script(plan)
    first = script.splitlines()[0]
    assert first.startswith("#")
    assert "shop/web" in first
    assert "context prod" in first
    assert not script.endswith("\n")
    subprocess.run(["sh", "-n"], input=script, text=True, check=True)


def test_the_script_runs_all_commands_in_order_and_waits_before_each_step_that_others_feel(plan: Plan) -> None:
    lines = plan_script(plan).splitlines()
    wanted = [line for step in plan.steps for line in step.commands]
    assert [line for line in lines if line in wanted] == wanted
    for step in plan.steps:
        at = lines.index(step.commands[0])
        heading = max(index for index, line in enumerate(lines[:at]) if line.startswith("# Step "))
        waits = [line for line in lines[heading:at] if line.startswith("read ")]
        assert bool(waits) == (step.risk.value != "safe")


def test_the_script_writes_the_very_files_that_its_commands_name(plan: Plan, tmp_path: Path) -> None:
    for step in plan.steps:
        files = (*step.manifests, *step.undo_manifests)
        script = step_script(step).replace("kubectl", "true kubectl")
        subprocess.run(["sh", "-eu"], input=script, text=True, check=True, cwd=tmp_path)
        for item in files:
            assert (tmp_path / item.file_name).read_text() == item.yaml + "\n"
            assert any(item.file_name in line for line in (*step.commands, *step.undo))


def test_hostile_content_is_written_and_not_run(tmp_path: Path) -> None:
    script = DIALECTS[Shell.POSIX].write_file("it's here.yaml", HOSTILE)
    subprocess.run(["sh", "-eu"], input=script, text=True, check=True, cwd=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["it's here.yaml"]
    assert (tmp_path / "it's here.yaml").read_text() == HOSTILE + "\n"


def test_hostile_words_stay_comments(tmp_path: Path) -> None:
    step = Step("t\ntouch pwned", "w\ntouch pwned", ("true",), expect="$(touch pwned)'", dangers=("`touch pwned`\n",))
    plan = Plan("use-dsr", "a/b\ntouch pwned", (), (step,), context="c\ntouch pwned")
    subprocess.run(["sh", "-eu"], input=plan_script(plan), text=True, check=True, cwd=tmp_path, capture_output=True)
    assert not list(tmp_path.iterdir())


HOSTILE_NAMES = ["$(touch pwned)", "`touch pwned`", "a;touch pwned", "a'b", 'a"b', "a\\nb", "a b", "*", "#x"]


BY_LOAD_BALANCER = ("use-dsr", "mend-annotation")
BY_NODE_PORT = ("guard-nodeport", "local-policy", "to-load-balancer")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("slug", [*BY_LOAD_BALANCER, *BY_NODE_PORT])
def test_names_from_a_hostile_cluster_are_words_in_every_command(slug: str, name: str, tmp_path: Path) -> None:
    kind = "LoadBalancer" if slug in BY_LOAD_BALANCER else "NodePort"
    mode = "dsr" if slug == "mend-annotation" else ""
    made = service((pod(1), pod(2)), name=name, namespace=name, kind=kind, external_ips=(), mode=mode)
    case = case_of(cluster(), made)
    plan = remedy(slug).make(case, Question(allow=("203.0.113.0/24",), kube_context=name))
    assert plan.applicable, plan.blocked_by
    (tmp_path / "bin").mkdir()
    stub = tmp_path / "bin" / "kubectl"
    stub.write_text('#!/bin/sh\nprintf "%s|" "$@" >> "$LOG"; echo >> "$LOG"\n')
    stub.chmod(0o755)
    folder = tmp_path / "here"
    folder.mkdir()
    script = plan_script(plan).replace("read -r _ < /dev/tty", ":")
    environment = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "LOG": str(tmp_path / "log")}
    subprocess.run(["sh", "-eu"], input=script, text=True, check=True, cwd=folder, env=environment, capture_output=True)
    assert not (folder / "pwned").exists()
    calls = (tmp_path / "log").read_text().splitlines()
    assert all(call.startswith(f"--context|{name}|") for call in calls)
    assert any(f"|-n|{name}|" in call for call in calls) or slug == "guard-nodeport"


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        *((slug, name) for slug in (*BY_LOAD_BALANCER, *BY_NODE_PORT) for name in ("a/b", "two\nlines", "esc\x1b")),
        ("use-dsr", "--all"),
        ("use-dsr", ".."),
    ],
)
def test_names_that_no_command_can_carry_refuse_the_plan(slug: str, name: str) -> None:
    kind = "LoadBalancer" if slug in BY_LOAD_BALANCER else "NodePort"
    mode = "dsr" if slug == "mend-annotation" else ""
    case = case_of(cluster(), service((pod(1), pod(2)), name=name, kind=kind, external_ips=(), mode=mode))
    plan = remedy(slug).make(case, Question(allow=("203.0.113.0/24",)))
    assert not plan.applicable
    assert plan.steps == ()
    assert all(text.isprintable() for text in plan.blocked_by)


def test_the_document_keeps_the_contract(plan: Plan, refused: Plan) -> None:
    document = json.loads(json.dumps(plan_document(plan, [{"access": "NodePort"}], [{"severity": "note"}])))
    assert {"schemaVersion", "remedy", "applicable", "blockedBy", "prerequisites", "steps", "after"} <= set(document)
    assert document["applicable"] is True
    assert set(document["prerequisites"][0]) >= {"title", "state", "evidence"}
    step = document["steps"][1]
    assert set(step) >= {"title", "why", "commands", "manifests", "verify", "undo", "risk"}
    assert step["manifests"][0]["fileName"] == "antrea-config.patch.yaml"
    after = document["after"]
    assert (after["paths"], after["findings"]) == ([{"access": "NodePort"}], [{"severity": "note"}])
    assert [set(change) for change in after["admission"]] == [
        {
            "access", "address", "port", "protocol", "ingressNodes",
            "newlyAdmitted", "perhapsAdmitted", "noLongerAdmitted",
        }
        for _ in plan.admits
    ]  # fmt: skip
    assert plan_document(refused)["applicable"] is False
    assert plan_document(refused)["blockedBy"]


def test_files_with_a_diff_are_not_printed_twice() -> None:
    step = Step("Edit", "", (), manifests=(Manifest("a.yaml", "whole: text"),), diff="-a\n+b")
    text = plan_text(Plan("x", "a/b", (), (step,)))
    assert "whole: text" not in text
    assert "+b" in text
