"""AD024: policy Local for external IPs on a release of Antrea that ignores it."""

from collections.abc import Iterator

from packaging.version import Version

from diagnostics.checks.check import check
from diagnostics.checks.evidence import SHOWN, counted, listed, of_service, service_name
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.facts import no_release
from diagnostics.checks.paths import PATH_HINTS, PATH_SOURCES, need_handlers, nodes_of, ways_in
from diagnostics.datapath.handler import version_on
from diagnostics.datapath.path import AccessKind, Handler
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity

# First patch release of each minor release with the fix (antrea#5795); from 1.15 on all have it.
FIXED_IN = {(1, 12): Version("1.12.3"), (1, 13): Version("1.13.3"), (1, 14): Version("1.14.2")}
FIXED_SINCE = Version("1.15")


@check(
    "AD024",
    "Antrea obeys policy Local for external IPs",
    severity=Severity.RISKY,
    needs=PATH_SOURCES,
    also_reads=PATH_HINTS,
    applies=lambda case: (
        case.service.is_proxied
        and bool(case.service.spec.external_ips)
        and case.service.spec.external_traffic_policy == "Local"
    ),
)
def local_external_ips_on_old_antrea(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    The Service has `externalIPs` and policy Local, AntreaProxy handles these addresses, and its release does not
    know policy Local for them. AntreaProxy serves externalIPs since v1.12, with proxyAll; before, kube-proxy does,
    which obeys the policy. So this concerns v1.12.0 to v1.12.2, v1.13.0 to v1.13.2, v1.14.0 and v1.14.1.

    ## Why it matters
    Connections by an external IP go to endpoints on any Node, with the address of the ingress Node instead of the
    client's, while the Service promises to keep it.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io -o yaml
    ```
    Look at `version` of each agent.

    ## What to do
    Upgrade Antrea. Until then let clients use the NodePort or a load-balancer IP, for which policy Local works.

    ## Sources
    antrea#5795 (the fix), antrea#4866 (externalIPs).
    """
    paths = [path for path in ways_in(case) if path.access.kind is AccessKind.EXTERNAL_IP]
    ours = [path for path in paths if path.handler is Handler.ANTREA_PROXY]
    releases = {node: version_on(case.cluster, node) for node in nodes_of(ours)}
    behind = [node for node, release in releases.items() if release is not None and _ignores_local(release)]
    if not behind:
        need_handlers(paths)
        if None in releases.values():
            raise CannotTell(f"{no_release(case)}: Antrea obeys policy Local for external IPs since v1.15.")
        return
    versions = [Evidence(f"AntreaAgentInfo {node}", "version", case.cluster.running[node].version) for node in behind]
    yield Finding(
        Severity.RISKY,
        service_name(case),
        f"Antrea {releases[behind[0]]} on {counted(len(behind), 'Node')} ({listed(behind)}) ignores policy Local for "
        f"externalIPs {listed(case.service.spec.external_ips)} of Service {case.key}: upgrade it.",
        (
            of_service(case, "spec.externalTrafficPolicy", case.service.external_policy),
            of_service(case, "spec.externalIPs", ", ".join(case.service.spec.external_ips)),
            *(version for version in versions[:SHOWN] if version.value),
        ),
    )


def _ignores_local(release: Version) -> bool:
    fixed = FIXED_IN.get((release.major, release.minor), FIXED_SINCE)
    return release < fixed
