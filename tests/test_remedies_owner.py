"""Who owns an object is told by what tools really leave on it, and plans speak in the owner's form, first."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from clusters import cluster
from deployed import case_of, pod, service
from diagnostics.kube.decode import decode_list
from diagnostics.model.antrea import AGENT_CONFIG_KEY
from diagnostics.model.meta import FieldManager, Meta, OwnedMeta, OwnerReference
from diagnostics.model.service import LOAD_BALANCER_MODE
from diagnostics.model.snapshot import Snapshot, Source
from diagnostics.remedies.configuration.agent_forms import KUSTOMIZE_FILE, VALUES_FILE
from diagnostics.remedies.configuration.owner import Tool, owner_of
from diagnostics.remedies.files.plan_text import plan_document, plan_text
from diagnostics.remedies.offered.catalogue import remedy
from diagnostics.remedies.plan.manifests import content_of
from diagnostics.remedies.plan.plan import Plan, Question, Step
from diagnostics.remedies.plan.shells import words_of

ARGO = {"argocd.argoproj.io/tracking-id": "infra:/ConfigMap:kube-system/antrea-config"}
FLUX = {"kustomize.toolkit.fluxcd.io/name": "infra", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
FLUX_HELM = {"helm.toolkit.fluxcd.io/name": "antrea", "helm.toolkit.fluxcd.io/namespace": "kube-system"}
HELM_NOTES = {"meta.helm.sh/release-name": "cni", "meta.helm.sh/release-namespace": "network"}
HELM = {"app.kubernetes.io/managed-by": "Helm"}
INSTANCE = {"app.kubernetes.io/instance": "infra"}
APPLIED = {"kubectl.kubernetes.io/last-applied-configuration": "{}"}


def written_by(*managers: str) -> list[FieldManager]:
    return [FieldManager(manager=manager, operation="Update") for manager in managers]


@pytest.mark.parametrize(
    ("meta", "tool", "called"),
    [
        (Meta(annotations=ARGO), Tool.ARGO_CD, "Argo CD application infra"),
        (Meta(annotations={"argocd.argoproj.io/sync-wave": "1"}, labels=INSTANCE), Tool.ARGO_CD, "Argo CD app"),
        (Meta(labels={"argocd.argoproj.io/instance": "infra"}), Tool.ARGO_CD, "Argo CD application infra"),
        (OwnedMeta(labels=INSTANCE, managed_fields=written_by("argocd-controller")), Tool.ARGO_CD, "application infra"),
        (Meta(annotations=ARGO, labels=HELM), Tool.ARGO_CD, "Argo CD"),
        (Meta(labels=FLUX), Tool.FLUX, "Flux Kustomization flux-system/infra"),
        (OwnedMeta(managed_fields=written_by("kubectl", "kustomize-controller")), Tool.FLUX, "Flux"),
        (Meta(labels=FLUX_HELM | HELM, annotations=HELM_NOTES), Tool.FLUX_HELM, "HelmRelease kube-system/antrea"),
        (OwnedMeta(labels=HELM, annotations=HELM_NOTES, managed_fields=written_by("helm-controller")), Tool.FLUX_HELM,
            "HelmRelease of Flux"),
        (Meta(labels=HELM, annotations=HELM_NOTES), Tool.HELM, "Helm release cni"),
        (Meta(labels=HELM), Tool.HELM, "Helm"),
        (OwnedMeta(managed_fields=written_by("helm")), Tool.HELM, "Helm"),
        (OwnedMeta(managed_fields=written_by("antrea-operator")), Tool.OPERATOR, "The Antrea operator"),
        (OwnedMeta(owner_references=[OwnerReference(kind="AntreaInstall", name="antrea-install")]), Tool.OPERATOR,
            "The Antrea operator"),
        (Meta(labels={"kapp.k14s.io/app": "1650000000"}), Tool.KAPP, "kapp"),
        (Meta(labels={"app.kubernetes.io/managed-by": "shop-operator"}), Tool.OTHER, "shop-operator"),
        (Meta(annotations=APPLIED), Tool.KUBECTL, "kubectl"),
    ],
)  # fmt: skip
def test_the_owner_is_told_by_what_it_leaves_on_its_objects(meta: Meta, tool: Tool, called: str) -> None:
    owner = owner_of(meta)
    assert owner is not None
    assert owner.tool is tool
    assert called in owner.called
    assert "takes a direct change back" in owner.warning("it", sure=True)


@pytest.mark.parametrize("meta", [
    Meta(), Meta(labels=INSTANCE), Meta(labels={"app.kubernetes.io/managed-by": "antrea-doctor"}),
    OwnedMeta(managed_fields=written_by("kubectl-edit", "antrea-doctor", "manager")),
])  # fmt: skip
def test_no_owner_is_made_up(meta: Meta) -> None:
    assert owner_of(meta) is None


def test_field_managers_are_read_where_plans_need_them_and_cost_nothing_for_services() -> None:
    meta = {
        "name": "x", "namespace": "y",
        "managedFields": [{"manager": "argocd-controller", "operation": "Update", "fieldsV1": {"f:data": {}}}],
        "ownerReferences": [{"kind": "AntreaInstall", "name": "antrea-install", "uid": "1"}],
    }  # fmt: skip
    raw = msgspec.json.encode({"kind": "List", "items": [{"metadata": meta}]})
    for source in (Source.CONFIG_MAPS, Source.DAEMON_SETS, Source.NETWORK_POLICIES, Source.CLUSTER_POLICIES):
        (fact,) = decode_list(source, raw).items
        assert [entry.manager for entry in fact.metadata.managed_fields] == ["argocd-controller"]
        assert [entry.kind for entry in fact.metadata.owner_references] == ["AntreaInstall"]
    (fact,) = decode_list(Source.SERVICES, raw).items
    assert type(fact.metadata) is Meta


def plan_with(owned: dict[str, Any], text: str = "", **of_service: Any) -> Plan:
    """DSR in a cluster whose agents' ConfigMap has this metadata (and text)."""
    snapshot: Snapshot = cluster()
    first, *others = snapshot.config_maps
    if text:
        first = msgspec.structs.replace(first, data={AGENT_CONFIG_KEY: text})
    meta = msgspec.structs.replace(first.metadata, **owned)
    snapshot = replace(snapshot, config_maps=(msgspec.structs.replace(first, metadata=meta), *others))
    made = service((pod(1), pod(2)))
    case = case_of(snapshot, made)
    if of_service:
        changed = msgspec.structs.replace(
            case.service, metadata=msgspec.structs.replace(case.service.metadata, **of_service)
        )
        case = type(case).of(replace(case.snapshot, services=(changed,)), case.key)
    plan = remedy("use-dsr").make(case, Question(kube_context="prod"))
    assert plan.applicable, plan.blocked_by
    return plan


def edit_of(plan: Plan) -> Step:
    (step,) = [item for item in plan.steps if item.diff]
    return step


@pytest.mark.parametrize(
    ("owned", "title", "said", "files"),
    [
        ({"annotations": HELM_NOTES, "labels": HELM}, "With Helm", "restarts the agents", [VALUES_FILE]),
        ({"annotations": ARGO}, "With Argo CD: change it in git", "from git", [VALUES_FILE, KUSTOMIZE_FILE]),
        ({"labels": FLUX}, "With Flux: change it in git", "from git", [VALUES_FILE, KUSTOMIZE_FILE]),
        ({"labels": FLUX_HELM}, "With Flux: change it in git", "spec.values of Flux HelmRelease", [VALUES_FILE]),
        ({"managed_fields": written_by("antrea-operator")}, "With the Antrea operator", "antreaAgentConfig",
            [VALUES_FILE]),
        ({"labels": {"kapp.k14s.io/app": "1"}}, "With AntreaConfig (Tanzu)", "management cluster", [VALUES_FILE]),
        ({"labels": {"app.kubernetes.io/managed-by": "eno"}}, "With its owner", "eno writes", [VALUES_FILE]),
    ],
)  # fmt: skip
def test_the_owners_form_of_the_agents_configuration_comes_first(
    owned: dict[str, Any], title: str, said: str, files: list[str]
) -> None:
    plan = plan_with(owned)
    edit = edit_of(plan)
    (form,) = edit.alternatives
    assert (form.title, form.owns) == (title, True)
    assert said in form.note
    assert [item.file_name for item in form.manifests] == files
    assert any("takes a direct change back" in text for text in edit.dangers)
    text = plan_text(plan)
    assert text.index(f"{title}:") < text.index("Run, only if you change it directly all the same:")


def test_helm_gets_a_file_of_values_and_a_line_that_keeps_chart_and_other_values() -> None:
    (form,) = edit_of(plan_with({"annotations": HELM_NOTES, "labels": HELM})).alternatives
    assert content_of(form.manifests[0])["featureGates"] == {"LoadBalancerModeDSR": True}
    assert content_of(form.manifests[0])["antreaProxy"]["proxyAll"] is True
    (command,) = form.commands
    words = list(words_of(command).words)
    assert words[:7] == ["helm", "--kube-context", "prod", "-n", "network", "upgrade", "cni"]
    assert words[7:] == ["antrea/antrea", "--version", "2.7.0", "--reuse-values", "-f", VALUES_FILE]


@pytest.mark.parametrize("owned", [{}, {"annotations": APPLIED}])
def test_without_an_owner_kustomize_is_offered_after_the_plain_edit(owned: dict[str, Any]) -> None:
    plan = plan_with(owned)
    edit = edit_of(plan)
    (form,) = edit.alternatives
    assert (form.title, form.owns) == ("With kustomize", False)
    assert ("applied from files" in form.note) == bool(owned)
    assert not any("takes a direct change back" in text for text in edit.dangers)
    (patch,), (plain,) = form.manifests, edit.manifests
    kept, direct = content_of(patch), content_of(plain)
    assert kept["data"] == direct["data"], "a key of data is one string: a patch holds all of it"
    assert "resourceVersion" not in kept["metadata"]
    text = plan_text(plan)
    assert text.index("Run:") < text.index("Or with kustomize:")


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
@pytest.mark.parametrize("release", ["v1.13.0", "v2.7.0"])
def test_kustomize_itself_makes_of_the_patch_what_the_plain_edit_makes(release: str, tmp_path: Path) -> None:
    shipped = (Path(__file__).parent / "agent_confs" / f"{release}.conf").read_text()
    plan = plan_with({"resource_version": "4711"}, text=shipped)
    (form,), (plain,) = edit_of(plan).alternatives, edit_of(plan).manifests
    meta = {"name": "antrea-config", "namespace": "kube-system"}
    base = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"antrea-agent.conf": shipped, "b": "2"}}
    (tmp_path / "antrea.yml").write_text(yaml.safe_dump(base))
    (patch,) = form.manifests
    (tmp_path / patch.file_name).write_text(patch.yaml)
    listed = {"resources": ["antrea.yml"], "patches": [{"path": patch.file_name}]}
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(listed))
    made = subprocess.run(["kubectl", "kustomize", "."], capture_output=True, text=True, check=True, cwd=tmp_path)
    (config_map,) = yaml.safe_load_all(made.stdout)
    assert config_map["data"] == {"b": "2"} | content_of(plain)["data"]
    assert "resourceVersion" not in config_map["metadata"]


@pytest.mark.parametrize(
    ("marks", "words", "looks"),
    [
        ({"annotations": {"argocd.argoproj.io/tracking-id": "shop:/Service:default/web"}}, "self-heal",
            "applications.argoproj.io"),
        ({"labels": FLUX}, "reconciliation", "kustomizations.kustomize.toolkit.fluxcd.io"),
        ({"labels": HELM, "annotations": HELM_NOTES}, "next upgrade", "get values cni"),
    ],
)  # fmt: skip
def test_a_service_that_something_owns_is_changed_there_too(marks: dict[str, Any], words: str, looks: str) -> None:
    plan = plan_with({}, **marks)
    (switch,) = [step for step in plan.steps if any(LOAD_BALANCER_MODE in line for line in step.commands)]
    assert any("Service default/web" in text and "may take" in text and words in text for text in switch.dangers)
    (form,) = switch.alternatives
    assert form.owns
    (piece,) = form.manifests
    assert content_of(piece)["metadata"] == {
        "name": "web", "namespace": "default", "annotations": {LOAD_BALANCER_MODE: "dsr"},
    }  # fmt: skip
    assert any(looks in line for line in form.commands)


def test_the_document_tells_forms_apart() -> None:
    document = plan_document(plan_with({"annotations": ARGO}))
    steps: Any = document["steps"]
    (form,) = [form for step in steps for form in step["alternatives"]]
    assert set(form) == {"title", "owns", "note", "manifests", "commands", "form", "carriesOut", "undo"}
    assert (form["form"], form["carriesOut"]) == ("git", False)
    assert yaml.safe_load(form["manifests"][0]["yaml"])["antreaProxy"]["proxyAll"] is True


@pytest.mark.parametrize("name", ["$(touch pwned)", "a;b", "it's", "../x", "--all"])
def test_names_that_owners_carry_are_words_or_refused(name: str) -> None:
    snapshot = cluster()
    first, *others = snapshot.config_maps
    for labels in (
        {**FLUX, "kustomize.toolkit.fluxcd.io/name": name},
        {**FLUX_HELM, "helm.toolkit.fluxcd.io/name": name},
    ):
        meta = msgspec.structs.replace(first.metadata, labels=labels)
        owned = replace(snapshot, config_maps=(msgspec.structs.replace(first, metadata=meta), *others))
        plan = remedy("use-dsr").make(case_of(owned, service((pod(1), pod(2)))), Question())
        if plan.applicable:
            (form,) = edit_of(plan).alternatives
            assert all(name in words_of(line).words for line in form.commands)
        else:
            assert "is not the name of a Kubernetes object" in plan.blocked_by[0]
