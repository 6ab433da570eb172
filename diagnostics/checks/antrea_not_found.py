"""AD087: there is no Antrea in this cluster."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.facts import ANTREA_SOURCES
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD087",
    "Antrea runs in this cluster",
    severity=Severity.BROKEN,
    scope=Scope.CLUSTER,
    needs=(Source.DAEMON_SETS,),
    also_reads=ANTREA_SOURCES,
)
def antrea_not_found(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    No DaemonSet has the labels `app=antrea,component=antrea-agent` or the name `antrea-agent`, and no
    AntreaAgentInfo exists.

    ## Why it matters
    The addresses shown are those of kube-proxy in encap mode at best; another CNI rewrites them in its own way. None
    of the ways out that this tool knows can be had.

    ## How to verify
    ```
    kubectl --context CONTEXT get daemonsets.apps -A -l app=antrea,component=antrea-agent
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io
    ```

    ## What to do
    See that you look at the right cluster: `kubectl config current-context`. With files, add the DaemonSets of
    Antrea's namespace to them.

    ## Sources
    antrea:build/charts/antrea/templates/agent/daemonset.yaml, antrea:pkg/apis/crd/v1beta1/types.go AntreaAgentInfo.
    """
    present = case.cluster.antrea.present
    if present is None:
        raise CannotTell("DaemonSets were not read in all namespaces and no AntreaAgentInfo was seen.")
    if not present:
        yield Finding(
            Severity.BROKEN,
            "DaemonSet antrea-agent",
            "No Antrea agent was found in this cluster: check the context, most answers of this tool need Antrea.",
            (Evidence("DaemonSet kube-system/antrea-agent", "metadata.name", "no such object"),),
        )
