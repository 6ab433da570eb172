"""AD062: kube-proxy in ipvs mode lets every Node answer ARP for load-balancer IPs."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import listed, of_kube_proxy_config
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.facts import KUBE_PROXY_SOURCES, agent_config, antrea_may_be_here, kube_proxy_mode
from diagnostics.model.agent_config import SERVICE_EXTERNAL_IP_GATE
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.service import EXTERNAL_IP_POOL
from diagnostics.model.snapshot import Source
from diagnostics.model.workload import DaemonSet

# Part of the image's path: the announcer's name. They announce by ARP in one of their modes.
ANNOUNCERS = {"metallb/speaker": "MetalLB", "metallb-speaker": "MetalLB", "kube-vip/kube-vip": "kube-vip"}


@check(
    "AD062",
    "Only one Node answers ARP for a load-balancer IP",
    severity=Severity.BROKEN,
    scope=Scope.CLUSTER,
    needs=(Source.SERVICES, Source.DAEMON_SETS, Source.CONFIG_MAPS),
    also_reads=(*KUBE_PROXY_SOURCES, Source.AGENT_INFOS),
    applies=antrea_may_be_here,
)
def ipvs_answers_arp_everywhere(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    kube-proxy runs in ipvs mode without `strictARP`, and load-balancer IPs are announced by ARP: by Antrea's
    ServiceExternalIP, or by MetalLB or kube-vip if they run in layer 2 mode. In ipvs mode every Node has every
    load-balancer IP on a device of its own and answers ARP for it.

    ## Why it matters
    Clients learn the address of whichever Node answered last. Connections move between Nodes and break, and under
    policy Local they reach Nodes without endpoint.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get configmaps kube-proxy -o yaml
    kubectl --context CONTEXT get daemonsets.apps -A -o wide
    ```
    Look at `ipvs.strictARP`. From a machine in the Nodes' network `arping -c 5 LOAD_BALANCER_IP` must get answers of
    one hardware address only.

    ## What to do
    Set `ipvs.strictARP: true` in kube-proxy's ConfigMap and restart kube-proxy:
    `kubectl --context CONTEXT -n kube-system rollout restart daemonsets.apps/kube-proxy`.

    ## Sources
    antrea:docs/service-loadbalancer.md, antrea#3785, k8s:pkg/proxy/ipvs/proxier.go.
    """
    kube_proxy = case.cluster.kube_proxy
    if kube_proxy_mode(case) != "ipvs" or kube_proxy.strict_arp:
        return
    why = of_kube_proxy_config(case, "ipvs.strictARP", False)
    pooled = [item.metadata.key for item in case.snapshot.services if EXTERNAL_IP_POOL in item.metadata.annotations]
    if pooled and agent_config(case).gate(SERVICE_EXTERNAL_IP_GATE, case.cluster.antrea.version):
        yield Finding(
            Severity.BROKEN,
            f"ConfigMap {kube_proxy.config_map}",
            f"Every Node answers ARP for the load-balancer IP of Service {listed(pooled)}: set ipvs.strictARP of "
            "kube-proxy to true.",
            (
                why,
                *(Evidence(f"Service {key}", f"metadata.annotations[{EXTERNAL_IP_POOL}]", "set") for key in pooled[:4]),
            ),
        )
        return
    announcers = {name: item for item in case.snapshot.daemon_sets for name in _announces(item)}
    if announcers:
        yield Finding(
            Severity.RISKY,
            f"ConfigMap {kube_proxy.config_map}",
            f"Every Node answers ARP for load-balancer IPs, which breaks {listed(announcers)} in layer 2 mode: set "
            "ipvs.strictARP of kube-proxy to true.",
            (why, *(_runs(name, item) for name, item in announcers.items())),
        )
    elif gap := case.snapshot.gap(Source.SERVICES):
        raise CannotTell(f"Whether a Service asks for an address that Nodes announce cannot be told. {gap.sentence}")


def _announces(daemon_set: DaemonSet) -> Iterator[str]:
    for container in daemon_set.spec.template.spec.containers:
        yield from (name for part, name in ANNOUNCERS.items() if part in container.image)


def _runs(name: str, daemon_set: DaemonSet) -> Evidence:
    image = next(item.image for item in daemon_set.spec.template.spec.containers if name in _announces(daemon_set))
    return Evidence(f"DaemonSet {daemon_set.metadata.key}", "spec.template.spec.containers[].image", image)
