"""`path`: the document that other programs read, and the table that people read."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from diagnostics.datapath.path import Keeping
from headless import doctor

CLIENT = "198.51.100.7"

# The contract: every field with its type, or with the words that it may hold.
PATH = {
    "access": {"NodePort", "LoadBalancerIP", "ExternalIP", "ClusterIP"},
    "address": (str, type(None)),
    "port": int,
    "protocol": {"TCP", "UDP", "SCTP"},
    "client": {"kind": {"external", "node", "pod", "self"}, "node": (str, type(None)), "ip": (str, type(None))},
    "ingressNode": (str, type(None)),
    "endpoint": {
        "place": {"local", "remote", "none"},
        "hostNetwork": bool,
        "node": (str, type(None)),
        "addresses": [str],
    },
    "handler": {"kube-proxy", "antrea-proxy", "none", "undefined"},
    "outcome": {"delivered", "dropped", "rejected", "lost", "unhandled", "unknown"},
    "seenSource": {
        "kind": {"client", "gateway", "node", "virtual", "pod", "unknown"},
        "ip": (str, type(None)),
        "node": (str, type(None)),
    },
    "rewrites": [
        {
            "id": str,
            "kind": {"SNAT", "DNAT"},
            "where": str,
            "before": str,
            "after": str,
            "basis": {"documented", "measured", "inferred"},
            "source": str,
        }
    ],
    "policy": {
        "verdict": {"allow", "deny", "unknown", "none"},
        "decidedBy": str,
        "ruleName": str,
        "rulePath": str,
        "without": str,
        "at": str,
    },
    "share": {"endpoints": int, "of": int},
}
CONTRACT = {
    "schemaVersion": {"1"},
    "services": [
        {
            "namespace": str,
            "name": str,
            "type": str,
            "externalTrafficPolicy": {"", "Cluster", "Local"},
            "frontEnd": (dict, type(None)),
            "clientAddress": {"verdict": {keeping.value for keeping in Keeping}, "why": str},
            "paths": [PATH],
        }
    ],
}

CLIENTS = ["", f"--client-ip {CLIENT}", "--client node:node-b", "--client self"]


@pytest.mark.parametrize("client", CLIENTS)
def test_the_document_keeps_the_contract_field_by_field(client: str) -> None:
    ran = doctor(f"path -A --demo seed -o json {client}")
    assert ran.code == 0
    conforms(ran.json, CONTRACT, "path")
    assert any(service["paths"] for service in ran.json["services"])


def test_yaml_holds_the_same_document() -> None:
    assert yaml.safe_load(doctor("path -A --demo seed -o yaml").out) == doctor("path -A --demo seed -o json").json


def test_every_ingress_node_has_its_own_entry_in_the_document() -> None:
    paths = one_service("path shop/web --demo seed -o json")["paths"]
    ingress = {(path["access"], path["ingressNode"]) for path in paths if path["access"] == "LoadBalancerIP"}
    assert ingress == {("LoadBalancerIP", f"node-{letter}") for letter in "abc"}


def test_a_node_port_is_dialled_at_the_address_of_its_ingress_node() -> None:
    paths = one_service("path shop/web --demo seed -o json")["paths"]
    dialled = {path["ingressNode"]: path["address"] for path in paths if path["access"] == "NodePort"}
    assert dialled == {"node-a": "172.18.0.2", "node-b": "172.18.0.3", "node-c": "172.18.0.4"}


def test_the_snat_of_the_seed_is_told_with_its_place() -> None:
    paths = one_service(f"path shop/web --demo seed -o json --client-ip {CLIENT}")["paths"]
    far = next(
        path
        for path in paths
        if (path["access"], path["ingressNode"], path["endpoint"]["place"]) == ("LoadBalancerIP", "node-a", "remote")
    )
    assert far["client"] == {"kind": "external", "node": None, "ip": CLIENT}
    assert far["handler"] == "kube-proxy"
    assert far["seenSource"] == {"kind": "gateway", "ip": "10.20.0.1", "node": "node-a"}
    (snat,) = (rewrite for rewrite in far["rewrites"] if rewrite["kind"] == "SNAT")
    assert (snat["id"], snat["before"], snat["after"]) == ("S1", CLIENT, "10.20.0.1")
    assert far["share"] == {"endpoints": 2, "of": 3}


def test_policies_are_judged_only_for_a_client_whose_address_is_known() -> None:
    unknown = one_service("path shop/web --demo seed -o json")["paths"]
    assert {(p["policy"]["verdict"], p["policy"]["decidedBy"]) for p in unknown} == {("unknown", "")}
    judged = one_service(f"path shop/web --demo seed -o json --client-ip {CLIENT}")["paths"]
    assert {path["policy"]["verdict"] for path in judged} == {"deny"}
    assert all(path["policy"]["decidedBy"].startswith("NetworkPolicy shop/") for path in judged)


def test_a_service_without_policies_needs_no_client_to_say_so() -> None:
    paths = one_service("path legacy/mainframe --demo seed -o json")["paths"]
    assert {path["policy"]["verdict"] for path in paths} == {"none"}


@pytest.mark.parametrize(("key", "sentence"), [("shop/payments", "DNS alias"), ("shop/catalog-db", "Headless")])
def test_a_service_that_no_proxy_handles_is_explained_and_is_no_failure(key: str, sentence: str) -> None:
    table = doctor(f"path {key} --demo seed")
    assert table.code == 0
    assert sentence in table.out
    document = doctor(f"path {key} --demo seed -o json")
    assert document.code == 0
    assert document.json["services"][0]["paths"] == []
    assert sentence in document.err


def test_all_services_come_in_a_stable_order() -> None:
    services = doctor("path --demo seed -o json").json["services"]
    keys = [(service["namespace"], service["name"]) for service in services]
    assert keys == sorted(keys)
    assert len(keys) > 5


def test_services_can_be_chosen_by_namespace_and_labels() -> None:
    in_shop = doctor("path -n shop --demo seed -o json").json["services"]
    assert {service["namespace"] for service in in_shop} == {"shop"}
    none = doctor("path -n shop -l no=such --demo seed")
    assert (none.code, none.out) == (0, "")
    assert "There are no Services in namespace shop with labels no=such." in none.err


def test_the_table_tells_what_people_need() -> None:
    told = doctor(f"path shop/web --demo seed --client-ip {CLIENT}").out
    heading, *lines = told.splitlines()
    assert heading == "shop/web: LoadBalancer, externalTrafficPolicy Cluster"
    assert lines[0].split("  ")[0] == "ACCESS"
    row = next(line for line in lines if line.startswith("LoadBalancerIP") and "2 of 3 remote on node-b" in line)
    for text in ("198.51.100.20:80/TCP", "node-a", "kube-proxy", "delivered", "gateway of node-a 10.20.0.1"):
        assert text in row
    assert f"S1 {CLIENT} → 10.20.0.1" in row
    assert "deny: NetworkPolicy shop/" in row
    assert "Under externalTrafficPolicy Cluster kube-proxy masquerades what comes from outside" in told


def test_alike_ingress_nodes_are_folded_for_people_only() -> None:
    assert "node-a and 2 more Nodes" in doctor("path legacy/mainframe --demo seed").out
    assert "more Nodes" not in doctor("path legacy/mainframe --demo seed -o json").out


def test_wide_and_markdown_hold_more_or_paste_well() -> None:
    wide = doctor("path shop/web --demo seed -o wide").out
    assert "ENDPOINT ADDRESSES" in wide
    assert "KUBE-POSTROUTING" in wide
    markdown = doctor("path shop/web --demo seed -o markdown").out.splitlines()
    assert markdown[0].startswith("## shop/web")
    assert len({line.count(" | ") for line in markdown if line.startswith("| ")}) == 1


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("path shop/wbe --demo seed", "There is no Service shop/wbe. Did you mean shop/web?"),
        ("path other/web --demo seed", "Did you mean shop/web?"),
        ("path web --demo seed", "There is no Service default/web. Did you mean shop/web?"),
        ("path shop/web --demo sed", "There is no demo named 'sed'. Did you mean seed?"),
        ("path shop/web --demo seed --client node:node-x", "Node node-x is not known. Did you mean"),
        ("path shop/web --demo seed --client pod:shop/none", "Pod shop/none is not among the Pods that were read."),
        ("path shop/web -f {missing}", "missing.yaml"),
        ("path shop/web -f {empty}", "empty.yaml"),
        ("path shop/web -f {broken}", "broken.yaml"),
        ("path shop/web -f {text}", "text.yaml"),
        ("path -l 'a b' --demo seed", "'a b' is no label selector"),
    ],
)
def test_bad_input_is_told_in_a_sentence_that_helps(line: str, sentence: str, tmp_path: Path) -> None:
    files = {"empty": "", "broken": "a: [b", "text": "just words"}
    for name, content in files.items():
        (tmp_path / f"{name}.yaml").write_text(content)
    places = {name: str(tmp_path / f"{name}.yaml") for name in (*files, "missing")}
    ran = doctor(line.format(**places))
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err
    assert "Traceback" not in ran.err
    assert "fault of antrea-doctor" not in ran.err


def test_no_address_of_the_clients_family_is_said() -> None:
    ran = doctor("path shop/web --demo seed --client-ip 2001:db8::7")
    assert ran.code == 0
    assert "No address of the Service is of the family of 2001:db8::7." in ran.out


def one_service(line: str) -> Any:
    (service,) = doctor(line).json["services"]
    return service


def conforms(value: Any, form: Any, where: str) -> None:
    """Fails unless the value has exactly the fields and types of the form."""
    if isinstance(form, dict):
        assert list(value) == list(form), where
        for name, inner in form.items():
            conforms(value[name], inner, f"{where}.{name}")
    elif isinstance(form, list):
        assert isinstance(value, list), where
        for number, item in enumerate(value):
            conforms(item, form[0], f"{where}[{number}]")
    elif isinstance(form, set):
        assert value in form, f"{where}: {value!r}"
    else:
        assert isinstance(value, form), f"{where}: {value!r}"
        assert form is not int or not isinstance(value, bool), where
