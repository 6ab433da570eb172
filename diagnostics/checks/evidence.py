"""Evidence and phrases that many checks need, in one form: objects and fields as kubectl shows them."""

from collections.abc import Iterable, Sequence

from diagnostics.model.antrea import AGENT_CONFIG_KEY, Antrea
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence
from diagnostics.model.service import LOAD_BALANCER_MODE

SHOWN = 4


def listed(items: Iterable[str], shown: int = SHOWN, of: int = 0) -> str:
    """`a, b and c`; of a long list the first few and the number of the rest.

    `of` says how many there are where `items` are only the first of them, one more than shown at least.
    """
    names = list(items)
    total = max(of, len(names))
    if total > shown + 1:
        return f"{', '.join(names[:shown])} and {total - shown} more"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def counted(number: int, noun: str) -> str:
    """`1 endpoint`, `2 endpoints`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def service_name(case: Case) -> str:
    """The Service as an object of evidence: `Service shop/web`."""
    return f"Service {case.key}"


def of_service(case: Case, field: str, value: object) -> Evidence:
    """A field of the Service."""
    return Evidence(service_name(case), field, spelled(value))


def of_annotation(case: Case) -> Evidence:
    """The load-balancer mode that the Service asks for."""
    value = case.service.load_balancer_mode
    return of_service(case, f"metadata.annotations[{LOAD_BALANCER_MODE}]", value or "not set")


def of_config(antrea: Antrea, key: str, value: object) -> Evidence:
    """A key of the agents' configuration with the value that holds (it may be the default)."""
    return Evidence(
        f"ConfigMap {antrea.namespace}/{antrea.config_map_name}", f"data[{AGENT_CONFIG_KEY}] {key}", spelled(value)
    )


def of_tables(nodes: Sequence[str], table: str, *, there: bool) -> tuple[Evidence, ...]:
    """Whether agents have an OVS table; the first few Nodes only."""
    value = "present" if there else "absent"
    return tuple(Evidence(f"AntreaAgentInfo {node}", f"ovsInfo.flowTable[{table}]", value) for node in nodes[:SHOWN])


def of_kube_proxy(case: Case) -> Evidence:
    """Where kube-proxy was seen, or looked for."""
    return case.cluster.kube_proxy.evidence


def of_kube_proxy_config(case: Case, key: str, value: object) -> Evidence:
    """A key of kube-proxy's configuration with the value that holds (it may be the default)."""
    kube_proxy = case.cluster.kube_proxy
    return Evidence(f"ConfigMap {kube_proxy.config_map}", f"data[{kube_proxy.config_key}] {key}", spelled(value))


def spelled(value: object) -> str:
    """A value as YAML spells it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(str(item) for item in value)}]"
    return '""' if value == "" else str(value)
