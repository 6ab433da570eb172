"""Facts that several checks ask for; what cannot be told is raised as CannotTell with what would settle it."""

from diagnostics.checks.evidence import listed
from diagnostics.checks.examine import CannotTell
from diagnostics.model.agent_config import AgentConfig
from diagnostics.model.antrea import Running
from diagnostics.model.case import Case
from diagnostics.model.snapshot import Source

DSR = "dsr"

ANTREA_SOURCES = (Source.DAEMON_SETS, Source.CONFIG_MAPS, Source.AGENT_INFOS)
"""What Antrea is known from; presence falls to unknown where they are missing."""


def antrea_may_be_here(case: Case) -> bool:
    """Whether Antrea is present or cannot be ruled out."""
    return case.cluster.antrea.present is not False


def agent_config(case: Case) -> AgentConfig:
    """The agents' wanted configuration. Raises CannotTell when the ConfigMap is missing or not understood."""
    antrea = case.cluster.antrea
    if antrea.config is None:
        raise CannotTell(antrea.why_no_config)
    return antrea.config


def linux_running(case: Case) -> dict[str, Running]:
    """What the agents report as running, by Linux Node; Windows agents have another ConfigMap and no DSR."""
    return {name: running for name, running in case.cluster.running.items() if not case.cluster.nodes[name].is_windows}


def nodes_by_answer(answers: dict[str, bool | None]) -> tuple[list[str], list[str], list[str]]:
    """Node names that answered yes, no, and nothing."""
    yes = [name for name, answer in answers.items() if answer is True]
    no = [name for name, answer in answers.items() if answer is False]
    silent = [name for name, answer in answers.items() if answer is None]
    return yes, no, silent


def silent_agents(nodes: list[str]) -> CannotTell:
    """The answer when agents do not report which OVS tables they have."""
    which = listed(nodes) if nodes else "any Node"
    return CannotTell(
        f"No OVS tables are reported for {which}; "
        "`kubectl get antreaagentinfos.crd.antrea.io` must show ovsInfo.flowTable of every Node."
    )


def annotated_dsr(case: Case) -> bool:
    """Whether the Service asks for DSR by its annotation (case does not matter to Antrea)."""
    return case.service.load_balancer_mode.lower() == DSR
