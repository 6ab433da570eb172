"""The decision table: who handles what on a Linux Node, row by row.

antrea:docs/antrea-proxy.md and the sources named in the rows.
"""

from dataclasses import dataclass
from enum import IntEnum

from packaging.version import Version

ABSENT = "absent"
MODES = ("iptables", "nftables", "ipvs")
PROXIER = "antrea:pkg/agent/proxy/proxier.go installServiceFlows"
DOCS = "antrea:docs/antrea-proxy.md"
_ROUTE = "antrea:pkg/agent/route/route_linux.go"

NOTRACK_SINCE = Version("2.1")  # antrea#6308: proxyAll goes before kube-proxy's iptables rules
NFTABLES_SINCE = Version("2.5")  # antrea#7545: hostNetworkMode nftables


class Column(IntEnum):
    """Who dials what, in the order of a row's cells; the Node's own processes count as outside but for ClusterIP."""

    CLUSTER_IP_FROM_POD = 0
    CLUSTER_IP_FROM_HOST = 1
    NODE_PORT_FROM_OUTSIDE = 2
    NODE_PORT_FROM_POD = 3
    LOAD_BALANCER_FROM_OUTSIDE = 4
    LOAD_BALANCER_FROM_POD = 5
    EXTERNAL_IP_FROM_OUTSIDE = 6
    EXTERNAL_IP_FROM_POD = 7


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides on one Node. `mode` is kube-proxy's or absent, `host_mode` Antrea's host network mode."""

    mode: str
    proxy: bool
    proxy_all: bool
    version: Version
    host_mode: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the decision table: for which facts it holds, and a cell for each Column.

    Cells: K kube-proxy, A AntreaProxy, - nobody, ? undefined; small letters are inferred.
    `proxy_all` and `host_mode` None mean any. `since` is included, `before` is not.
    """

    modes: tuple[str, ...]
    proxy: bool
    proxy_all: bool | None
    since: Version | None
    before: Version | None
    host_mode: str | None
    cells: str
    source: str
    why: str

    def holds(self, facts: Facts) -> bool:
        """Whether the row speaks of these facts."""
        return (
            facts.mode in self.modes
            and facts.proxy is self.proxy
            and self.proxy_all in (None, facts.proxy_all)
            and (self.since is None or facts.version >= self.since)
            and (self.before is None or facts.version < self.before)
            and self.host_mode in (None, facts.host_mode)
        )


# Column order:  ClusterIP Pod, host | NodePort outside, Pod | LB IP outside, Pod | ExternalIP outside, Pod
ROWS: tuple[Row, ...] = (
    Row(
        MODES, False, None, None, None, None, "KKKKKKKK", PROXIER,
        "AntreaProxy does not serve this address, so kube-proxy does.",
    ),
    Row(
        (ABSENT,), False, None, None, None, None, "--------", PROXIER,
        "Neither AntreaProxy nor kube-proxy serves this address.",
    ),
    Row(
        MODES, True, False, None, None, None, "AKKKKAKK", PROXIER,
        "proxyAll is off: AntreaProxy serves what Pods send to ClusterIPs and load-balancer IPs, kube-proxy the rest.",
    ),
    Row(
        (ABSENT,), True, False, None, None, None, "A----A--", PROXIER,
        "proxyAll is off: AntreaProxy serves only what Pods send to ClusterIPs and load-balancer IPs, "
        "and there is no kube-proxy for the rest.",
    ),
    Row(
        ("iptables",), True, True, None, NOTRACK_SINCE, "iptables", "AKKAKAKA", DOCS,
        "proxyAll is on, but before Antrea v2.1 the rules of kube-proxy come first for traffic from outside OVS.",
    ),
    Row(
        ("iptables",), True, True, NOTRACK_SINCE, None, "iptables", "AKAAAAAA", f"{_ROUTE}; antrea#6308",
        "proxyAll is on: AntreaProxy takes all but what Nodes send to ClusterIPs before kube-proxy sees it.",
    ),
    Row(
        ("iptables", "nftables"), True, True, NFTABLES_SINCE, None, "nftables", "AKAAAAAA", f"{_ROUTE}; antrea#7545",
        "proxyAll is on in nftables host mode: AntreaProxy takes all but what Nodes send to ClusterIPs first.",
    ),
    Row(
        ("nftables",), True, True, NOTRACK_SINCE, None, "iptables", "AK?AaAaA", f"{DOCS}; antrea#7391",
        "kube-proxy in nftables mode and proxyAll with hostNetworkMode iptables hook NAT at the same priority: "
        "which one takes a NodePort depends on who registered first. hostNetworkMode nftables settles it.",
    ),
    Row(
        ("nftables",), True, True, None, NOTRACK_SINCE, "iptables", "AK?AkAkA", f"{DOCS}; antrea#7391",
        "Before Antrea v2.1 proxyAll does not go before kube-proxy, and in nftables mode nobody can say "
        "which one takes a NodePort.",
    ),
    Row(
        ("ipvs",), True, True, None, None, None, "AKaAkAkA", _ROUTE,
        "kube-proxy in ipvs mode binds load-balancer and external IPs on the Node, where they win over "
        "Antrea's routes; NodePorts meet Antrea's rules first.",
    ),
    Row(
        (ABSENT,), True, True, None, None, None, "AAAAAAAA", DOCS,
        "proxyAll is on and no kube-proxy competes: AntreaProxy serves every address.",
    ),
)  # fmt: skip


def row_for(facts: Facts) -> Row:
    """The one row that speaks of these facts."""
    return next(row for row in ROWS if row.holds(facts))
