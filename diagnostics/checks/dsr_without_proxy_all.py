"""AD036: DSR asked for while proxyAll does not run."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import counted, listed, of_annotation, of_config, of_tables, service_name
from diagnostics.checks.facts import (
    ANTREA_SOURCES,
    agent_config,
    antrea_may_be_here,
    linux_running,
    nodes_by_answer,
    silent_agents,
)
from diagnostics.datapath.dsr import dsr_asked_for
from diagnostics.model.antrea import PROXY_ALL_TABLE, proxy_all_wanted
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD036",
    "proxyAll runs where DSR is asked for",
    severity=Severity.RISKY,
    needs=(Source.SERVICES, Source.NODES, Source.CONFIG_MAPS, Source.AGENT_INFOS),
    also_reads=ANTREA_SOURCES,
    applies=lambda case: antrea_may_be_here(case) and case.is_exposed and dsr_asked_for(case) is not False,
    remedies=("use-dsr", "enable-proxy-all", "mend-annotation"),
)
def dsr_without_proxy_all(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    DSR is asked for, by the Service's annotation or as the default mode, and `antreaProxy.proxyAll` does not run on
    some Node. Connections from outside do not enter AntreaProxy there, so its mode does not matter.

    ## Why it matters
    Nothing fails and nothing tells: kube-proxy goes on to hide the clients.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io -o yaml
    ```
    An agent with proxyAll lists `NodePortMark` in `ovsInfo.flowTable`.

    ## What to do
    Turn on proxyAll and restart the agents, see AD065 and AD069 first. The remedy `use-dsr` has it among its steps.

    ## Sources
    antrea:docs/antrea-proxy.md, antrea:cmd/antrea-agent/options.go validateAntreaProxyConfig.
    """
    config, antrea = agent_config(case), case.cluster.antrea
    answers = {node: run.proxy_all for node, run in linux_running(case).items()}
    _, lacking, silent = nodes_by_answer(answers)
    if not lacking and silent and proxy_all_wanted(antrea):
        raise silent_agents(silent)
    without = lacking or silent
    if without:
        yield Finding(
            Severity.RISKY,
            service_name(case),
            f"DSR is asked for Service {case.key}, but proxyAll does not run on {len(without)} of "
            f"{counted(len(answers), 'Node')} ({listed(without)}): it has no effect there.",
            (
                of_annotation(case),
                of_config(antrea, "antreaProxy.defaultLoadBalancerMode", config.default_mode),
                of_config(antrea, "antreaProxy.proxyAll", bool(proxy_all_wanted(antrea))),
                *of_tables(lacking, PROXY_ALL_TABLE, there=False),
            ),
        )
