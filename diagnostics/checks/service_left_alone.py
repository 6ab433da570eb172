"""AD067: AntreaProxy is told to leave the Service alone."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import service_name
from diagnostics.checks.facts import ANTREA_SOURCES, agent_config, antrea_may_be_here, left_alone_by
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.service import SERVICE_PROXY_NAME
from diagnostics.model.snapshot import Source


@check(
    "AD067",
    "AntreaProxy takes care of the Service",
    severity=Severity.RISKY,
    needs=(Source.SERVICES, Source.DAEMON_SETS, Source.CONFIG_MAPS),
    also_reads=ANTREA_SOURCES,
    applies=lambda case: case.service.is_proxied and antrea_may_be_here(case),
)
def service_left_alone(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    `antreaProxy.skipServices` names the Service, or its label `service.kubernetes.io/service-proxy-name` does not fit
    `antreaProxy.serviceProxyName`. AntreaProxy programs nothing for it.

    ## Why it matters
    DSR and policies on the Service have no effect. kube-proxy serves it as it would without Antrea; if the Service
    carries the label, kube-proxy leaves it alone as well, and only the proxy that the label names serves it.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE --show-labels
    kubectl --context CONTEXT -n kube-system get configmaps antrea-config -o yaml
    ```

    ## What to do
    If this is meant, nothing. Else remove the label, or the entry in `skipServices`; after a change of the ConfigMap
    restart the agents Node by Node.

    ## Sources
    antrea:build/charts/antrea/values.yaml skipServices, serviceProxyName, k8s:cmd/kube-proxy/app/server.go.
    """
    why = left_alone_by(case, agent_config(case))
    if not why:
        return
    label = case.service.metadata.labels.get(SERVICE_PROXY_NAME)
    who = "kube-proxy" if label is None else f"a proxy named {label or 'nothing'}, not kube-proxy,"
    yield Finding(
        Severity.RISKY,
        service_name(case),
        f"AntreaProxy leaves Service {case.key} alone, as its configuration says: {who} has to serve it, and DSR or "
        "policies on the Service have no effect.",
        why,
    )
