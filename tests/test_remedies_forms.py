"""The form that a script changes objects with: that of whatever owns them, or the one that is asked for.

The scripts are run by a real shell; programs of the names of helm and kubectl only write down how they were called.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from diagnostics.remedies.plan.forms import DIRECT, forms_of
from diagnostics.remedies.plan.manifests import content_of
from diagnostics.remedies.plan.plan import Form, Plan
from diagnostics.remedies.plan.plan_script import plan_script
from diagnostics.remedies.plan.shells import Shell
from headless import doctor
from test_remedies_owner import ARGO, FLUX, HELM, HELM_NOTES, edit_of, plan_with

BY_HELM = {"annotations": HELM_NOTES, "labels": HELM}
WAIT = "read -r _ < /dev/tty"


def called(plan: Plan, folder: Path, form: Form = Form.OWNER, *, pauses: int = 99) -> list[str]:
    """The calls of helm and kubectl by the script, whose operator goes away at the pause after so many."""
    programs = folder / "bin"
    programs.mkdir()
    for name in ("helm", "kubectl"):
        (programs / name).write_text(f'#!/bin/sh\necho {name} "$@" >> "{folder}/calls"\n')
        (programs / name).chmod(0o755)
    parts = plan_script(plan, form=form).split(WAIT)
    script = "\n".join((":".join(parts[: pauses + 1]), *(["exit 0"] if len(parts) > pauses else [])))
    environment = {"PATH": f"{programs}:/usr/bin:/bin"}
    subprocess.run(["sh"], input=script, text=True, check=True, cwd=folder, env=environment, capture_output=True)
    return (folder / "calls").read_text().splitlines()


def writes(calls: list[str]) -> list[str]:
    return [call for call in calls if any(word in call.split() for word in ("patch", "apply", "upgrade", "restart"))]


def test_what_helm_owns_is_changed_by_helm_alone(tmp_path: Path) -> None:
    plan = plan_with(BY_HELM)
    calls = called(plan, tmp_path)
    about_agents = [call for call in writes(calls) if "services" not in call]
    assert [call.split()[0] for call in about_agents] == ["helm"]
    assert "--reuse-values -f antrea-values.yaml" in about_agents[0]
    assert (tmp_path / "antrea-values.yaml").read_text().rstrip() == edit_of(plan).alternatives[0].manifests[0].yaml
    assert any("rollout status" in call for call in calls)  # Helm restarts the agents, the script waits for the end


def test_its_values_are_saved_and_the_way_back_is_helms_too(tmp_path: Path) -> None:
    plan = plan_with(BY_HELM)
    calls = called(plan, tmp_path)
    saving = [call for call in calls if "get values" in call or "get configmaps antrea-config -o yaml" in call]
    assert len(saving) == 2
    (form,) = edit_of(plan).alternatives
    (back,) = form.undo
    assert back.endswith("--reset-values -f helm-values.bak.yaml")
    (start,) = [number for number, call in enumerate(calls) if "upgrade" in call.split()]
    assert all(calls.index(call) < start for call in saving)
    _, _, undo = plan_script(plan).partition("To undo everything")
    assert back in undo
    assert "configmaps" not in undo


@pytest.mark.parametrize("marks", [{"annotations": ARGO}, {"labels": FLUX}])
def test_what_stands_in_git_is_never_patched_and_the_script_waits_for_the_commit(
    marks: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    plan = plan_with(marks)
    script = plan_script(plan)
    assert DIRECT in script
    assert "Do this where the owner keeps it" in script
    assert not any("configmaps" in call for call in writes(called(plan, tmp_path, pauses=2)))
    for item in edit_of(plan).alternatives[0].manifests:
        assert (tmp_path / item.file_name).read_text().rstrip() == item.yaml.rstrip()
        assert content_of(item)


def test_a_direct_edit_has_to_be_asked_for(tmp_path: Path) -> None:
    calls = called(plan_with({"annotations": ARGO}), tmp_path, Form.KUBECTL)
    assert any("patch configmaps antrea-config" in call for call in writes(calls))


def test_a_service_kept_in_git_waits_too_and_its_patch_is_a_file(tmp_path: Path) -> None:
    plan = plan_with({}, labels=FLUX)
    script = plan_script(plan)
    assert "Flux Kustomization" in script
    assert not any("services" in call for call in writes(called(plan, tmp_path)))


def test_without_an_owner_the_plain_edit_is_run_and_kustomize_where_it_is_asked_for(tmp_path: Path) -> None:
    plan = plan_with({})
    assert forms_of(plan) == (Form.OWNER, Form.KUBECTL, Form.KUSTOMIZE)
    script = plan_script(plan, form=Form.KUSTOMIZE)
    assert "\n# kubectl --context prod apply -k ." in script  # what lies in that folder is the operator's
    assert not any("configmaps" in call for call in writes(called(plan, tmp_path, Form.KUSTOMIZE)))
    assert (tmp_path / "antrea-config.kustomize.yaml").exists()


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
@pytest.mark.parametrize("form", list(Form))
def test_every_form_is_a_script_of_its_shell(form: Form) -> None:
    for marks in ({}, BY_HELM, {"annotations": ARGO}):
        plan = plan_with(marks)
        for shell, program in ((Shell.POSIX, ["sh", "-n"]), (Shell.FISH, ["fish", "--no-execute"])):
            script = plan_script(plan, shell, form)
            assert not script.endswith("\n")
            subprocess.run(program, input=script, text=True, check=True, capture_output=True)


def test_a_form_that_the_plan_has_not_is_refused_with_those_it_has() -> None:
    ran = doctor("plan shop/web --remedy use-dsr --demo seed -o script --form helm")
    assert ran.code == 2
    assert "--form takes: owner, kubectl, kustomize." in ran.err
    assert ran.out == ""
