"""`explain --address`: whose an address is, and where Pods see it instead of a client outside."""

import re

import pytest

from headless import doctor


def _rows(out: str) -> list[list[str]]:
    lines = [line for line in out.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


OWNERS = [
    ("seed", "10.20.1.1", "The address of antrea-gw0 of node-b."),
    ("seed", "169.254.0.253", "Antrea's virtual Service address."),
    ("seed", "169.254.0.252", "Antrea's virtual NodePort address."),
    ("seed", "198.51.100.20", "The load-balancer IP of Service shop/web"),
    ("seed", "10.20.1.200", "An address for Pods of Node node-b: it is in its podCIDR 10.20.1.0/24."),
    ("seed", "9.9.9.9", "The API does not tell whose address it is."),
    ("dual-stack", "FD00:10:20:1:0::1", "The address of antrea-gw0 of node-b."),
]


@pytest.mark.parametrize(("demo", "address", "sentence"), OWNERS)
def test_it_says_whose_the_address_is(demo: str, address: str, sentence: str) -> None:
    ran = doctor(f"explain --address {address} --demo {demo}")

    assert ran.code == 0
    assert sentence in ran.out


def test_of_an_address_of_nobody_it_tells_what_the_cluster_has_and_what_it_could_be() -> None:
    out = " ".join(doctor("explain --address 10.10.1.1 --demo seed").out.split())

    assert "a load balancer, a NAT gateway, a VPN" in out
    assert "This cluster has podCIDRs 10.20.0.0/24, 10.20.1.0/24" in out
    assert "antrea-gw0 10.20.0.1, 10.20.1.1" in out
    assert "Nodes 172.18.0.2, 172.18.0.3" in out
    assert "no IPv6 addresses that the API tells" in doctor("explain --address fd00::1 --demo seed").out


def test_it_names_services_nodes_and_the_place_where_a_gateway_replaces_the_client() -> None:
    rows = _rows(doctor("explain --address 10.20.1.1 --demo seed").out)

    assert ["shop/web", "NodePort 30080/TCP", "node-b", "1 of 3 remote", "kube-proxy", "S1"] in rows
    assert {row[2] for row in rows} == {"node-b"}


def test_the_rows_are_those_of_path() -> None:
    """What `path` says of each ingress Node and what `explain --address` collects are one truth."""
    paths = doctor("path -A -o json --demo proxy-all").json["services"]
    expected = {
        (f"{service['namespace']}/{service['name']}", path["access"])
        for service in paths
        for path in service["paths"]
        if path["seenSource"]["ip"] == "10.20.0.1" and path["outcome"] == "delivered" and path["access"] != "ClusterIP"
    }
    rows = _rows(doctor("explain --address 10.20.0.1 --demo proxy-all").out)

    assert expected
    assert {(row[0], re.split(r"\s", row[1])[0]) for row in rows} == expected


def test_a_namespace_narrows_the_services() -> None:
    assert {row[0] for row in _rows(doctor("explain --address 10.20.1.1 --demo seed -n shop").out)} == {"shop/web"}


def test_an_address_that_nobody_sees_is_said_to_be_so() -> None:
    assert "No Service of this cluster shows it to its Pods" in doctor("explain --address 9.9.9.9 --demo").out


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("explain AD001 --address 10.20.1.1 --demo", "exclude each other"),
        ("explain --address moon --demo", "'moon' is no IP address"),
        ("explain", "CODE|TERM, or --address IP"),
    ],
)
def test_a_wrong_question_is_told_in_one_sentence(line: str, sentence: str) -> None:
    ran = doctor(line)

    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err
