"""AD044: firewalls on the Nodes may drop what proxyAll leaves untracked; the API does not tell."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import counted
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here, proxy_all_on, releases
from diagnostics.datapath.decision_table import NOTRACK_SINCE
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.service import Service
from diagnostics.model.snapshot import Source


@check(
    "AD044",
    "No firewall on a Node needs to be asked about untracked packets",
    severity=Severity.NOTE,
    scope=Scope.CLUSTER,
    needs=(Source.SERVICES, Source.NODES, Source.CONFIG_MAPS, Source.AGENT_INFOS),
    also_reads=ANTREA_SOURCES,
    applies=antrea_may_be_here,
)
def firewall_may_drop_untracked(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    A question that the API cannot answer. With proxyAll, since v2.1, packets to and from load-balancer IPs and
    external IPs pass the Nodes without connection tracking. A firewall on a Node (firewalld, ufw, rules of another
    network plugin or of a security agent) may drop what it does not track.

    ## Why it matters
    Load-balancer IPs and external IPs then time out on these Nodes while NodePorts and ClusterIPs work.

    ## How to verify
    On a Node:
    ```
    iptables-save | grep -iE 'INVALID|UNTRACKED'
    nft list ruleset | grep -iE 'ct state .*(invalid|untracked)'
    ```
    A rule that drops in FORWARD or INPUT, other than kube-proxy's own in KUBE-FORWARD, is suspect. The Nodes:
    `kubectl --context CONTEXT get nodes -o wide`

    ## What to do
    Let the firewall accept untracked packets to and from these addresses, or take it off the Nodes.

    ## Sources
    antrea:pkg/agent/route/route_linux.go restoreIptablesData, antrea#6308; the effect of foreign firewalls is
    inferred.
    """
    known = releases(case)
    addressed = {item.metadata.key: at for item in case.snapshot.services if (at := _address(item))}
    why = proxy_all_on(case)
    if not why or not addressed or (known and known[-1] < NOTRACK_SINCE):
        return
    first, (field, value) = next(iter(addressed.items()))
    yield Finding(
        Severity.NOTE,
        "Nodes",
        f"Does a firewall on the Nodes drop untracked packets? proxyAll sends those of "
        f"{counted(len(addressed), 'Service')} with a load-balancer IP or external IP that way: look with "
        "iptables-save | grep -iE 'INVALID|UNTRACKED' on a Node.",
        (*why, Evidence(f"Service {first}", field, value)),
    )


def _address(service: Service) -> tuple[str, str] | None:
    """Field and value of an address that proxyAll leaves untracked."""
    ingress = service.status.load_balancer.ingress if service.spec.type == "LoadBalancer" else []
    for entry in ingress:
        if entry.ip:
            return "status.loadBalancer.ingress[].ip", entry.ip
    return ("spec.externalIPs", ", ".join(service.spec.external_ips)) if service.spec.external_ips else None
