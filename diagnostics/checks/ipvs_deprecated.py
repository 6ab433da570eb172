"""AD048: kube-proxy runs in a mode that Kubernetes gives up."""

from collections.abc import Iterator

from packaging.version import Version

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import of_kube_proxy_config
from diagnostics.checks.facts import KUBE_PROXY_SOURCES, kube_proxy_mode, kubernetes_release
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source

DEPRECATED_SINCE = Version("1.35")


@check(
    "AD048",
    "kube-proxy runs in a mode that Kubernetes keeps",
    severity=Severity.NOTE,
    scope=Scope.CLUSTER,
    needs=(Source.NODES, Source.DAEMON_SETS, Source.CONFIG_MAPS),
    also_reads=(*KUBE_PROXY_SOURCES, Source.AGENT_INFOS),
)
def ipvs_deprecated(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    kube-proxy runs in ipvs mode, which is deprecated since Kubernetes v1.35 (KEP-5495).

    ## Why it matters
    A later release removes it; with a mode that it does not know kube-proxy does not start. Addresses that Pods see
    stay the same in iptables and nftables mode.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get configmaps kube-proxy -o yaml
    kubectl --context CONTEXT get events -A --field-selector reason=IPVSDeprecation
    ```

    ## What to do
    Plan the change to `mode: iptables`, or to nftables. With Antrea's proxyAll nftables needs
    `hostNetworkMode: nftables` as well (AD060). Restart kube-proxy and then the Nodes one by one.

    ## Sources
    k8s:cmd/kube-proxy/app/server_linux.go.
    """
    if kube_proxy_mode(case) != "ipvs":
        return
    release, evidence = kubernetes_release(case)
    if release >= DEPRECATED_SINCE:
        yield Finding(
            Severity.NOTE,
            f"ConfigMap {case.cluster.kube_proxy.config_map}",
            f"kube-proxy runs in ipvs mode, which is deprecated since Kubernetes v{DEPRECATED_SINCE} and will be "
            "removed: plan the change to iptables or nftables.",
            (of_kube_proxy_config(case, "mode", "ipvs"), evidence),
        )
