"""AD038: what DSR does to connections that stay silent."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import of_annotation, service_name
from diagnostics.checks.facts import antrea_may_be_here
from diagnostics.checks.paths import PATH_HINTS, PATH_SOURCES, entries, need_certainty, path_evidence, ways_in
from diagnostics.datapath.dsr import dsr_asked_for
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity

IDLE_SECONDS = 160  # antrea:pkg/agent/openflow/pipeline.go dsrServiceMarkFlow


@check(
    "AD038",
    "No connection depends on the memory of DSR for its endpoint",
    severity=Severity.NOTE,
    needs=PATH_SOURCES,
    also_reads=PATH_HINTS,
    applies=lambda case: (
        antrea_may_be_here(case) and bool(case.external_addresses) and dsr_asked_for(case) is not False
    ),
)
def dsr_idle_timeout(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    DSR is in effect. The ingress Node remembers for each connection which endpoint it was sent to, for 160 seconds
    after the last packet.

    ## Why it matters
    A connection that is silent for longer may be sent to another endpoint, which resets it. Long polls, database
    sessions and SSH notice.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    ```
    Open a connection, be silent for three minutes, send something.

    ## What to do
    Have client or application send TCP keepalives at least every two minutes.

    ## Sources
    antrea:pkg/agent/openflow/pipeline.go dsrServiceMarkFlow, antrea#5202.
    """
    paths = ways_in(case)
    remembered = [path for path in paths if path.direct_return]
    if not remembered:
        need_certainty(paths)
        return
    yield Finding(
        Severity.NOTE,
        service_name(case),
        f"DSR serves {entries(remembered)} of Service {case.key}: connections that are silent for more than "
        f"{IDLE_SECONDS} seconds may be reset; use TCP keepalives.",
        (of_annotation(case), *path_evidence(case, remembered)),
    )
