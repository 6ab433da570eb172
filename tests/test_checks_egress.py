"""AD083: which Pods an Egress speaks of, and what is said when that cannot be known."""

from dataclasses import replace

import pytest
from msgspec import structs

from diagnostics.checks.egress_selects_backends import egress_selects_backends
from diagnostics.checks.examine import run
from diagnostics.kube.kinds import KINDS
from diagnostics.kube.pod_policies import namespaces_with_pod_policies
from diagnostics.model.case import Case
from diagnostics.model.egress import Egress, EgressPods, EgressSpec
from diagnostics.model.finding import Verdict
from diagnostics.model.meta import LabelSelector, Meta
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source
from grid import load

SNAPSHOT = load("egress").snapshot


def without_egresses(reason: Reason) -> Snapshot:
    gap = Gap(Source.EGRESSES, reason, "Nobody lists them.")
    reads = frozenset(entry for entry in SNAPSHOT.reads if entry[0] is not Source.EGRESSES)
    return replace(SNAPSHOT, egresses=(), reads=reads, gaps=(*SNAPSHOT.gaps, gap))


def verdict(snapshot: Snapshot, service: str = "shop/caller") -> tuple[Verdict, str]:
    result = run(egress_selects_backends, Case.of(snapshot, service))
    return result.verdict, result.reason


def test_without_the_right_to_list_them_the_answer_is_unknown_and_names_the_right() -> None:
    answer = verdict(without_egresses(Reason.FORBIDDEN))

    assert answer == (Verdict.UNKNOWN, "egresses.crd.antrea.io: forbidden. Nobody lists them.")


def test_a_current_cluster_without_the_kind_has_none_and_an_old_one_may_have_it_by_another_name() -> None:
    absent = without_egresses(Reason.ABSENT)
    old = replace(absent, agent_infos=tuple(structs.replace(info, version="v1.12.0") for info in absent.agent_infos))

    assert verdict(absent) == (Verdict.PASSED, "")
    assert verdict(old)[0] is Verdict.UNKNOWN
    assert KINDS[Source.EGRESSES].path("egresses", old=True) == "/apis/crd.antrea.io/v1alpha2/egresses"


@pytest.mark.parametrize("source", [Source.PODS, Source.NAMESPACES])
def test_labels_that_were_not_read_leave_it_open(source: Source) -> None:
    field = KINDS[source].field
    reads = frozenset(entry for entry in SNAPSHOT.reads if entry[0] is not source)
    service = "shop/caller" if source is Source.PODS else "depot/store"
    answer = verdict(replace(SNAPSHOT, reads=reads, **{field: ()}), service)  # type: ignore[arg-type]

    assert answer[0] is Verdict.UNKNOWN
    assert "labels of" in answer[1]


def test_a_scan_reads_pods_where_an_egress_may_select_them() -> None:
    def wanted(pods: EgressPods) -> tuple[str, ...]:
        egress = Egress(metadata=Meta(name="e"), spec=EgressSpec(applied_to=pods))
        return namespaces_with_pod_policies(replace(SNAPSHOT, egresses=(egress,)), ("shop", "depot"))

    assert wanted(EgressPods()) == ()
    assert wanted(EgressPods(pod_selector=LabelSelector(match_labels={"app": "a"}))) == ("shop", "depot")
    assert wanted(EgressPods(namespace_selector=LabelSelector(match_labels={"zone": "outside"}))) == ("depot",)
