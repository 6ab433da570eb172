"""What stands before the Nodes: who provides the load-balancer address, and by which address clients really come."""

from dataclasses import replace

import msgspec
import pytest

from clusters import LB_IP, cluster, node_ip
from deployed import case_of, pod, service, with_services
from diagnostics.datapath.front_end import front_end
from diagnostics.datapath.load_balancers import PRODUCTS
from diagnostics.datapath.path import AccessKind, Basis, Keeping
from diagnostics.datapath.summary import reason
from diagnostics.datapath.trace import arriving_paths, external_paths, service_keeping
from diagnostics.model.arriving import Arrives
from diagnostics.model.case import Case
from diagnostics.model.meta import OwnedMeta
from diagnostics.model.service import Ingress, LoadBalancerStatus, ServiceStatus
from diagnostics.model.workload import DaemonSet, NodeAddress

POOL = {"service.antrea.io/external-ip-pool": "office"}
BETA = "service.beta.kubernetes.io/"
LB, NP = Arrives.LB_IP, Arrives.NODE_PORT


def made(provider: str = "", agent: dict[str, object] | None = None, **settings: object) -> Case:
    return case_of(cluster(2, provider=provider, agent=agent), service([pod(1)], **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("case", "provider", "arrives", "basis"),
    [
        (made(annotations=POOL), "ServiceExternalIP", LB, Basis.DOCUMENTED),
        (made(annotations={"metallb.io/ip-allocated-from-pool": "a"}), "MetalLB", LB, Basis.DOCUMENTED),
        (made(annotations={"metallb.universe.tf/address-pool": "a"}), "MetalLB", LB, Basis.DOCUMENTED),
        (made(load_balancer_class="metallb.io/x"), "MetalLB", LB, Basis.DOCUMENTED),
        (made(annotations={"kube-vip.io/loadbalancerIPs": LB_IP}), "kube-vip", LB, Basis.DOCUMENTED),
        (made(load_balancer_class="kube-vip.io/kube-vip-class"), "kube-vip", LB, Basis.DOCUMENTED),
        (made("gce"), "Google Cloud passthrough load balancer", LB, Basis.INFERRED),
        (made("azure"), "Azure Load Balancer", LB, Basis.INFERRED),
        (
            made("azure", annotations={f"{BETA}azure-disable-load-balancer-floating-ip": "True"}),
            "Azure Load Balancer",
            NP,
            Basis.DOCUMENTED,
        ),
        (made("aws"), "AWS load balancer", NP, Basis.INFERRED),
        (made(load_balancer_class="service.k8s.aws/nlb"), "AWS load balancer", NP, Basis.DOCUMENTED),
        (
            made("aws", annotations={f"{BETA}aws-load-balancer-nlb-target-type": "ip"}),
            "AWS load balancer",
            None,
            Basis.DOCUMENTED,
        ),
        (made("openstack"), "OpenStack Octavia", NP, Basis.INFERRED),
        (made("digitalocean"), "DigitalOcean load balancer", NP, Basis.INFERRED),
        (made("hcloud"), "Hetzner load balancer", NP, Basis.INFERRED),
        (made("aws", annotations={"metallb.io/address-pool": "a"}), "MetalLB", LB, Basis.DOCUMENTED),
        (made("aws", load_balancer_class="acme.example/lb"), "", None, Basis.INFERRED),
        (made("vsphere"), "", None, Basis.INFERRED),
        (made(), "", None, Basis.INFERRED),
        (made(ip_mode="Proxy"), "", NP, Basis.DOCUMENTED),
        (made(lb_ips=(), hostname="lb.example.org"), "", NP, Basis.INFERRED),
        (made(node_port=0), "", LB, Basis.INFERRED),
    ],
)
def test_the_marks_of_products_tell_who_provides_the_address_and_how_packets_arrive(
    case: Case, provider: str, arrives: Arrives | None, basis: Basis
) -> None:
    found = front_end(case)
    assert found is not None
    assert (found.provider, found.arrives, found.basis) == (provider, arrives, basis)
    assert found.why.endswith(".")
    assert not found.told
    if arrives:
        assert found.source
        assert found.evidence
        assert all(item.object and item.field and item.value for item in found.evidence)
    else:
        assert "--frontend" in found.why


def test_settings_that_change_the_answer_are_in_the_evidence() -> None:
    found = front_end(made("aws", annotations={f"{BETA}aws-load-balancer-nlb-target-type": "ip"}))
    assert found is not None
    assert (found.evidence[1].field, found.evidence[1].value) == (
        f"metadata.annotations[{BETA}aws-load-balancer-nlb-target-type]",
        "ip",
    )


def test_a_service_without_load_balancer_has_no_front_end() -> None:
    assert front_end(made(kind="NodePort")) is None
    assert front_end(made(kind="ClusterIP")) is None
    assert front_end(made(lb_ips=())) is None


def test_the_pool_annotation_means_nothing_without_the_gate() -> None:
    off = made(annotations=POOL, agent={"featureGates": {"ServiceExternalIP": False}})
    found = front_end(off)
    assert found is not None
    assert found.arrives is None


def test_speakers_of_metallb_serve_services_without_a_class() -> None:
    speaker = DaemonSet(
        metadata=OwnedMeta(name="speaker", namespace="metallb-system", labels={"app.kubernetes.io/name": "metallb"})
    )
    snapshot = cluster(2, provider="aws")
    snapshot = replace(snapshot, daemon_sets=(*snapshot.daemon_sets, speaker))
    found = front_end(case_of(snapshot, service([pod(1)])))
    assert found is not None
    assert (found.provider, found.arrives, found.basis) == ("MetalLB", LB, Basis.INFERRED)
    assert found.evidence[0].object == "DaemonSet metallb-system/speaker"
    other = front_end(case_of(snapshot, service([pod(1)], load_balancer_class="acme.example/lb")))
    assert other is not None
    assert other.arrives is None


def test_k3s_offers_the_nodes_own_addresses() -> None:
    for kubelet, provider in (("v1.33.1+k3s1", "k3s ServiceLB"), ("v1.33.1", "")):
        case = case_of(cluster(2, kubelet=kubelet), service([pod(1)], lb_ips=[node_ip(1), node_ip(2)]))
        found = front_end(case)
        assert found is not None
        assert found.provider == provider
    found = front_end(held_by("svclb-web-1a2b3c4d", lb_ips=[node_ip(1)]))
    assert found is not None
    assert (found.provider, found.arrives, found.basis, found.linux_only, found.hides) == (
        "k3s ServiceLB", LB, Basis.INFERRED, True, "",
    )  # fmt: skip
    assert "svclb-web-1a2b3c4d" in found.evidence[1].value
    elsewhere = front_end(held_by("svclb-web-1a2b3c4d", lb_ips=[node_ip(1), LB_IP]))
    assert elsewhere is not None
    assert elsewhere.provider == ""


@pytest.mark.parametrize(
    ("name", "labels", "held"),
    [
        ("svclb-web-1a2b3c4d", {}, True),
        ("svclb-web-admin-1a2b3c4d", {}, False),
        ("my-svclb-web-1a2b3c4d", {}, False),
        ("svclb-web-", {}, False),
        ("svclb-cut-off-1a2b3c4d", {"svcname": "web", "svcnamespace": "default"}, True),
        ("svclb-web-1a2b3c4d", {"svcname": "web", "svcnamespace": "shop"}, False),
    ],
)
def test_what_belongs_to_service_lb_is_told_by_labels_or_name(name: str, labels: dict[str, str], held: bool) -> None:
    marks = {f"svccontroller.k3s.cattle.io/{key}": value for key, value in labels.items()}
    found = front_end(held_by(name, marks, lb_ips=[node_ip(1)]))
    assert found is not None
    assert (found.provider == "k3s ServiceLB") is held


@pytest.mark.parametrize(
    ("etp", "said", "badge"),
    [
        ("Cluster", None, Keeping.NEVER),
        ("Local", None, Keeping.CANNOT_TELL),
        ("Local", LB, Keeping.KEEPS),
        ("Local", NP, Keeping.NEVER),
    ],
)
def test_behind_nat_the_pods_of_service_lb_hide_the_client(etp: str, said: Arrives | None, badge: Keeping) -> None:
    """klipper-lb masquerades in its own Pod, whatever the policy is; only without NAT a proxy goes before it."""
    case = held_by("svclb-web-1a2b3c4d", lb_ips=["198.51.100.1"], etp=etp, external_ips=())
    answers = {"": said} if said else {}
    case = Case.of(case.snapshot.with_front_ends(answers), case.key)
    found = front_end(case)
    assert found is not None
    assert service_keeping(case) is badge
    assert bool(found.hides) is (said is not LB)
    assert ("never the client's" in reason(case)) is bool(found.hides)
    if said is None:
        assert (found.arrives, found.basis) == (None, Basis.INFERRED)
        assert "--frontend lb-ip" in found.why


def held_by(name: str, labels: dict[str, str] | None = None, **settings: object) -> Case:
    """A Service beside a DaemonSet of this name; the first Node has the ExternalIP 198.51.100.1."""
    plain = cluster(2)
    first = plain.nodes[0]
    both = [*first.status.addresses, NodeAddress(type="ExternalIP", address="198.51.100.1")]
    first = msgspec.structs.replace(first, status=msgspec.structs.replace(first.status, addresses=both))
    holder = DaemonSet(metadata=OwnedMeta(name=name, namespace="kube-system", labels=labels or {}))
    snapshot = replace(plain, nodes=(first, plain.nodes[1]), daemon_sets=(*plain.daemon_sets, holder))
    return case_of(snapshot, service([pod(1), pod(2)], **settings))  # type: ignore[arg-type]


def test_one_address_of_mode_proxy_among_others_says_nothing_of_all() -> None:
    entries = [Ingress(ip=LB_IP, ip_mode="Proxy"), Ingress(ip="198.51.100.11")]
    deployed = service([pod(1)])
    status = ServiceStatus(load_balancer=LoadBalancerStatus(ingress=entries))
    mixed = replace(deployed, service=msgspec.structs.replace(deployed.service, status=status))
    found = front_end(case_of(cluster(2), mixed))
    assert found is not None
    assert found.arrives is None


def test_every_product_has_its_own_marks() -> None:
    marks = [mark for product in PRODUCTS for mark in (*product.annotations, product.scheme) if mark]
    assert len(marks) == len(set(marks))
    assert all(product.annotations and product.source for product in PRODUCTS)


def dsr(answers: dict[str, Arrives], **settings: object) -> Case:
    """LB IP keeps the client by DSR, the NodePort does not always."""
    snapshot = cluster(3, proxy_all=True, dsr_gate=True)
    deployed = service([pod(1), pod(2)], mode="dsr", external_ips=(), **settings)  # type: ignore[arg-type]
    return Case.of(with_services(snapshot, deployed).with_front_ends(answers), "default/web")


def kinds(case: Case) -> set[AccessKind]:
    return {path.access.kind for path in arriving_paths(case)}


def test_the_verdict_is_mixed_where_the_front_end_is_not_known_and_sharp_where_it_is() -> None:
    unknown, handed_on, dialled = dsr({}), dsr({"": LB}), dsr({"default/web": NP})
    assert kinds(unknown) == {AccessKind.LOAD_BALANCER, AccessKind.NODE_PORT}
    assert service_keeping(unknown) is Keeping.SOMETIMES
    assert "depends on the load balancer: --frontend" in reason(unknown)
    assert kinds(handed_on) == {AccessKind.LOAD_BALANCER}
    assert service_keeping(handed_on) is Keeping.KEEPS
    assert reason(handed_on) == "Client address kept. That is how packets arrive (as you said); NodePorts would differ."
    assert kinds(dialled) == {AccessKind.NODE_PORT}
    assert service_keeping(dialled) is Keeping.SOMETIMES
    assert "the load-balancer IP would differ" in reason(dialled)
    assert len(external_paths(dialled)) == len(external_paths(unknown)), "what is open stays in the picture"


def test_marks_of_the_cluster_sharpen_the_verdict_unasked() -> None:
    case = dsr({}, annotations={"metallb.io/address-pool": "a"})
    assert service_keeping(case) is Keeping.KEEPS
    assert reason(case).endswith("That is how packets arrive (MetalLB); NodePorts would differ.")


def test_an_answer_for_one_service_goes_before_the_one_for_all_and_before_marks() -> None:
    case = dsr({"": LB, "default/web": NP}, annotations={"metallb.io/address-pool": "a"})
    found = front_end(case)
    assert found is not None
    assert (found.arrives, found.told, found.provider) == (NP, True, "MetalLB")
    assert "The cluster looks otherwise: MetalLB hands packets on" in found.why
    agreeing = front_end(dsr({"default/web": LB, "other/web": NP}, annotations={"metallb.io/address-pool": "a"}))
    assert agreeing is not None
    assert agreeing.arrives is LB
    assert "otherwise" not in agreeing.why


def test_external_ips_always_count_and_one_access_alone_cannot_be_left_out() -> None:
    case = made(annotations={"metallb.io/address-pool": "a"})
    assert kinds(case) == {AccessKind.LOAD_BALANCER, AccessKind.EXTERNAL_IP}
    no_ports = dsr({"": NP}, node_port=0)
    assert kinds(no_ports) == {AccessKind.LOAD_BALANCER}


def test_where_both_ways_keep_alike_the_sentence_says_nothing_of_the_front_end() -> None:
    assert "load balancer" not in reason(made())
    assert "packets arrive" not in reason(made(annotations={"metallb.io/address-pool": "a"}))
