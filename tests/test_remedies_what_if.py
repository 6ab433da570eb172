"""Plans are tried on paper: what is examined is what would be applied, and what would break is refused."""

from dataclasses import replace

import pytest

from clusters import cluster
from deployed import case_of, pod, service
from diagnostics.kube.recorded import read_demo
from diagnostics.model.antrea import AGENT_CONFIG_KEY
from diagnostics.model.case import Case
from diagnostics.model.service import LOAD_BALANCER_MODE
from diagnostics.model.write import Verb, merge_patch
from diagnostics.remedies.files.plan_text import plan_document, plan_text
from diagnostics.remedies.offered.catalogue import REMEDIES, remedy
from diagnostics.remedies.paper.what_if import after_paths, after_report, after_steps, concluded
from diagnostics.remedies.plan.manifests import manifest
from diagnostics.remedies.plan.plan import Prerequisite, Question, Restarted, State, Step

TWO_PODS = (pod(1), pod(2))
AGENTS = Restarted("DaemonSet", "kube-system", "antrea-agent")


def annotated(value: str | None) -> Step:
    change = {"metadata": {"annotations": {LOAD_BALANCER_MODE: value}}}
    return Step("Switch", "", (), changes=(merge_patch("v1", "Service", "default", "web", change),))


SWITCH = annotated("dsr")


def test_a_step_that_would_break_something_is_refused_with_the_finding() -> None:
    case = case_of(cluster(proxy_all=True, dsr_gate=True, encap="noEncap"), service(TWO_PODS))
    plan = concluded(case, "test", (), (SWITCH,))
    assert plan.new_broken
    assert not plan.applicable
    assert plan.steps == (SWITCH,), "the reader sees what was refused"


def test_what_was_broken_before_does_not_refuse_a_plan() -> None:
    case = case_of(cluster(proxy_all=True), service(TWO_PODS, mode="dsr"))
    plan = remedy("use-dsr").make(case, Question())
    assert plan.applicable
    report = after_report(plan)
    assert report is not None
    assert "AD030" not in {result.code for result in report.found}


def test_a_prerequisite_that_nothing_mends_leaves_no_steps_to_follow_by_mistake() -> None:
    case = case_of(cluster(), service(TWO_PODS))
    missing = Prerequisite("It rains", State.UNMET, "The sky is blue.", "Wait.", blocks=True)
    plan = concluded(case, "test", (missing,), (SWITCH,))
    assert plan.blocked_by == ("Not met: It rains. The sky is blue. Wait.",)
    assert plan.steps == ()
    assert plan.after is None
    assert after_paths(plan) == ()
    mended = concluded(case, "test", (replace(missing, blocks=False),), ())
    assert mended.applicable


def test_a_config_edit_alone_changes_what_is_wanted_and_a_restart_what_runs() -> None:
    case = case_of(cluster(), service(TWO_PODS))
    patch = manifest(
        "patch.yaml",
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "data": {AGENT_CONFIG_KEY: "antreaProxy:\n  proxyAll: true\n"},
            "metadata": {"name": "antrea-config", "namespace": "kube-system"},
        },
        Verb.MERGE,
    )
    edit = Step("Edit", "", (), manifests=(patch,))
    edited = Case.of(after_steps(case.snapshot, (edit,)), case.key)
    assert edited.cluster.antrea.config is not None
    assert edited.cluster.antrea.config.antrea_proxy.proxy_all
    assert not any(running.proxy_all for running in edited.cluster.running.values())
    restart = Step("Restart", "", (), changes=(AGENTS,))
    restarted = Case.of(after_steps(edited.snapshot, (restart,)), case.key)
    assert all(running.proxy_all for running in restarted.cluster.running.values())


def test_a_restart_also_ends_what_the_config_no_longer_wants() -> None:
    case = case_of(cluster(proxy_all=False, differing={"node1": {"proxy_all": True}}), service(TWO_PODS))
    after = after_steps(case.snapshot, (Step("Restart", "", (), changes=(AGENTS,)),))
    assert not any(running.proxy_all for running in Case.of(after, case.key).cluster.running.values())


def test_undoing_the_annotation_leads_back_to_where_it_started() -> None:
    case = case_of(cluster(proxy_all=True, dsr_gate=True), service(TWO_PODS))
    after = after_steps(case.snapshot, (SWITCH, annotated(None)))
    assert after.services == case.snapshot.services


def test_the_snapshot_that_is_looked_at_never_changes() -> None:
    snapshot = read_demo("seed")
    case = Case.of(snapshot, "shop/web")
    before = (snapshot.config_maps, snapshot.services, snapshot.agent_infos)
    assert remedy("use-dsr").make(case, Question()).after is not None
    assert (snapshot.config_maps, snapshot.services, snapshot.agent_infos) == before


@pytest.mark.parametrize("slug", [item.slug for item in REMEDIES])
def test_every_remedy_plans_every_service_of_every_demo_without_breaking_anything(slug: str) -> None:
    for name in ("seed", "proxy-all", "dsr", "dsr-without-gate", "node-port-only", "no-encap", "antrea-2.0"):
        snapshot = read_demo(name)
        for key in snapshot.service_by_key:
            answers = Question(allow=("203.0.113.0/24",), api_server="172.18.0.2:6443")
            plan = remedy(slug).make(Case.of(snapshot, key), answers)
            assert plan.applicable or plan.blocked_by or plan.new_broken, f"{name} {key}: neither possible nor refused"
            followed = bool(plan.steps and plan.after and not plan.new_broken)
            assert plan.applicable == followed, f"{name} {key}"


def test_unknown_slugs_are_told_apart() -> None:
    with pytest.raises(KeyError):
        remedy("reboot-everything")


def test_a_plan_says_whom_it_newly_admits() -> None:
    case = Case.of(read_demo("proxy-all"), "shop/web")
    plan = remedy("use-dsr").make(case, Question())

    assert plan.applicable
    (change,) = plan.admits
    assert change.opens.cidrs == ("203.0.113.0/24",)
    assert change.sentence in plan_text(plan)
    assert plan_document(plan)["after"]["admission"][0]["newlyAdmitted"] == ["203.0.113.0/24"]  # type: ignore[index]


def test_a_plan_that_changes_nothing_about_clients_says_so() -> None:
    snapshot = replace(read_demo("proxy-all"), network_policies=(), cluster_policies=(), antrea_policies=())
    plan = remedy("use-dsr").make(Case.of(snapshot, "shop/web"), Question())

    assert plan.admits == ()
    assert "The same clients as today get in" in plan_text(plan)
