"""AD047: a cloud that checks addresses under Nodes that route for Pods; the API does not tell its settings."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import counted, of_config
from diagnostics.checks.facts import (
    ADDRESS_CHECKS,
    ANTREA_SOURCES,
    agent_config,
    antrea_may_be_here,
    clouds,
    of_provider,
)
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source

ROUTED = ("noencap", "hybrid")


@check(
    "AD047",
    "No cloud checks addresses under Nodes that route for Pods",
    severity=Severity.NOTE,
    scope=Scope.CLUSTER,
    needs=(Source.NODES, Source.DAEMON_SETS, Source.CONFIG_MAPS),
    also_reads=ANTREA_SOURCES,
    applies=antrea_may_be_here,
)
def cloud_checks_routed_pods(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    A question that the API cannot answer. In traffic mode noEncap, and in hybrid mode within a subnet, packets travel
    between Nodes with Pod addresses. The Nodes are machines of a cloud, which drops addresses that it does not know
    unless that check is turned off and routes to the podCIDRs exist.

    ## Why it matters
    Pods of different Nodes do not reach each other, and answers of remote endpoints are lost, while everything on one
    Node works.

    ## How to verify
    ```
    kubectl --context CONTEXT get nodes -o custom-columns=NAME:.metadata.name,PROVIDER:.spec.providerID
    ```
    On AWS: `aws ec2 describe-instance-attribute --instance-id ID --attribute sourceDestCheck`. On GCP:
    `gcloud compute instances describe NAME --format='value(canIpForward)'`. On Azure:
    `az network nic show --ids ID --query enableIPForwarding`. On OpenStack:
    `openstack port show ID -c port_security_enabled -c allowed_address_pairs`.

    ## What to do
    Turn the check off for all Nodes and give the cloud's router a route to each podCIDR, or use `encap`.

    ## Sources
    antrea:docs/noencap-hybrid-modes.md (AWS); the other clouds are general knowledge and were not tried.
    """
    config, antrea = agent_config(case), case.cluster.antrea
    if config.encap_mode not in ROUTED or config.encrypts_with_wireguard:
        return
    for cloud, nodes in clouds(case).items():
        if cloud in ADDRESS_CHECKS and len(nodes) > 1:
            yield Finding(
                Severity.NOTE,
                "Nodes",
                f"Does {ADDRESS_CHECKS[cloud]} let Pod addresses pass? {counted(len(nodes), 'Node')} on {cloud} "
                "send packets with Pod addresses to each other: ask the cloud, the page names the command.",
                (*of_provider(case, nodes), of_config(antrea, "trafficEncapMode", config.traffic_encap_mode)),
            )
