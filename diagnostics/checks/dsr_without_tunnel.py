"""AD033: DSR where no tunnel leads to the endpoint."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import of_annotation, of_config, service_name
from diagnostics.checks.facts import agent_config, antrea_may_be_here
from diagnostics.checks.paths import (
    PATH_HINTS,
    PATH_SOURCES,
    endpoint_evidence,
    entries,
    need_certainty,
    shares,
    ways_in,
)
from diagnostics.datapath.dsr import dsr_asked_for
from diagnostics.datapath.path import Outcome, Place
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity


@check(
    "AD033",
    "DSR has a tunnel to every endpoint",
    severity=Severity.BROKEN,
    needs=PATH_SOURCES,
    also_reads=PATH_HINTS,
    applies=lambda case: (
        antrea_may_be_here(case) and bool(case.external_addresses) and dsr_asked_for(case) is not False
    ),
    remedies=("mend-annotation",),
)
def dsr_without_tunnel(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    DSR is in effect for this Service, but some endpoints are not reached through Antrea's tunnel: the traffic mode is
    noEncap, networkPolicyOnly or hybrid, packets are encrypted with WireGuard, or an endpoint is outside all
    podCIDRs. Antrea does not compare the annotation with the traffic mode.

    ## Why it matters
    The ingress Node forwards such a connection untranslated and no flow takes it on: it is lost, it does not fall back
    to NAT (inferred from the flow tables). Connections to endpoints on the ingress Node work, the rest time out.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get configmaps antrea-config -o yaml
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    ```
    Look at `trafficEncapMode` and `trafficEncryptionMode` in `antrea-agent.conf`.

    ## What to do
    Take DSR back for this Service, which needs no restart:
    ```
    kubectl --context CONTEXT -n NAMESPACE annotate services SERVICE \\
      service.antrea.io/load-balancer-mode=nat --overwrite
    ```

    ## Sources
    antrea:pkg/agent/openflow/client.go InstallNodeFlows, antrea:pkg/agent/openflow/pipeline.go,
    antrea:pkg/agent/proxy/proxier.go getLoadBalancerMode, antrea#7261.
    """
    paths = ways_in(case)
    lost = [
        path
        for path in paths
        if path.outcome is Outcome.LOST and path.endpoint.place is Place.REMOTE and path.access.family == 4
    ]
    if not lost:
        need_certainty(paths)
        return
    config, antrea = agent_config(case), case.cluster.antrea
    yield Finding(
        Severity.BROKEN,
        service_name(case),
        f"DSR of Service {case.key} loses connections to {entries(lost)} for {shares(lost)}, because no tunnel leads "
        "there: set the annotation service.antrea.io/load-balancer-mode to nat.",
        (
            of_annotation(case),
            of_config(antrea, "trafficEncapMode", config.traffic_encap_mode),
            of_config(antrea, "trafficEncryptionMode", config.traffic_encryption_mode),
            of_config(antrea, "antreaProxy.defaultLoadBalancerMode", config.default_mode),
            *endpoint_evidence(case, lost),
        ),
    )
