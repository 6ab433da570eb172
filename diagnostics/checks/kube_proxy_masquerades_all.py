"""AD071: kube-proxy masquerades ClusterIP traffic as well."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import of_kube_proxy_config
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.facts import ANTREA_SOURCES, KUBE_PROXY_SOURCES, agent_config, kube_proxy_runs, linux_running
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD071",
    "kube-proxy does not masquerade all ClusterIP traffic",
    severity=Severity.RISKY,
    scope=Scope.CLUSTER,
    needs=(Source.NODES, Source.DAEMON_SETS, Source.CONFIG_MAPS, Source.AGENT_INFOS),
    also_reads=(*ANTREA_SOURCES, *KUBE_PROXY_SOURCES),
)
def kube_proxy_masquerades_all(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    kube-proxy runs with `masqueradeAll`: it translates the source of every connection to a ClusterIP that it handles.

    ## Why it matters
    Pods appear to each other as their Node's gateway. Policies with Pod selectors then deny, and policies with Node
    ranges admit everybody. AntreaProxy takes ClusterIP traffic of Pods before kube-proxy sees it, so with it only the
    Services are hit that it leaves alone.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get configmaps kube-proxy -o yaml
    ```
    Look at `iptables.masqueradeAll`, in nftables mode at `nftables.masqueradeAll`.

    ## What to do
    Set it to false and restart kube-proxy:
    `kubectl --context CONTEXT -n kube-system rollout restart daemonsets.apps/kube-proxy`. Policies that were widened
    for Node addresses can then be narrowed.

    ## Sources
    k8s:pkg/proxy/iptables/proxier.go, k8s:pkg/proxy/nftables/proxier.go.
    """
    if not kube_proxy_runs(case):
        return
    kube_proxy = case.cluster.kube_proxy
    if not kube_proxy.config_read:
        raise CannotTell(kube_proxy.why_unknown)
    if not kube_proxy.masquerade_all:
        return
    section = "nftables" if kube_proxy.mode == "nftables" else "iptables"
    spared = case.cluster.antrea.present is not False and _proxy_runs(case)
    where = "where AntreaProxy leaves the ClusterIP to it" if spared else "wherever it dials a ClusterIP"
    yield Finding(
        Severity.NOTE if spared else Severity.RISKY,
        f"ConfigMap {kube_proxy.config_map}",
        f"kube-proxy masquerades all ClusterIP traffic, so a Pod is seen as its Node {where}: set masqueradeAll to "
        "false.",
        (of_kube_proxy_config(case, f"{section}.masqueradeAll", True),),
    )


def _proxy_runs(case: Case) -> bool:
    """Whether AntreaProxy runs on every Linux Node, by what agents report, else by the ConfigMap."""
    answers = [run.proxy for run in linux_running(case).values()]
    if None in answers or not answers:
        return agent_config(case).proxy_enabled and False not in answers
    return all(answers)
