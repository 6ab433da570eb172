"""AD060: kube-proxy in nftables mode beside proxyAll in iptables host mode."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import of_config, of_kube_proxy_config
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.facts import (
    ANTREA_SOURCES,
    KUBE_PROXY_SOURCES,
    agent_config,
    antrea_may_be_here,
    kube_proxy_mode,
    no_release,
    proxy_all_on,
    releases,
)
from diagnostics.datapath.decision_table import NFTABLES_SINCE
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD060",
    "proxyAll and kube-proxy do not meet in nftables",
    severity=Severity.BROKEN,
    scope=Scope.CLUSTER,
    needs=(Source.NODES, Source.DAEMON_SETS, Source.CONFIG_MAPS, Source.AGENT_INFOS),
    also_reads=(*ANTREA_SOURCES, *KUBE_PROXY_SOURCES),
    applies=antrea_may_be_here,
    remedies=("enable-proxy-all", "remove-kube-proxy"),
)
def kube_proxy_nftables_with_proxy_all(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    kube-proxy runs in nftables mode and Antrea's proxyAll works with iptables rules on the Nodes
    (`hostNetworkMode: iptables`, the default). Both translate NodePorts at the same place of the kernel.

    ## Why it matters
    Which of the two takes a NodePort depends on who registered first, so it may differ from Node to Node and after
    each restart, and with it the address that Pods see. Antrea supports this pair only in nftables host mode.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get configmaps kube-proxy -o yaml
    kubectl --context CONTEXT -n kube-system get configmaps antrea-config -o yaml
    ```
    Look at `mode` of kube-proxy and at `hostNetworkMode` of Antrea.

    ## What to do
    On Antrea v2.5 or newer set `hostNetworkMode: nftables` and `featureGates.NFTablesHostNetworkMode: true` together
    and restart the agents Node by Node. On older releases put kube-proxy into iptables mode, or remove it.

    ## Sources
    antrea:docs/antrea-proxy.md, antrea#7391, antrea#7545.
    """
    config, antrea = agent_config(case), case.cluster.antrea
    why = proxy_all_on(case)
    if not why or kube_proxy_mode(case) != "nftables":
        return
    known = releases(case)
    wants_nftables = config.host_network_mode.lower() == "nftables"
    if wants_nftables and not known:
        raise CannotTell(f"{no_release(case)}: hostNetworkMode nftables works since Antrea v2.5.")
    if wants_nftables and known[0] >= NFTABLES_SINCE:
        return
    way = (
        "set hostNetworkMode to nftables with its feature gate"
        if known and known[0] >= NFTABLES_SINCE
        else "put kube-proxy into iptables mode, or upgrade Antrea to v2.5 and set hostNetworkMode to nftables"
    )
    yield Finding(
        Severity.BROKEN,
        f"ConfigMap {antrea.namespace}/{antrea.config_map_name}",
        f"kube-proxy in nftables mode and proxyAll in iptables host mode both take NodePorts, and nobody can say which "
        f"one wins on a Node: {way}.",
        (
            of_kube_proxy_config(case, "mode", "nftables"),
            of_config(antrea, "hostNetworkMode", config.host_network_mode),
            *why,
        ),
    )
