"""AD083: an Egress changes what the Pods behind the Service show outside, and not what its clients get back."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from diagnostics.checks.check import check
from diagnostics.checks.evidence import counted
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here
from diagnostics.model.case import Case, Cluster
from diagnostics.model.egress import Egress
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.meta import LabelSelector
from diagnostics.model.snapshot import Reason, Source
from diagnostics.policy.backend_pods import backend_pods, namespace_labels
from diagnostics.policy.labels import matches
from diagnostics.policy.selecting import Selection, selected_by_labels

V1BETA1_SINCE = "1.13"


@check(
    "AD083",
    "No Egress selects the Pods behind the Service",
    severity=Severity.NOTE,
    needs=(Source.SERVICES, Source.SLICES),
    also_reads=(*ANTREA_SOURCES, Source.EGRESSES, Source.NODES, Source.PODS, Source.NAMESPACES),
    applies=lambda case: case.service.is_proxied and antrea_may_be_here(case),
)
def egress_selects_backends(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    An Egress selects Pods behind this Service. Connections that these Pods open to the outside leave with the Egress
    IP. Answers to clients of the Service do not: Antrea leaves replies alone.

    ## Why it matters
    Nothing about the clients' addresses changes, so an Egress is neither the cause nor the cure when policies do not
    see them. Somebody outside who knows these Pods by the Egress IP alone does not reach them by it.

    ## How to verify
    ```
    kubectl --context CONTEXT get egresses.crd.antrea.io -o yaml
    kubectl --context CONTEXT get pods --all-namespaces --show-labels
    ```
    Compare `spec.appliedTo` with the labels of the Pods and of their namespace; `status.egressIP` is the address in
    effect. An Egress works in traffic mode encap, in newer releases also in hybrid; else agents only log that it has
    no effect. Where several select one Pod, one of them holds, by chance.

    ## What to do
    Nothing for this Service.

    ## Sources
    antrea:docs/egress.md, antrea:pkg/controller/egress/controller.go, antrea#3397.
    """
    gap = case.snapshot.gap(Source.EGRESSES)
    if gap and not (gap.reason is Reason.ABSENT and case.cluster.antrea.at_least(V1BETA1_SINCE)):
        raise CannotTell(gap.sentence)
    unsure: tuple[str, ...] = ()
    hits = False
    for egress in case.cluster.once(_Here(case.namespace, case)):
        selection = _selected(case, egress)
        if selection.certain:
            hits = True
            yield _finding(case, egress, len(selection.certain))
        elif selection.possible:
            unsure = unsure or selection.missing
    if unsure and not hits:
        raise CannotTell(f"It would have to be known: {'; '.join(unsure)}.")


@dataclass(frozen=True, slots=True)
class _Here:
    """The Egresses that may select Pods of a namespace; whichever Case asks it first, it is the same question."""

    namespace: str
    case: Case = field(compare=False)

    def __call__(self, cluster: Cluster) -> tuple[Egress, ...]:
        labels = namespace_labels(self.case, self.namespace)
        return tuple(
            egress
            for egress in cluster.snapshot.egresses
            if not egress.spec.applied_to.is_empty
            and matches(egress.spec.applied_to.namespace_selector or LabelSelector(), labels) is not False
        )


def _selected(case: Case, egress: Egress) -> Selection:
    pods = egress.spec.applied_to
    return selected_by_labels(case, pods.pod_selector, pods.namespace_selector or LabelSelector())


def _finding(case: Case, egress: Egress, selected: int) -> Finding:
    name, spec = f"Egress {egress.metadata.name}", egress.spec
    if egress.status.egress_ip:
        shown = Evidence(name, "status.egressIP", egress.status.egress_ip)
    elif spec.egress_ip:
        shown = Evidence(name, "spec.egressIP", spec.egress_ip)
    elif spec.egress_ips:
        shown = Evidence(name, "spec.egressIPs", ", ".join(spec.egress_ips))
    else:
        pools = ", ".join(filter(None, (spec.external_ip_pool, *spec.external_ip_pools)))
        shown = Evidence(name, "spec.externalIPPool", pools or "not set")
    whose = shown.value if shown.field != "spec.externalIPPool" else f"an address of pool {shown.value}"
    return Finding(
        Severity.NOTE,
        name,
        f"{name} selects {selected} of {counted(len(case.once(backend_pods)), 'Pod')} of Service {case.key}: what they "
        f"open to the outside leaves as {whose}; answers to clients of the Service stay as they are.",
        (shown, Evidence(name, "spec.appliedTo", _spelled(egress))),
    )


def _spelled(egress: Egress) -> str:
    pods = egress.spec.applied_to
    parts = (("podSelector", pods.pod_selector), ("namespaceSelector", pods.namespace_selector))
    return ", ".join(f"{name} {_labels(selector)}" for name, selector in parts if selector is not None)


def _labels(selector: LabelSelector) -> str:
    wanted = [f"{key}={value}" for key, value in selector.match_labels.items()]
    wanted += [f"{item.key} {item.operator} {', '.join(item.values)}".rstrip() for item in selector.match_expressions]
    return f"({'; '.join(wanted) or 'everything'})"
