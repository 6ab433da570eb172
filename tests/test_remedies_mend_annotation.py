"""A load-balancer mode annotation that is wrong or does nothing is taken off or corrected, and nothing else is."""

from dataclasses import replace
from typing import Any

import pytest

from clusters import LB_IP, LB_IP_V6, cluster, without
from deployed import At, case_of, pod, service
from diagnostics.datapath.path import Outcome, Path
from diagnostics.datapath.trace import external_paths
from diagnostics.kube.recorded import read_demo
from diagnostics.model.case import Case
from diagnostics.model.service import LOAD_BALANCER_MODE
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source
from diagnostics.model.text import REPLACEMENT
from diagnostics.remedies.offered.mend_annotation import make
from diagnostics.remedies.paper.what_if import after_paths
from diagnostics.remedies.plan.plan import Plan, Question, Risk, State, Step

TWO_PODS: tuple[At, ...] = (pod(1), pod(2))
NODE_PORT_ONLY: dict[str, Any] = {"kind": "NodePort", "external_ips": (), "lb_ips": ()}
DUAL: dict[str, Any] = {"families": (4, 6), "lb_ips": (LB_IP, LB_IP_V6), "external_ips": ()}


def plan_of(snapshot: Snapshot, mode: str = "dsr", **made: Any) -> Plan:
    return make(case_of(snapshot, service(TWO_PODS, mode=mode, **made)), Question())


def mend(plan: Plan) -> Step:
    assert plan.applicable, (plan.blocked_by, plan.new_broken)
    save, step = plan.steps
    assert "service.bak.yaml" in save.commands[0]
    return step


def mode_after(plan: Plan) -> str | None:
    then = plan.then
    assert then is not None
    return then.service.metadata.annotations.get(LOAD_BALANCER_MODE)


@pytest.mark.parametrize(
    ("snapshot", "made", "code"),
    [
        (cluster(proxy_all=True), {}, "AD030"),
        (cluster(proxy_all=True, dsr_gate=True, encap="noEncap"), {}, "AD033"),
        (cluster(proxy_all=True, dsr_gate=True, encryption="wireGuard"), {}, "AD033"),
        (cluster(proxy_all=True, dsr_gate=True), NODE_PORT_ONLY, "AD034"),
        (cluster(proxy_all=True, dsr_gate=True, families=(4, 6)), DUAL, "AD035"),
        (cluster(dsr_gate=True), {}, "AD036"),
        (cluster(proxy_all=True, dsr_gate=True, version="v2.0.1"), {}, "AD037"),
    ],
)
def test_what_is_wrong_is_told_and_the_annotation_comes_off(snapshot: Snapshot, made: Any, code: str) -> None:
    plan = plan_of(snapshot, **made)
    assert f"({code})" in plan.prerequisites[0].evidence
    step = mend(plan)
    assert f"{LOAD_BALANCER_MODE}- " in step.commands[0]
    assert f"{LOAD_BALANCER_MODE}=dsr" in step.undo[0]
    assert mode_after(plan) is None


def test_a_word_that_antrea_does_not_know_is_taken_off_and_kept_in_the_undo() -> None:
    plan = plan_of(cluster(), mode="Direct Server Return")
    step = mend(plan)
    assert "AD040" in plan.prerequisites[0].evidence
    assert step.risk is Risk.SAFE
    assert "traffic stays as it is" in step.why
    assert f"'{LOAD_BALANCER_MODE}=Direct Server Return'" in step.undo[0]
    assert mode_after(plan) is None


def test_a_wrong_word_under_default_dsr_leaves_the_default_alone() -> None:
    plan = plan_of(cluster(proxy_all=True, dsr_gate=True, default_mode="dsr"), mode="maybe")
    assert mode_after(plan) is None
    assert "default mode, dsr, then holds" in mend(plan).why


def test_where_dsr_is_the_default_nat_is_written_out() -> None:
    snapshot = cluster(proxy_all=True, dsr_gate=True, default_mode="dsr", encryption="wireGuard")
    for mode in ("dsr", ""):
        plan = plan_of(snapshot, mode=mode)
        assert any(path.outcome is Outcome.LOST for path in _today(snapshot, mode))
        assert mode_after(plan) == "nat"
        assert f"{LOAD_BALANCER_MODE}=nat" in mend(plan).commands[0]
        assert not any(path.outcome is Outcome.LOST for path in after_paths(plan))
    assert f"{LOAD_BALANCER_MODE}- " in mend(plan).undo[0], "nothing was there before"


def _today(snapshot: Snapshot, mode: str) -> tuple[Path, ...]:
    return external_paths(case_of(snapshot, service(TWO_PODS, mode=mode)))


def test_what_is_lost_with_it_is_said_where_dsr_works_for_the_other_family() -> None:
    step = mend(plan_of(cluster(proxy_all=True, dsr_gate=True, families=(4, 6)), **DUAL))
    assert step.risk is Risk.DISTURBS
    assert f"DSR works by {LB_IP}" in step.dangers[0]
    assert "Service of its own" in step.dangers[0]


def test_it_points_to_use_dsr_where_only_the_gate_is_missing_and_says_why_not_elsewhere() -> None:
    assert "use-dsr gets it to work here" in mend(plan_of(cluster(proxy_all=True))).why
    no_encap = mend(plan_of(cluster(proxy_all=True, dsr_gate=True, encap="noEncap"))).why
    assert "cannot be had here as things are. Not met: Antrea runs in encap mode" in no_encap


@pytest.mark.parametrize("mode", ["", "nat", "DSR"])
def test_an_annotation_that_holds_is_left_alone(mode: str) -> None:
    plan = plan_of(cluster(proxy_all=True, dsr_gate=True), mode=mode)
    assert plan.steps == ()
    assert "There is nothing to mend." in plan.blocked_by[0]


def test_what_cannot_be_told_is_not_mended_on_a_guess() -> None:
    gap = Gap(Source.CONFIG_MAPS, Reason.FORBIDDEN, "")
    plan = plan_of(without(cluster(proxy_all=True), gap))
    assert plan.prerequisites[0].state is State.UNKNOWN
    assert plan.blocked_by[0].startswith("Whether the annotation does anything cannot be told")


def test_an_old_value_that_no_command_can_carry_is_kept_by_the_saved_file() -> None:
    step = mend(plan_of(cluster(), mode=f"ds{REPLACEMENT}r"))
    assert step.undo == ()
    assert "the saved file keeps it" in " ".join(step.dangers)
    assert REPLACEMENT not in " ".join(step.commands)


def test_the_demo_without_gate_is_mended_and_its_finding_gone() -> None:
    case = Case.of(read_demo("dsr-without-gate"), "shop/web")
    assert mode_after(make(case, Question())) is None
    assert replace(case.snapshot, services=()) == replace(make(case, Question()).after, services=())  # type: ignore[type-var]
