"""Every connection measured through the real kube-proxy is predicted: its result and the address the server saw."""

import csv
import re
from pathlib import Path as File

import pytest

from clusters import cluster, gateway, node_ip, pod_ip
from deployed import At, case_of, host, pod, service
from diagnostics.datapath.path import AccessKind, Outcome, Path, Vantage, VantageKind
from diagnostics.datapath.trace import trace

ROWS = list(csv.DictReader((File(__file__).parent / "oracle" / "kube-proxy-iptables-encap.csv").open()))
CONTROLS = [row for row in ROWS if row["access"] == "direct"]
CASES = [row for row in ROWS if row["access"] != "direct"]

ACCESS = {
    "nodeport-node1": (AccessKind.NODE_PORT, "node1"),
    "nodeport-node2": (AccessKind.NODE_PORT, "node2"),
    # kube-proxy in iptables mode serves NodePorts on every address of the Node, with the same rules.
    "nodeport-gateway": (AccessKind.NODE_PORT, "node1"),
    "nodeport-loopback": (AccessKind.NODE_PORT, "node1"),
    "loadbalancer": (AccessKind.LOAD_BALANCER, "node1"),
    "externalip": (AccessKind.EXTERNAL_IP, "node1"),
    "clusterip": (AccessKind.CLUSTER_IP, "node1"),
}
CLIENTS = {
    "external": Vantage(VantageKind.EXTERNAL, "203.0.113.10"),
    "node1-host": Vantage(VantageKind.NODE, node_ip(1), "node1"),
    "pod-node1": Vantage(VantageKind.POD, pod_ip(1, 1), "node1", "default/client"),
    "pod-self": Vantage(VantageKind.SELF, pod_ip(1, 0), "node1"),
}
ENDPOINTS: dict[str, list[At]] = {
    "": [],
    pod_ip(1): [pod(1)],
    pod_ip(2): [pod(2)],
    node_ip(1): [host(1)],
    node_ip(2): [host(2)],
}
RESULTS = {"ok": Outcome.DELIVERED, "refused": Outcome.REJECTED, "dropped": Outcome.DROPPED}

# The lab's router, not kube-proxy: a refused packet of the Node's own goes on to the router (oracle/README.md).
OF_THE_LAB = {
    ("loadbalancer", "node1-host", "none", "Cluster"),
    ("externalip", "node1-host", "none", "Cluster"),
    ("loadbalancer", "node1-host", "none", "Local"),
    ("externalip", "node1-host", "none", "Local"),
}


def name(row: dict[str, str]) -> str:
    return "-".join(row[column] for column in ("access", "client", "etp", "endpoint"))


def predicted(row: dict[str, str]) -> Path:
    kind, ingress = ACCESS[row["access"]]
    found = re.search(r"endpoint_ip=(\S*)", row["note"])
    assert found
    case = case_of(cluster(2, antrea_proxy=False), service(ENDPOINTS[found[1]], etp=row["etp"]))
    paths = trace(case, CLIENTS[row["client"]], fold=False)
    [path] = [path for path in paths if path.access.kind is kind and path.ingress == ingress]
    return path


@pytest.mark.parametrize("row", CASES, ids=name)
def test_a_measured_connection_is_predicted(row: dict[str, str]) -> None:
    path = predicted(row)
    if (row["access"], row["client"], row["endpoint"], row["etp"]) in OF_THE_LAB:
        assert (path.outcome, row["result"]) == (Outcome.REJECTED, "dropped")
        return
    assert path.outcome is RESULTS[row["result"]]
    assert path.seen.ip == row["seen_ip"]


def test_no_measured_row_is_left_out_but_the_controls_without_a_service() -> None:
    assert (len(CASES), len(CONTROLS), len(ROWS)) == (192, 18, 210)
    assert {row["access"] for row in CASES} == set(ACCESS)
    assert sum((row["access"], row["client"], row["endpoint"], row["etp"]) in OF_THE_LAB for row in CASES) == 4


def test_the_oracles_addresses_are_those_of_the_made_up_cluster() -> None:
    assert (gateway(1), gateway(2), pod_ip(1), pod_ip(2)) == ("10.10.1.1", "10.10.2.1", "10.10.1.2", "10.10.2.2")
    assert {row["seen_ip"] for row in CASES} - set(ENDPOINTS) - {"203.0.113.10", pod_ip(1, 1)} <= {
        gateway(1),
        gateway(2),
    }
