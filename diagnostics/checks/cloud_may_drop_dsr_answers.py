"""AD039: DSR on a cloud network that drops foreign source addresses unless told otherwise."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import counted, service_name
from diagnostics.checks.facts import ADDRESS_CHECKS, antrea_may_be_here, clouds, of_provider
from diagnostics.checks.paths import PATH_HINTS, PATH_SOURCES, entries, need_certainty, path_evidence, ways_in
from diagnostics.datapath.dsr import dsr_asked_for
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity


@check(
    "AD039",
    "No cloud that drops foreign source addresses is under Nodes that answer by DSR",
    severity=Severity.RISKY,
    needs=PATH_SOURCES,
    also_reads=PATH_HINTS,
    applies=lambda case: (
        antrea_may_be_here(case) and bool(case.external_addresses) and dsr_asked_for(case) is not False
    ),
    remedies=("test-dsr",),
)
def cloud_may_drop_dsr_answers(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    Under DSR the backend Node answers the client itself, with the load-balancer IP as source. Clouds drop packets
    whose source is not the machine's own address unless that check is turned off.

    ## Why it matters
    Connections to endpoints on the ingress Node work, those to other Nodes hang after the first packet. It looks
    like every second connection failing. A stateful firewall or NAT between clients and Nodes does the same.

    ## How to verify
    ```
    kubectl --context CONTEXT get nodes -o custom-columns=NAME:.metadata.name,PROVIDER:.spec.providerID
    ```
    On AWS: `aws ec2 describe-instance-attribute --instance-id ID --attribute sourceDestCheck`. On GCP:
    `gcloud compute instances describe NAME --format='value(canIpForward)'`. On Azure:
    `az network nic show --ids ID --query enableIPForwarding`. On OpenStack:
    `openstack port show ID -c port_security_enabled -c allowed_address_pairs`.
    Then dial the address from outside often enough to reach endpoints on other Nodes than the ingress Node.

    ## What to do
    Turn the check off for all Nodes, or take DSR back:
    ```
    kubectl --context CONTEXT -n NAMESPACE annotate services SERVICE \\
      service.antrea.io/load-balancer-mode=nat --overwrite
    ```

    ## Sources
    antrea:pkg/agent/openflow/pipeline.go dsrServiceNoDNATFlows, antrea:docs/antrea-proxy.md; what the clouds do by
    default is general knowledge and was not tried.
    """
    under = {cloud: nodes for cloud, nodes in clouds(case).items() if cloud in ADDRESS_CHECKS}
    paths = ways_in(case) if under else ()
    direct = [path for path in paths if path.direct_return]
    if not direct:
        need_certainty(paths)
        return
    for cloud, nodes in under.items():
        yield Finding(
            Severity.RISKY,
            service_name(case),
            f"DSR answers clients of {entries(direct)} from {counted(len(nodes), 'Node')} on {cloud}, which drops "
            f"them unless {ADDRESS_CHECKS[cloud]} allows it: see to it, then test from outside.",
            (*of_provider(case, nodes), *path_evidence(case, direct)),
        )
