"""AD090: objects that were answered and could not be used."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.snapshot import Gap, Reason

LONGEST = 300  # characters of what the decoder says; the evidence has all


@check(
    "AD090",
    "Every object that was read was understood",
    severity=Severity.RISKY,
    scope=Scope.CLUSTER,
    needs=(),
)
def objects_not_understood(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    The cluster or the files gave objects that antrea-doctor could not understand: a field of another type than the
    API has, or an object without a name. They were left out; everything else was used. This is trouble of this tool
    or of whoever made the objects, not of the Service.

    ## Why it matters
    What is said of the rest may be wrong without them: a policy that was left out may deny, an EndpointSlice that was
    left out has endpoints.

    ## How to verify
    ```
    kubectl --context CONTEXT get RESOURCE -n NAMESPACE NAME -o yaml
    ```
    with the resource and name that the finding tells.

    ## What to do
    For files: correct them. For a cluster: please report it as a bug of antrea-doctor, with the object.

    ## Sources
    k8s:api/openapi-spec, antrea:docs/api.md.
    """
    for gap in case.snapshot.gaps:
        if gap.partial and gap.reason is Reason.NOT_UNDERSTOOD:
            yield Finding(
                Severity.RISKY,
                _list(gap),
                f"Some {gap.source.value} were not understood and are left out of everything that is said here: "
                f"{_shortened(gap.detail)}.",
                (Evidence(_list(gap), "items", gap.detail),),
            )


def _shortened(detail: str) -> str:
    text = detail.rstrip(".")
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _list(gap: Gap) -> str:
    """The list that was asked for, as a subject."""
    return f"List {gap.namespace}/{gap.source.value}" if gap.namespace else f"List {gap.source.value}"
