"""AD063: without kube-proxy the agents have no way to the API server."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import of_config, of_kube_proxy
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.facts import ANTREA_SOURCES, agent_config, antrea_may_be_here
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.kube_proxy import Presence
from diagnostics.model.snapshot import Source


@check(
    "AD063",
    "Agents can reach the API server after a restart",
    severity=Severity.BROKEN,
    scope=Scope.CLUSTER,
    needs=(Source.DAEMON_SETS, Source.CONFIG_MAPS),
    also_reads=(*ANTREA_SOURCES, Source.NODES, Source.PODS),
    applies=antrea_may_be_here,
    remedies=("enable-proxy-all",),
)
def no_api_server_override(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    kube-proxy is absent and `kubeAPIServerOverride` is empty. A starting agent then calls the API server by the
    ClusterIP of the Service `default/kubernetes`, which only a running agent could serve.

    ## Why it matters
    Agents that run keep running. One that restarts, after an upgrade, a change of its ConfigMap or a reboot of its
    Node, cannot start: the Node gets no new Services, policies or Pods.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get daemonsets.apps kube-proxy
    kubectl --context CONTEXT -n kube-system get configmaps antrea-config -o yaml
    ```

    ## What to do
    Set `kubeAPIServerOverride` in `antrea-agent.conf` (and, since v1.13, in `antrea-controller.conf`) to an address
    of the control plane that needs no Service, such as its load balancer: `https://HOST:6443`. Then restart one agent
    and see it become ready before the others follow. Or bring kube-proxy back.

    ## Sources
    antrea:docs/antrea-proxy.md "Removing kube-proxy", antrea:cmd/antrea-agent/options.go.
    """
    kube_proxy, antrea = case.cluster.kube_proxy, case.cluster.antrea
    config = agent_config(case)
    if config.kube_api_server_override or kube_proxy.presence is Presence.PRESENT:
        return
    if kube_proxy.presence is Presence.UNKNOWN:
        raise CannotTell(f"Whether kube-proxy runs cannot be told: {kube_proxy.why_unknown}")
    yield Finding(
        Severity.BROKEN,
        f"ConfigMap {antrea.namespace}/{antrea.config_map_name}",
        "kube-proxy is absent and kubeAPIServerOverride is empty: an agent that restarts cannot reach the API server; "
        "set kubeAPIServerOverride before anything restarts.",
        (of_kube_proxy(case), of_config(antrea, "kubeAPIServerOverride", "")),
    )
