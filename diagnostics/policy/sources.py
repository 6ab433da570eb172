"""The sources that an ingress rule means: ranges, Nodes, Pods, and what cannot be told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from diagnostics.model.case import Case
from diagnostics.model.meta import LabelSelector
from diagnostics.model.policies import AntreaPeer, GroupSpec, IPBlock, Peer
from diagnostics.model.snapshot import Source
from diagnostics.model.workload import Node
from diagnostics.policy.groups import resolve_group, service_selector
from diagnostics.policy.labels import Labels, all_of, any_of, matches
from diagnostics.policy.ranges import AddressSet, RangeError

TRANSPORT_ADDRESSES = "node.antrea.io/transport-addresses"


@dataclass(frozen=True, slots=True)
class Block:
    """An `ipBlock` with its field path. `addresses` is None when its text is not a range."""

    cidr: str
    excluded: tuple[str, ...]
    path: str
    addresses: AddressSet | None = None

    def __str__(self) -> str:
        return f"{self.cidr} except {', '.join(self.excluded)}" if self.excluded else self.cidr


@dataclass(frozen=True, slots=True)
class PodPeer:
    """Pods as sources. An empty `namespace` with no namespace selector means every namespace."""

    namespace: str
    pods: LabelSelector | None
    namespaces: LabelSelector | None
    path: str

    def selects(self, client: "ClientPod") -> bool | None:
        """Whether a Pod of the cluster is meant."""
        here: bool | None = self.namespace in ("", client.namespace)
        if self.namespaces is not None:
            here = matches(self.namespaces, client.namespace_labels)
        return all_of([here, matches(self.pods, client.labels) if self.pods else True])


@dataclass(frozen=True, slots=True)
class ClientPod:
    """A Pod of the cluster as client."""

    namespace: str
    labels: Labels
    namespace_labels: Labels


@dataclass(frozen=True, slots=True)
class SourceAddress:
    """The source of a packet where a rule is compared with it.

    `address` is empty when it cannot be told, `why` then says so. `pod` is the Pod that owns the address;
    `may_be_pod` is true when it could be a Pod's and that Pod was not read.
    """

    address: str
    family: int = 4
    pod: ClientPod | None = None
    may_be_pod: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Sources:
    """All sources of one rule. Only a rule without any peer means `any_source`: peers that hold nothing match nobody.

    `nodes` are addresses of Nodes and their gateways that a nodeSelector stands for. `unknown` names, in words,
    peers that cannot be evaluated. `addresses` is the exact union of the readable blocks and `nodes`.
    """

    any_source: bool = False
    blocks: tuple[Block, ...] = ()
    pod_peers: tuple[PodPeer, ...] = ()
    nodes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    addresses: AddressSet = field(default_factory=AddressSet)

    def include(self, source: SourceAddress) -> bool | None:
        """Whether a packet with this source is meant; None when it cannot be told."""
        if self.any_source:
            return True
        if not source.address:
            if self.addresses.covers_family(source.family):
                return True
            return None if self.addresses or self.pod_peers or self.unknown else False
        if source.address in self.addresses:
            return True
        answers: list[bool | None] = [None] if self.unknown else []
        if source.pod is not None:
            answers += [peer.selects(source.pod) for peer in self.pod_peers]
        elif source.may_be_pod and self.pod_peers:
            answers.append(None)
        return any_of(answers)


def sources_of_network_policy(peers: Sequence[Peer], namespace: str, path: str) -> Sources:
    """Sources of a rule of a Kubernetes NetworkPolicy; `path` leads to its `from`."""
    found: list[_Found] = []
    for at, peer in enumerate(peers):
        where = f"{path}[{at}]"
        if peer.ip_block is not None:
            found.append(_block(peer.ip_block, f"{where}.ipBlock.cidr"))
        elif peer.pod_selector is not None or peer.namespace_selector is not None:
            found.append(PodPeer(namespace, peer.pod_selector, peer.namespace_selector, where))
        else:
            found.append(_Unknown(f"an empty peer at {where}"))
    return _gathered(found) if peers else Sources(any_source=True)


def sources_of_antrea(case: Case, peers: Sequence[AntreaPeer], namespace: str, path: str) -> Sources:
    """Sources of a rule of an Antrea policy; `namespace` is the policy's own, empty for a cluster-wide one."""
    found: list[_Found] = []
    for at, peer in enumerate(peers):
        found += _antrea_peer(case, peer, namespace, f"{path}[{at}]")
    return _gathered(found) if peers else Sources(any_source=True)


@dataclass(frozen=True, slots=True)
class _Unknown:
    words: str


@dataclass(frozen=True, slots=True)
class _NodeAddresses:
    addresses: tuple[str, ...]


_Found = Block | PodPeer | _Unknown | _NodeAddresses


def _antrea_peer(case: Case, peer: AntreaPeer, namespace: str, path: str) -> Iterator[_Found]:
    if peer.ip_block is not None:
        yield _block(peer.ip_block, f"{path}.ipBlock.cidr")
    elif peer.group:
        resolved = resolve_group(case, peer.group, namespace)
        for spec in resolved.specs:
            yield from _group(case, spec, namespace, f"{path}.group")
        yield from map(_Unknown, resolved.missing)
    elif peer.fqdn:
        yield _Unknown(f"the addresses of {peer.fqdn}")
    elif peer.service_account is not None:
        account = f"{peer.service_account.namespace}/{peer.service_account.name}"
        yield _Unknown(f"which Pods run as ServiceAccount {account}")
    elif peer.node_selector is not None:
        yield _nodes(case, peer.node_selector)
    elif peer.external_entity_selector is not None:
        yield _Unknown("the addresses of ExternalEntities")
    elif peer.namespaces is not None and peer.namespaces.match != "Self":
        yield _Unknown("which namespaces share the labels in namespaces.sameLabels")
    else:
        own = case.namespace if peer.namespaces else namespace
        yield PodPeer(own, peer.pod_selector, peer.namespace_selector, path)
        if peer.scope == "ClusterSet":
            yield _Unknown("the Pods of other clusters in the ClusterSet")


def _group(case: Case, spec: GroupSpec, namespace: str, path: str) -> Iterator[_Found]:
    if spec.service_reference is not None:
        match service_selector(case, spec.service_reference):
            case str() as missing:
                yield _Unknown(missing)
            case LabelSelector() as selector:
                yield PodPeer(spec.service_reference.namespace, selector, None, path)
    elif spec.ip_blocks:
        yield from (_block(block, path) for block in spec.ip_blocks)
    elif spec.node_selector is not None:
        yield _nodes(case, spec.node_selector)
    elif spec.external_entity_selector is not None:
        yield _Unknown("the addresses of ExternalEntities")
    elif spec.pod_selector is not None or spec.namespace_selector is not None:
        yield PodPeer(namespace, spec.pod_selector, spec.namespace_selector, path)


def _block(block: IPBlock, path: str) -> Block:
    try:
        addresses = AddressSet.of([block.cidr], block.excluded)
    except RangeError:
        return Block(block.cidr, tuple(block.excluded), path)
    return Block(block.cidr, tuple(block.excluded), path, addresses)


def _nodes(case: Case, selector: LabelSelector) -> _NodeAddresses | _Unknown:
    """Node, gateway and transport addresses of the selected Nodes (antrea:pkg/util/k8s/node.go GetNodeAllAddrs)."""
    gap = case.snapshot.gap(Source.NODES)
    if gap:
        return _Unknown(f"the addresses of the selected Nodes ({gap.sentence})")
    chosen = [node for node in case.snapshot.nodes if selector.matches(node.metadata.labels)]
    return _NodeAddresses(tuple(address for node in chosen for address in _addresses_of(case, node)))


def _addresses_of(case: Case, node: Node) -> list[str]:
    name = node.metadata.name
    own = [case.cluster.node_ip(name, family) for family in (4, 6)]
    gateways = [case.cluster.gateway_ip(name, family) for family in (4, 6)]
    transport = node.metadata.annotations.get(TRANSPORT_ADDRESSES, "").split(",")
    return [address for address in (*own, *gateways, *(part.strip() for part in transport)) if address]


def _gathered(found: list[_Found]) -> Sources:
    blocks = tuple(item for item in found if isinstance(item, Block))
    nodes = tuple(dict.fromkeys(a for item in found if isinstance(item, _NodeAddresses) for a in item.addresses))
    unreadable = [f"the range {block} at {block.path}" for block in blocks if block.addresses is None]
    addresses = _addresses(nodes)
    for block in blocks:
        if block.addresses is not None:
            addresses |= block.addresses
    return Sources(
        blocks=blocks,
        pod_peers=tuple(item for item in found if isinstance(item, PodPeer)),
        nodes=nodes,
        unknown=(*(item.words for item in found if isinstance(item, _Unknown)), *unreadable),
        addresses=addresses,
    )


def _addresses(nodes: tuple[str, ...]) -> AddressSet:
    try:
        return AddressSet.of(nodes)
    except RangeError:
        return AddressSet.nothing()
