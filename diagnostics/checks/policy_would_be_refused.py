"""AD055: a policy that Antrea's admission would refuse, as it may stand in files that were not applied yet."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.snapshot import Source
from diagnostics.policy.refusals import refusals


@check(
    "AD055",
    "Antrea accepts the policies that are applied to Services",
    severity=Severity.BROKEN,
    scope=Scope.CLUSTER,
    needs=(Source.CLUSTER_POLICIES, Source.ANTREA_POLICIES),
    also_reads=ANTREA_SOURCES,
    applies=antrea_may_be_here,
)
def policy_would_be_refused(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    An Antrea policy breaks a rule of Antrea's admission webhook. In a cluster there is none such, unless the webhook
    was off; in files (`-f`) it is a draft that cannot be applied. The words are those of Antrea.

    ## Why it matters
    Everything that this program says of the policy holds only once it is accepted.

    ## How to verify
    ```
    kubectl --context CONTEXT apply --server-side --dry-run=server -f FILE
    ```

    ## What to do
    Correct the field that is named. What is applied to a Service may use `ipBlock` alone, and no other peers beside
    the Service in `appliedTo`.

    ## Sources
    antrea:pkg/controller/networkpolicy/validate.go.
    """
    for policy in (*case.snapshot.cluster_policies, *case.snapshot.antrea_policies):
        for field, why in refusals(policy):
            name = f"{policy.kind} {policy.metadata.key}"
            yield Finding(
                Severity.BROKEN,
                name,
                f"Antrea refuses {name} at {field}: {why}.",
                (Evidence(name, field, why),),
            )
