"""AD050: a policy on the Service that no Node enforces."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import counted, listed, of_config, of_tables
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here, linux_running, nodes_by_answer, silent_agents
from diagnostics.checks.policies import (
    POLICY_HINTS,
    applied_to_service,
    guarding_rules,
    may_be_guarded,
    of_policy,
    policies_of,
)
from diagnostics.model.antrea import PROXY_ALL_TABLE, proxy_all_wanted
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD050",
    "Policies on the Service are enforced on every Node",
    severity=Severity.BROKEN,
    needs=(Source.SERVICES, Source.CLUSTER_POLICIES, Source.NODES, Source.CONFIG_MAPS, Source.AGENT_INFOS),
    also_reads=(*ANTREA_SOURCES, *POLICY_HINTS),
    applies=lambda case: antrea_may_be_here(case) and may_be_guarded(case),
    remedies=("enable-proxy-all",),
)
def service_policy_without_proxy_all(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    An Antrea ClusterNetworkPolicy has `appliedTo.service` with this Service, and proxyAll does not run on some Node.
    NodePort connections to that Node never enter OVS as such, so the policy cannot see them.

    ## Why it matters
    The policy is accepted and its status becomes `Realized`, yet everybody gets in.

    ## How to verify
    ```
    kubectl --context CONTEXT get clusternetworkpolicies.crd.antrea.io POLICY -o yaml
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io -o yaml
    ```
    Every Node that clients may dial must list `NodePortMark` in `ovsInfo.flowTable`.

    ## What to do
    Turn on `antreaProxy.proxyAll` and restart the agents, see AD065 and AD069 first. Until then keep clients away by
    other means: the policy protects nothing.

    ## Sources
    antrea:docs/antrea-network-policy.md "Apply to NodePort Service",
    antrea:pkg/agent/controller/networkpolicy/pod_reconciler.go, antrea#3997.
    """
    antrea = case.cluster.antrea
    answers = {node: run.proxy_all for node, run in linux_running(case).items()}
    _, lacking, silent = nodes_by_answer(answers)
    wanted = proxy_all_wanted(antrea)
    if not lacking and silent and wanted is not False:
        raise silent_agents(silent)
    without = lacking or silent
    for policy in policies_of(guarding_rules(case)) if without else ():
        yield Finding(
            Severity.BROKEN,
            f"Antrea ClusterNetworkPolicy {policy}",
            f"Antrea ClusterNetworkPolicy {policy} on Service {case.key} is not enforced on {len(without)} of "
            f"{counted(len(answers), 'Node')} ({listed(without)}), because proxyAll does not run there: "
            "everybody gets in by NodePort.",
            (
                of_policy(policy, applied_to_service(case, policy), case.key),
                *of_tables(lacking, PROXY_ALL_TABLE, there=False),
                *((of_config(antrea, "antreaProxy.proxyAll", wanted),) if wanted is not None else ()),
            ),
        )
