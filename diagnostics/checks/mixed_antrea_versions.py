"""AD081: agents of different releases run side by side."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import SHOWN, listed
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD081",
    "All Antrea agents are of one release",
    severity=Severity.RISKY,
    scope=Scope.CLUSTER,
    needs=(Source.AGENT_INFOS,),
    also_reads=ANTREA_SOURCES,
    applies=antrea_may_be_here,
)
def mixed_antrea_versions(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    The agents report more than one release of Antrea: an upgrade is under way or stopped half-way.

    ## Why it matters
    The Nodes may treat the same Service differently. Around v2.1 it even changes who handles NodePorts: before, a
    kube-proxy that is still there wins over proxyAll, from v2.1 on Antrea does.

    ## How to verify
    ```
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io -o custom-columns=NODE:.metadata.name,VERSION:.version
    ```

    ## What to do
    Finish the upgrade: `kubectl --context CONTEXT -n kube-system rollout status daemonsets.apps/antrea-agent`.
    Change proxyAll or DSR only when all Nodes run one release.

    ## Sources
    antrea:docs/antrea-proxy.md, antrea#6308, antrea:pkg/apis/crd/v1beta1/types.go AntreaAgentInfo.
    """
    by_version: dict[str, list[str]] = {}
    for info in case.snapshot.agent_infos:
        if info.version:
            by_version.setdefault(info.version, []).append(info.node)
    if not by_version:
        raise CannotTell("No agent reports its version; `kubectl get antreaagentinfos.crd.antrea.io` must show them.")
    if len(by_version) > 1:
        spread = "; ".join(f"{version} on {listed(nodes)}" for version, nodes in sorted(by_version.items()))
        yield Finding(
            Severity.RISKY,
            "DaemonSet antrea-agent",
            f"Agents of {len(by_version)} releases run side by side ({spread}): finish the upgrade.",
            tuple(
                Evidence(f"AntreaAgentInfo {node}", "version", version)
                for version, nodes in sorted(by_version.items())
                for node in nodes[:SHOWN]
            ),
        )
