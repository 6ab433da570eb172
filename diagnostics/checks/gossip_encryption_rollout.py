"""AD088: an upgrade across v2.7, which encrypts the agents' gossip."""

from collections.abc import Iterator

from packaging.version import Version

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import SHOWN, listed
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.facts import ANTREA_SOURCES, agent_config, antrea_may_be_here, no_release, releases
from diagnostics.model.agent_config import EGRESS_GATE, parse_version
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.service import EXTERNAL_IP_POOL
from diagnostics.model.snapshot import Source

ENCRYPTS_SINCE = Version("2.7")


@check(
    "AD088",
    "All agents that elect Nodes for addresses understand each other",
    severity=Severity.RISKY,
    scope=Scope.CLUSTER,
    needs=(Source.SERVICES, Source.CONFIG_MAPS, Source.AGENT_INFOS),
    also_reads=ANTREA_SOURCES,
    applies=antrea_may_be_here,
)
def gossip_encryption_rollout(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    Some agents are older than v2.7 and some are not. v2.7 authenticates and encrypts the gossip by which agents agree
    which Node announces an Egress IP or a load-balancer IP of ServiceExternalIP; older agents do not understand it.

    ## Why it matters
    While both run, the two groups may each elect a Node for the same address: connections to it break or move.
    Services without ServiceExternalIP and Pods without Egress are not concerned.

    ## How to verify
    ```
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io -o yaml
    kubectl --context CONTEXT get egresses.crd.antrea.io
    kubectl --context CONTEXT get services -A -o yaml
    ```
    Look at `version` of each agent and for the annotation `service.antrea.io/external-ip-pool`.

    ## What to do
    Finish the upgrade: `kubectl --context CONTEXT -n kube-system rollout status daemonsets.apps/antrea-agent`. Before
    the next one follow "Enabling encryption when upgrading an existing cluster" of Antrea's Egress guide.

    ## Sources
    antrea#8259, antrea:docs/egress.md, antrea:CHANGELOG/CHANGELOG-2.7.md.
    """
    known = releases(case)
    if not known or known[0] >= ENCRYPTS_SINCE or known[-1] < ENCRYPTS_SINCE:
        if not known:
            raise CannotTell(f"{no_release(case)}.")
        return
    pooled = [item.metadata.key for item in case.snapshot.services if EXTERNAL_IP_POOL in item.metadata.annotations]
    if not pooled and not agent_config(case).feature_gates.get(EGRESS_GATE, True):
        return
    who = f"addresses of Service {listed(pooled)}" if pooled else "Egress IPs, if there are any,"
    agents = {info.node: info.version for info in case.snapshot.agent_infos}
    by_side: dict[bool, list[str]] = {}
    for node, text in agents.items():
        version = parse_version(text)
        if version:
            by_side.setdefault(version >= ENCRYPTS_SINCE, []).append(node)
    shown = [node for nodes in by_side.values() for node in nodes[: SHOWN // 2]]
    yield Finding(
        Severity.RISKY,
        "DaemonSet antrea-agent",
        f"Agents before v2.7 ({listed(by_side.get(False, []))}) do not understand the encrypted gossip of the others "
        f"({listed(by_side.get(True, []))}): {who} may be announced twice until the upgrade is finished.",
        tuple(Evidence(f"AntreaAgentInfo {node}", "version", agents[node]) for node in shown),
    )
