"""AD073: more endpoints than old releases of Antrea take."""

from collections.abc import Iterator

from packaging.version import Version

from diagnostics.checks.check import check
from diagnostics.checks.evidence import counted, service_name
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here, no_release, releases
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.snapshot import Source

MOST = 800
UNLIMITED_SINCE = Version("1.9")


@check(
    "AD073",
    "AntreaProxy takes all endpoints of the Service",
    severity=Severity.RISKY,
    needs=(Source.SERVICES, Source.SLICES),
    also_reads=(*ANTREA_SOURCES, Source.NODES),
    applies=lambda case: case.service.is_proxied and antrea_may_be_here(case),
)
def too_many_endpoints(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    A port of the Service has more than 800 endpoints, and agents older than v1.9 run: they take the first 800 and
    drop the rest. Antrea's documentation still names that limit; v1.9 lifted it.

    ## Why it matters
    Some Pods never get a connection while the others carry their load, and nothing but the agents' logs says so.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get endpointslices.discovery.k8s.io -l kubernetes.io/service-name=SERVICE
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io -o yaml
    ```

    ## What to do
    Upgrade Antrea, or split the Service.

    ## Sources
    antrea#4167, antrea:docs/antrea-proxy.md.
    """
    slices = case.snapshot.slices_by_service.get(case.key, ())
    if sum(len(item.endpoints) for item in slices) <= MOST:
        return
    known = releases(case)
    if known and known[0] >= UNLIMITED_SINCE:
        return
    for port in case.service.spec.ports:
        number = max(len(case.backends(port, family)) for family in (4, 6))
        if number <= MOST:
            continue
        if not known:
            raise CannotTell(f"{no_release(case)}: Antrea takes more than 800 endpoints since v1.9.")
        yield Finding(
            Severity.RISKY,
            service_name(case),
            f"Port {port.port}/{port.protocol} of Service {case.key} has {counted(number, 'endpoint')}, of which "
            f"Antrea {known[0]} takes {MOST}: upgrade Antrea, or split the Service.",
            tuple(
                Evidence(f"EndpointSlice {item.metadata.key}", "endpoints", f"{len(item.endpoints)} entries")
                for item in slices[:4]
            ),
        )
        return
