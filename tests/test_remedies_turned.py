"""What a plan makes of the findings is told; what it would break is found without asking more than that needs."""

import pytest

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.examine import examine
from diagnostics.kube.recorded import demo_names, read_demo
from diagnostics.model.case import Case, Cluster
from diagnostics.model.finding import Severity
from diagnostics.model.service import LOAD_BALANCER_MODE
from diagnostics.model.write import merge_patch
from diagnostics.remedies.paper.what_if import breaks, case_after, only_found_in
from diagnostics.remedies.plan.plan import Step
from headless import doctor

OFF = {"data": {"antrea-agent.conf": "antreaProxy: {enable: false}"}}
DSR = {"metadata": {"annotations": {LOAD_BALANCER_MODE: "dsr"}}}
CHANGES = (
    merge_patch("v1", "Service", "shop", "web", DSR),
    merge_patch("v1", "Service", "shop", "web", {"spec": {"externalTrafficPolicy": "Local"}}),
    merge_patch("v1", "ConfigMap", "kube-system", "antrea-config", OFF),
)


@pytest.mark.parametrize("demo", demo_names())
def test_the_short_question_what_breaks_has_the_answer_of_all_checks(demo: str) -> None:
    snapshot = read_demo(demo)
    cluster = Cluster(snapshot)
    keys = sorted(service.metadata.key for service in snapshot.services)[:40]
    for change in CHANGES:
        after = case_after(Case.of(snapshot, keys[0], cluster), (Step("", "", (), changes=(change,)),)).cluster
        for key in keys:
            now, then = Case.of(snapshot, key, cluster), Case.of(after.snapshot, key, after)
            new = only_found_in(examine(Case.of(after.snapshot, key), CHECKS), examine(now, CHECKS))
            wanted = [finding for _, finding in new if finding.severity is Severity.BROKEN]
            assert list(breaks(now, then)) == wanted, (key, change)


def test_a_what_if_that_was_asked_for_is_the_same_when_asked_again_and_another_is_not() -> None:
    case = Case.of(read_demo("seed"), "shop/web")
    first, second, third = (Step("", "", (), changes=(change,)) for change in CHANGES)
    assert case_after(case, (first, second)) is case_after(case, (first, second))
    assert case_after(case, (first, third)) is not case_after(case, (first, second))
    assert case_after(case, ()) is case


def test_the_plan_tells_which_findings_go_and_which_are_new() -> None:
    said = doctor("plan shop/web --remedy use-dsr --demo seed").out
    gone, new = said.split("Findings gone: 1\n")[1].split("Findings new: ")
    assert "AD001 risky (kube-proxy hides no client from the Pods): kube-proxy hides the clients" in gone
    assert "AD002 risky (" in new
    after = doctor("plan shop/web --remedy use-dsr --demo seed -o json").json["after"]
    assert [item["code"] for item in after["findingsGone"]] == ["AD001"]
    assert {item["code"] for item in after["findingsNew"]} <= {row["code"] for row in after["findings"]}
    assert after["findingsNew"][0]["title"]


def test_a_plan_that_may_not_be_followed_tells_no_turn_of_findings() -> None:
    ran = doctor("plan partner/intake --remedy use-dsr --demo node-port-only")
    assert "Findings gone" not in ran.out
