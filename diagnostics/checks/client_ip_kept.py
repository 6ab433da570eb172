"""AD003: the client's address is kept on every path."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import service_name
from diagnostics.checks.examine import first_gap
from diagnostics.checks.paths import (
    PATH_HINTS,
    PATH_SOURCES,
    endpoint_evidence,
    entries,
    hidden_by_kube_proxy,
    hidden_on_the_way,
    hides_client,
    need_certainty,
    path_evidence,
    seen_instead,
    shares,
    ways_in,
)
from diagnostics.datapath.path import Outcome, Path
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity


def _explained(path: Path) -> bool:
    return hidden_by_kube_proxy(path) or hidden_on_the_way(path)


def _has_more_to_say(case: Case) -> bool:
    """Whether some connection arrives, or may arrive, and AD001 and AD002 do not say all about it."""
    if not case.is_exposed:
        return False
    if first_gap(PATH_SOURCES, case):
        return True
    paths = [path for path in ways_in(case) if path.outcome in (Outcome.DELIVERED, Outcome.UNKNOWN)]
    hidden = [path for path in paths if hides_client(path)]
    return bool(paths) and not (hidden and all(_explained(path) for path in hidden))


@check(
    "AD003",
    "The client's address is kept on every path",
    severity=Severity.RISKY,
    needs=PATH_SOURCES,
    also_reads=PATH_HINTS,
    applies=_has_more_to_say,
)
def client_ip_kept(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    Passed: every connection from outside that reaches an endpoint arrives with the client's own address. Found: it
    does not, and the reason is another than those of AD001 (kube-proxy) and AD002 (an endpoint on another Node):
    mostly an endpoint on the host network, which AntreaProxy shows its virtual address 169.254.0.253 or the Node's
    address instead, even under `externalTrafficPolicy: Local`. Not applicable: AD001 or AD002 says all, or
    no connection arrives.

    ## Why it matters
    When it passes, policies of the Pods may compare client ranges, and logs may be trusted. When it does not, neither
    DSR nor Local policy changes it: both leave endpoints on the host network out.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get endpointslices.discovery.k8s.io -l kubernetes.io/service-name=SERVICE
    kubectl --context CONTEXT get nodes -o wide
    ```
    An endpoint whose address is a Node's address is on the host network.

    ## What to do
    Nothing when it passes. Else run the Pods on the Pod network (`hostNetwork: false`), or filter on the NodePort
    Service, where the client is still known.

    ## Sources
    antrea:pkg/agent/openflow/pipeline.go gatewaySNATFlows, snatConntrackFlows,
    antrea:test/e2e/proxy_test.go, antrea:pkg/agent/config/node_config.go.
    """
    paths = ways_in(case)
    hidden = [path for path in paths if hides_client(path) and not _explained(path)]
    if hidden:
        yield Finding(
            Severity.RISKY,
            service_name(case),
            f"Service {case.key} does not keep its clients by {entries(hidden)} even on the Node that they dial: "
            f"{shares(hidden)} see {seen_instead(case, hidden)} instead.",
            (*path_evidence(case, hidden), *endpoint_evidence(case, hidden)),
        )
        return
    need_certainty(paths)
