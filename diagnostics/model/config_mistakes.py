"""Keys of `antrea-agent.conf` that stand twice, or where agents do not look for them.

Agents since v2.0 leave unknown keys alone, so that a key in a wrong section does nothing and nothing tells; before, and
with a key that stands twice, they do not start (antrea:pkg/util/yaml UnmarshalLenient, antrea#6156, antrea#7175).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import yaml

from diagnostics.model.agent_config import (
    DSR_GATE,
    EGRESS_GATE,
    NFTABLES_GATE,
    NODE_HINTS_GATE,
    SERVICE_EXTERNAL_IP_GATE,
    TRAFFIC_DISTRIBUTION_GATE,
    ZONE_HINTS_GATE,
    AgentConfig,
    AntreaProxyConfig,
)
from diagnostics.model.text import plain

PROXY, GATES = "antreaProxy", "featureGates"
_SECTION_OF = {
    **{item.encode_name: "" for item in msgspec.structs.fields(AgentConfig)},
    **{item.encode_name: PROXY for item in msgspec.structs.fields(AntreaProxyConfig)},
    **dict.fromkeys(("AntreaPolicy", "AntreaProxy", DSR_GATE, EGRESS_GATE, NFTABLES_GATE), GATES),
    **dict.fromkeys(
        (NODE_HINTS_GATE, SERVICE_EXTERNAL_IP_GATE, TRAFFIC_DISTRIBUTION_GATE, ZONE_HINTS_GATE, "AllAlpha"), GATES
    ),
}
"""Where agents look for the keys that this program reads; at the top for an empty section."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A key by its path as written, such as `featureGates.proxyAll`. `belongs` is where it should stand.

    `belongs` is empty for a key that stands twice.
    """

    path: str
    value: str
    belongs: str = ""


def config_mistakes(text: str) -> tuple[Mistake, ...]:
    """Keys that stand twice in one place, and known keys in a wrong place; none where the text is no YAML map."""
    try:
        top = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError):
        return ()
    return tuple(_in_map(top, "")) if isinstance(top, yaml.MappingNode) else ()


def _in_map(node: yaml.MappingNode, section: str) -> Iterator[Mistake]:
    entries = [(plain(str(key.value)), value) for key, value in node.value]
    before = f"{section}." if section else ""
    for name, times in Counter(name for name, _ in entries).items():
        if times > 1:
            yield Mistake(before + name, f"{times} times")
    for name, value in entries:
        wanted = _SECTION_OF.get(name, section)
        if wanted != section and section in ("", PROXY, GATES):
            spelled = plain(str(value.value)) if isinstance(value, yaml.ScalarNode) else "a section"
            yield Mistake(before + name, spelled, f"{wanted}.{name}" if wanted else name)
        elif isinstance(value, yaml.MappingNode) and not section:
            yield from _in_map(value, name)
