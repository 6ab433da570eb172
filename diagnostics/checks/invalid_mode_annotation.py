"""AD040: the load-balancer mode annotation has a value that Antrea does not know."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import of_annotation, service_name
from diagnostics.checks.facts import ANTREA_SOURCES, DSR, antrea_may_be_here
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.service import LOAD_BALANCER_MODE
from diagnostics.model.snapshot import Source

MODES = ("nat", DSR)


@check(
    "AD040",
    "The load-balancer mode annotation has a value that Antrea knows",
    severity=Severity.RISKY,
    needs=(Source.SERVICES,),
    also_reads=ANTREA_SOURCES,
    applies=lambda case: LOAD_BALANCER_MODE in case.service.metadata.annotations and antrea_may_be_here(case),
    remedies=("mend-annotation",),
)
def invalid_mode_annotation(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    The annotation `service.antrea.io/load-balancer-mode` is neither `nat` nor `dsr` (upper or lower case).

    ## Why it matters
    Antrea logs an error and uses the default mode. Whoever wrote the annotation believes something else.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    ```
    Agents log `The Service's load balancer mode annotation is invalid`.

    ## What to do
    Write `nat` or `dsr`, or remove the annotation:
    `kubectl --context CONTEXT -n NAMESPACE annotate services SERVICE service.antrea.io/load-balancer-mode-`.

    ## Sources
    antrea:pkg/agent/types/annotations.go, antrea:pkg/agent/proxy/proxier.go getLoadBalancerMode.
    """
    mode = case.service.load_balancer_mode
    if mode.lower() not in MODES:
        yield Finding(
            Severity.RISKY,
            service_name(case),
            f'Service {case.key} asks for load-balancer mode "{mode}", which Antrea does not know, and gets the '
            "default mode: write nat or dsr.",
            (of_annotation(case),),
        )
