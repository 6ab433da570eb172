"""Whether DSR (direct server return) is asked for, runs, and applies to a class of connections.

antrea:pkg/agent/proxy/proxier.go getLoadBalancerMode: the annotation goes before the default, an invalid one is
ignored, and neither is checked against the traffic mode or the address family.
"""

from diagnostics.datapath.crossing import Arrival, Origin
from diagnostics.datapath.path import AccessKind
from diagnostics.model.agent_config import DSR_GATE
from diagnostics.model.case import Case, Cluster


def dsr_asked_for(case: Case) -> bool | None:
    """Whether the Service shall use DSR, by its annotation or Antrea's default; None when that is not known."""
    wanted = case.service.load_balancer_mode.lower()
    if wanted in ("dsr", "nat"):
        return wanted == "dsr"
    config = case.cluster.antrea.config
    return None if config is None else config.default_mode == "dsr"


def dsr_runs(cluster: Cluster, node: str) -> bool | None:
    """Whether a Node's agent runs DSR: by what it reports, else by the feature gate in the ConfigMap."""
    running = cluster.running.get(node)
    if running is not None and running.dsr is not None:
        return running.dsr
    antrea = cluster.antrea
    return None if antrea.config is None else antrea.config.gate(DSR_GATE, antrea.version)


def dsr_applies(arrival: Arrival) -> bool | None:
    """Whether OVS marks connections to remote endpoints for DSR: load-balancer and external IPs, from outside.

    Antrea marks them whether or not they can then be forwarded. None when a fact that decides is not known.
    """
    by_address = arrival.access.kind in (AccessKind.LOAD_BALANCER, AccessKind.EXTERNAL_IP)
    if not by_address or arrival.origin is not Origin.OUTSIDE:
        return False
    answers = (dsr_asked_for(arrival.case), dsr_runs(arrival.cluster, arrival.node))
    if False in answers:
        return False
    return None if None in answers else True
