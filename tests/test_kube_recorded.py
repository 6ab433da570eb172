"""Files and demo clusters become Snapshots; what cannot be read is said in one sentence that names the file."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from diagnostics.kube.kinds import KINDS
from diagnostics.kube.recorded import RecordingError, demo_names, demos, from_objects, read_demo, read_files
from diagnostics.model.antrea import find_antrea
from diagnostics.model.case import Case, Cluster
from diagnostics.model.kube_proxy import Presence
from diagnostics.model.snapshot import Source
from diagnostics.model.text import UNSAFE

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  creationTimestamp: 2026-11-20T09:00:00Z
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: |
      {"apiVersion":"v1","kind":"Service"}
    note: "red \\e[31m"
spec: {type: NodePort, clusterIP: 10.96.0.20, ports: [{port: 80, nodePort: 30080}], selector: null}
status: {loadBalancer: {}}
"""
NODE = "apiVersion: v1\nkind: Node\nmetadata: {name: node-a}\n"


def thing(kind: str, name: str = "x", version: str = "v1", **more: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **more}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "b.yaml").write_text(SERVICE)
    (tmp_path / "a.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [thing("Node", "n1")]}))
    (tmp_path / "c.yml").write_text(f"---\n{NODE}---\n---\n{NODE.replace('node-a', 'node-b')}...\n")
    (tmp_path / ".hidden.yaml").write_text("no: object")
    (tmp_path / "notes.txt").write_text("not read")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "d.yaml").write_text("not read")
    return tmp_path


def test_a_folder_is_its_yaml_and_json_files_by_name(folder: Path) -> None:
    snapshot = read_files([str(folder)])
    assert [node.metadata.name for node in snapshot.nodes] == ["n1", "node-a", "node-b"]
    assert snapshot.service_by_key["shop/web"].spec.ports[0].node_port == 30080
    assert snapshot.service_by_key["shop/web"].metadata.creation_timestamp == "2026-11-20T09:00:00Z"
    assert snapshot.service_by_key["shop/web"].metadata.annotations["note"] == "red \N{REPLACEMENT CHARACTER}[31m"


def test_files_and_standard_input_mix_and_the_last_word_counts(folder: Path) -> None:
    newer = SERVICE.replace("30080", "30099").encode()
    snapshot = read_files([str(folder / "b.yaml"), "-"], stdin=io.BytesIO(newer))
    assert [service.spec.ports[0].node_port for service in snapshot.services] == [30099]
    assert snapshot.origin.endswith("b.yaml, standard input")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_what_windows_writes_is_read_too(tmp_path: Path, encoding: str, line_end: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(SERVICE.replace("\n", line_end).encode(encoding))
    assert "shop/web" in read_files([str(file)]).service_by_key


def test_typed_lists_as_the_api_gives_them_are_read(tmp_path: Path) -> None:
    file = tmp_path / "raw.json"
    item = {"metadata": {"name": "web", "namespace": "shop", "annotations": {"x": "\ud83d\ude00 \ud800"}}}
    file.write_text(json.dumps({"kind": "ServiceList", "apiVersion": "v1", "items": [item]}))
    (service,) = read_files([str(file)]).services
    assert service.metadata.annotations == {"x": "\N{GRINNING FACE} \N{REPLACEMENT CHARACTER}"}


def test_kinds_that_share_a_name_are_told_apart_by_their_group() -> None:
    snapshot = from_objects(
        [
            thing("NetworkPolicy", "k8s", "networking.k8s.io/v1"),
            thing("NetworkPolicy", "antrea", "crd.antrea.io/v1beta1"),
            thing("ClusterNetworkPolicy", "acnp", "crd.antrea.io/v1alpha1"),
            thing("ClusterNetworkPolicy", "sig", "policy.networking.k8s.io/v1alpha2"),
            thing("ClusterGroup", "old", "crd.antrea.io/v1alpha3"),
            thing("Deployment", "unknown-here", "apps/v1"),
        ]
    )
    assert [item.metadata.name for item in snapshot.network_policies] == ["k8s"]
    assert [item.metadata.name for item in snapshot.antrea_policies] == ["antrea"]
    assert [item.metadata.name for item in snapshot.cluster_policies] == ["acnp"]
    assert [item.metadata.name for item in snapshot.cluster_groups] == ["old"]


def test_what_files_do_not_hold_is_not_read_or_taken_as_none_and_said() -> None:
    snapshot = from_objects([thing("Service", "web")])
    for source in (Source.NODES, Source.DAEMON_SETS, Source.CONFIG_MAPS):
        gap = snapshot.gap(source)
        assert gap is not None
        assert "The files hold no such object." in gap.sentence
    assert snapshot.gap(Source.NETWORK_POLICIES, "shop") is None
    assert any(gap.source is Source.NETWORK_POLICIES and gap.partial for gap in snapshot.gaps)
    without_services = from_objects([thing("Node", "n")])
    assert without_services.gap(Source.NODES) is None
    assert all(without_services.gap(source) for source in KINDS if source is not Source.NODES)


def test_a_bad_object_in_a_file_is_left_out_and_named() -> None:
    snapshot = from_objects([thing("Service", "good"), thing("Service", "bad", spec=[])])
    assert [item.metadata.name for item in snapshot.services] == ["good"]
    assert any("bad" in gap.detail for gap in snapshot.gaps if gap.source is Source.SERVICES)


def laughs() -> str:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)]
    return "\n".join(lines)


FILES: list[tuple[bytes, str]] = [
    (b"", "is empty"),
    (b" \n\n", "is empty"),
    (b"# only a comment\n", "holds no Kubernetes objects"),
    (b"---\n---\n", "holds no Kubernetes objects"),
    (b'{"apiVersion":"v1","kind":"List","items":[]}', "holds no Kubernetes objects"),
    (b"\x00\x01\x02PNG", "is a binary file"),
    (b"a: \xff\xfe", "is not UTF-8 text (line 1)"),
    (b"apiVersion: v1\nkind: Service\n\tmetadata: x", "neither YAML nor JSON: line 3: found a tab character"),
    (b'{"apiVersion": "v1",\n "kind": ]', "neither YAML nor JSON: line 2"),
    (b"apiVersion: v1\nkind: Service\nmetadata: {name: x", "neither YAML nor JSON: line 4"),
    (b"just text", "document 1 is not a Kubernetes object"),
    (b"42", "document 1 is not a Kubernetes object"),
    (b"replicas: 3\nimage: x", "document 1 is not a Kubernetes object: it has no apiVersion and kind"),
    (NODE.encode() + b"---\n- 1\n- 2\n", "document 2, item 1 is not a Kubernetes object"),
    (b"apiVersion: v1\nkind: List\nitems: [{kind: Node}]", "document 1, item 1 is not a Kubernetes object"),
    (b"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}", "of a kind that is read here"),
    (b"a: &a [*a]", "line 1: the alias *a has no anchor before it"),
    (laughs().encode(), "line 6: its aliases would expand without limit"),
    (b"- " * 100_000 + b"x", "nested deeper than 100 levels"),
    (b"[" * 100_000, "nested deeper than 100 levels"),
    (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested deeper than 100 levels"),
    (b"? [a, b]\n: x", "line 1: a key is a map or a list"),
    (b"!!python/object/apply:os.system [id]", "not a Kubernetes object"),
    (b"a: !!python/name:os.system x", "the tag tag:yaml.org,2002:python/name:os.system is unknown"),
    (b"a: \x1b[31m", "control characters are not allowed"),
]


@pytest.mark.parametrize(("content", "said"), FILES)
def test_unusable_files_are_named_with_what_is_wrong(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "cluster.yaml"
    file.write_bytes(content)
    with pytest.raises(RecordingError) as caught:
        read_files([str(file)])
    message = str(caught.value)
    assert "cluster.yaml" in message
    assert said in message
    assert "\n" not in message
    assert not UNSAFE.search(message)
    assert len(message) < 600


def test_unreadable_places_are_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"gone\.yaml cannot be read: no such file or directory"):
        read_files([str(tmp_path / "gone.yaml")])
    with pytest.raises(RecordingError, match=r"holds no files named \*\.yaml"):
        read_files([str(tmp_path)])
    closed = io.BytesIO()
    closed.close()
    with pytest.raises(RecordingError, match="Standard input cannot be read"):
        read_files(["-"], stdin=closed)
    with pytest.raises(RecordingError, match="standard input is empty"):
        read_files(["-"], stdin=io.BytesIO())
    if os.geteuid() != 0:
        secret = tmp_path / "secret.yaml"
        secret.touch(mode=0)
        with pytest.raises(RecordingError, match=r"secret\.yaml cannot be read: permission denied"):
            read_files([str(secret)])


def test_a_file_larger_than_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diagnostics.kube.documents.LARGEST", 10)
    (tmp_path / "big.yaml").write_text(SERVICE)
    with pytest.raises(RecordingError, match=r"big\.yaml is larger than"):
        read_files([str(tmp_path / "big.yaml")])


@pytest.mark.parametrize("name", demo_names())
def test_every_demo_is_whole_and_harmless(name: str) -> None:
    snapshot = read_demo(name)
    assert snapshot.gaps == ()
    assert all(snapshot.gap(source, "shop") is None for source in Source)
    assert snapshot.context == "demo"
    assert snapshot.origin == f"demo {name}"
    assert snapshot.taken_at > 0
    assert snapshot.kubernetes_version.startswith("v1.")
    for kind in KINDS.values():
        keys = [item.metadata.key for item in getattr(snapshot, kind.field)]
        assert len(keys) == len(set(keys)), kind.kind


@pytest.mark.parametrize("name", demo_names())
def test_the_objects_of_a_demo_belong_together(name: str) -> None:
    snapshot = read_demo(name)
    cluster = Cluster(snapshot)
    nodes, namespaces = set(cluster.nodes), set(snapshot.namespace_labels)
    networks = {node: cluster.gateway_ip(node).rsplit(".", 1)[0] for node in nodes}
    assert find_antrea(snapshot).config is not None
    assert set(snapshot.agent_info_by_node) == nodes
    for meta in [item.metadata for group in (snapshot.services, snapshot.pods, snapshot.slices) for item in group]:
        assert meta.namespace in namespaces
    for pod in snapshot.pods:
        assert pod.spec.node_name in nodes
        own = pod.spec.host_network
        assert cluster.node_of_ip.get(pod.ips[0]) == (pod.spec.node_name if own else None)
        assert own or pod.ips[0].startswith(networks[pod.spec.node_name] + ".")
    for endpoint_slice in snapshot.slices:
        assert endpoint_slice.service_key in snapshot.service_by_key
        wanted = snapshot.service_by_key[endpoint_slice.service_key].spec.selector.items()
        for endpoint in endpoint_slice.endpoints:
            if endpoint.target_ref:
                pod = snapshot.pod_by_key[f"{endpoint.target_ref.namespace}/{endpoint.target_ref.name}"]
                assert endpoint.addresses[0] in pod.ips
                assert endpoint.node_name == pod.spec.node_name
                assert wanted <= pod.metadata.labels.items()
    for service in snapshot.services:
        for port in service.spec.ports:
            held = [item for each in snapshot.slices_by_service.get(service.metadata.key, ()) for item in each.ports]
            assert not held or port.name in [item.name for item in held]
    node_ports = [port.node_port for service in snapshot.services for port in service.spec.ports if port.node_port]
    assert len(node_ports) == len(set(node_ports))


def facts(name: str) -> tuple[object, ...]:
    cluster = Cluster(read_demo(name))
    config = cluster.antrea.config
    assert config is not None
    running = [cluster.running[node] for node in sorted(cluster.nodes)]
    return (
        cluster.kube_proxy.presence is Presence.PRESENT,
        config.antrea_proxy.proxy_all,
        "".join("y" if node.proxy_all else "n" for node in running),
        config.gate("LoadBalancerModeDSR", cluster.antrea.version),
        "".join("y" if node.dsr else "n" for node in running),
        Case.of(cluster.snapshot, "shop/web").service.load_balancer_mode,
        config.encap_mode,
        str(cluster.antrea.version),
    )


SCENARIOS = {
    #                    kube-proxy, proxyAll wanted, running, DSR gate wanted, running, shop/web, mode, oldest agent
    "seed": (True, False, "nnn", False, "nnn", "", "encap", "2.7.0"),
    "proxy-all": (True, True, "yyy", False, "nnn", "", "encap", "2.7.0"),
    "dsr": (True, True, "yyy", True, "yyy", "dsr", "encap", "2.7.0"),
    "dsr-without-gate": (True, True, "yyy", False, "nnn", "dsr", "encap", "2.7.0"),
    "node-port-only": (False, True, "yyy", False, "nnn", "", "encap", "2.7.0"),
    "no-encap": (True, True, "yyy", False, "nnn", "", "noencap", "2.7.0"),
    "dual-stack": (True, True, "yyy", True, "yyy", "dsr", "encap", "2.7.0"),
    "rollout": (True, True, "ynn", False, "nnn", "", "encap", "2.6.3"),
    "antrea-2.0": (True, True, "yyy", True, "yyy", "dsr", "encap", "2.0.1"),
}


def test_the_demos_are_told_in_order_and_each_is_what_its_name_says() -> None:
    assert list(demo_names()) == list(SCENARIOS)
    assert {name: facts(name) for name in demo_names()} == SCENARIOS
    assert all(demo.title and demo.description for demo in demos())
    assert len({demo.title for demo in demos()}) == len(demos())


def test_an_unknown_demo_names_those_that_exist() -> None:
    with pytest.raises(RecordingError, match=r"no demo named nothing; choose one of seed, proxy-all, dsr"):
        read_demo("nothing")


def test_reading_recordings_needs_no_kubernetes_client() -> None:
    code = "import sys; from diagnostics.kube.recorded import read_demo; read_demo('seed'); print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"kubernetes", "urllib3", "requests", "textual", "rich", "networkx"} & set(modules)
