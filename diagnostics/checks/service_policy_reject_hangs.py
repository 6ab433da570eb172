"""AD057: Reject on the Service in a release where it does not answer."""

from collections.abc import Iterator

from packaging.version import Version

from diagnostics.checks.check import check
from diagnostics.checks.evidence import of_config
from diagnostics.checks.facts import ANTREA_SOURCES, agent_config, antrea_may_be_here
from diagnostics.checks.policies import POLICY_HINTS, guarding_rules, may_be_guarded, of_rule
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.snapshot import Source
from diagnostics.policy.rules import Action

_MODES = ("noencap", "hybrid")
_FIXED = (Version("2.2.2"), Version("2.3.2"), Version("2.4.2"))
"""The first good release of each line; v2.5.0 and later are good."""


@check(
    "AD057",
    "Rejecting rules on the Service answer their clients",
    severity=Severity.RISKY,
    needs=(Source.SERVICES, Source.CLUSTER_POLICIES, Source.CONFIG_MAPS, Source.AGENT_INFOS),
    also_reads=(*ANTREA_SOURCES, *POLICY_HINTS),
    applies=lambda case: antrea_may_be_here(case) and may_be_guarded(case),
)
def service_policy_reject_hangs(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    A rule with action `Reject` is applied to this Service, the traffic mode is noEncap or hybrid, and Antrea is of a
    release in which the answer to a rejected NodePort connection is lost: before v2.2.2, v2.3.2, v2.4.2 and v2.5.0.

    ## Why it matters
    Clients wait for a time-out instead of being told.

    ## How to verify
    ```
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io -o custom-columns=NAME:.metadata.name,V:.version
    kubectl --context CONTEXT get clusternetworkpolicies.crd.antrea.io POLICY -o yaml
    ```

    ## What to do
    Upgrade Antrea. Until then use `Drop`, which means the same wait but promises nothing else.

    ## Sources
    antrea#7265.
    """
    rejecting = [rule for rule in guarding_rules(case) if rule.action is Action.REJECT]
    if not rejecting:
        return
    config, antrea = agent_config(case), case.cluster.antrea
    if config.encap_mode not in _MODES or antrea.version is None or not _loses_answers(antrea.version):
        return
    for rule in rejecting:
        yield Finding(
            Severity.RISKY,
            f"{rule.kind} {rule.policy}",
            f"{rule.title} rejects clients of Service {case.key}, but Antrea v{antrea.version} loses the answer in "
            f"mode {config.traffic_encap_mode}: clients hang until they time out; upgrade Antrea, or use Drop.",
            (
                of_rule(rule, "action", rule.action.value),
                of_config(antrea, "trafficEncapMode", config.traffic_encap_mode),
                *(
                    Evidence(f"AntreaAgentInfo {info.node}", "version", info.version)
                    for info in case.snapshot.agent_infos[:2]
                ),
            ),
        )


def _loses_answers(version: Version) -> bool:
    own_line = [fixed for fixed in _FIXED if fixed.release[:2] == version.release[:2]]
    return version < own_line[0] if own_line else version < _FIXED[0]
