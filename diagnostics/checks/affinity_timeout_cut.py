"""AD074: a session affinity that lasts longer than Open vSwitch can count."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import of_service, service_name
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source

LONGEST_SECONDS = 65535  # a 16-bit hard_timeout


@check(
    "AD074",
    "Session affinity lasts as long as the Service asks for",
    severity=Severity.RISKY,
    needs=(Source.SERVICES,),
    also_reads=ANTREA_SOURCES,
    applies=lambda case: (
        case.service.is_proxied and case.service.spec.session_affinity == "ClientIP" and antrea_may_be_here(case)
    ),
)
def affinity_timeout_cut(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    The Service asks for session affinity of more than 65535 seconds. AntreaProxy remembers clients in OVS flows whose
    timeout has 16 bits, so it cuts the value to 65535 and says so in the agent's log only.

    ## Why it matters
    A client is sent to another endpoint after 18 hours and 12 minutes, sooner than the Service says.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    ```
    Look at `spec.sessionAffinityConfig.clientIP.timeoutSeconds`.

    ## What to do
    Set it to 65535 or less, and keep sessions that must last longer in the application.

    ## Sources
    antrea#1578, antrea:docs/antrea-proxy.md.
    """
    settings = case.service.spec.session_affinity_config
    seconds = settings.client_ip.timeout_seconds if settings and settings.client_ip else 0
    if seconds > LONGEST_SECONDS:
        yield Finding(
            Severity.RISKY,
            service_name(case),
            f"Session affinity of Service {case.key} ends after {LONGEST_SECONDS} seconds instead of {seconds}, as "
            "AntreaProxy can count no further: ask for less.",
            (of_service(case, "spec.sessionAffinityConfig.clientIP.timeoutSeconds", seconds),),
        )
