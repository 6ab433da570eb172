"""AntreaAgentInfo: what each agent says of itself (`crd.antrea.io/v1beta1 antreaagentinfos`)."""

from msgspec import field

from diagnostics.model.meta import Fact, Meta


class ObjectRef(Fact, frozen=True):
    """A reference to the agent's Node or Pod."""

    name: str = ""
    namespace: str = ""


class OVSInfo(Fact, frozen=True):
    """`flow_table` maps table names to flow counts; which names exist tells which features run."""

    flow_table: dict[str, int] = field(default_factory=dict)


class NetworkInfo(Fact, frozen=True):
    """The transport interface (recent releases only)."""

    transport_interface_ips: list[str] = field(default_factory=list, name="transportInterfaceIPs")


class AgentCondition(Fact, frozen=True):
    """One condition; the heartbeat is about every 60 s."""

    type: str = ""
    status: str = ""
    last_heartbeat_time: str = ""


class AntreaAgentInfo(Fact, frozen=True):
    """What runs on one Node; the object is named after the Node."""

    metadata: Meta = field(default_factory=Meta)
    version: str = ""
    node_ref: ObjectRef = field(default_factory=ObjectRef)
    pod_ref: ObjectRef = field(default_factory=ObjectRef)
    node_subnets: list[str] = field(default_factory=list)
    ovs_info: OVSInfo = field(default_factory=OVSInfo)
    network_info: NetworkInfo = field(default_factory=NetworkInfo)
    agent_conditions: list[AgentCondition] = field(default_factory=list)

    @property
    def node(self) -> str:
        """The Node's name."""
        return self.node_ref.name or self.metadata.name

    def runs(self, table: str) -> bool | None:
        """Whether an OVS table exists; None when the agent reports no tables at all."""
        return table in self.ovs_info.flow_table if self.ovs_info.flow_table else None
