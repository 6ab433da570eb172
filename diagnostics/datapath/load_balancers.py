"""Load balancers that are known by the marks they leave, and what each does with packets."""

from dataclasses import dataclass

from diagnostics.model.arriving import Arrives

HANDS_ON = "hands packets on with the load-balancer IP as destination"
DIALS = "dials a Node's address and nodePort"
BETA = "service.beta.kubernetes.io/"


@dataclass(frozen=True, slots=True)
class Product:
    """A load balancer, the marks that it leaves, and what it does with packets.

    `annotations` and `classes` are beginnings of annotation keys and of `spec.loadBalancerClass`; `scheme` is that
    of the Nodes' `spec.providerID`. `in_pods`: it runs in Pods on Linux Nodes, which answer for the address.
    """

    name: str
    arrives: Arrives | None
    how: str
    source: str
    annotations: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    scheme: str = ""
    in_pods: bool = False


PRODUCTS = (
    Product(
        "MetalLB", Arrives.LB_IP, HANDS_ON, "https://metallb.io/concepts/",
        ("metallb.io/", "metallb.universe.tf/"), ("metallb.io/", "metallb.universe.tf/"), in_pods=True,
    ),
    Product(
        "kube-vip", Arrives.LB_IP, HANDS_ON, "https://kube-vip.io/docs/usage/kubernetes-services/",
        ("kube-vip.io/",), ("kube-vip.io/",), in_pods=True,
    ),
    Product(
        "PureLB", Arrives.LB_IP, HANDS_ON, "https://purelb.gitlab.io/docs/",
        ("purelb.io/",), ("purelb.io/",), in_pods=True,
    ),
    Product(
        "Google Cloud passthrough load balancer", Arrives.LB_IP, HANDS_ON,
        "https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer",
        ("networking.gke.io/load-balancer-type", "cloud.google.com/l4-rbs"), ("networking.gke.io/",), "gce",
    ),
    Product(
        "Azure Load Balancer", Arrives.LB_IP, f"{HANDS_ON} (floating IP)",
        "https://cloud-provider-azure.sigs.k8s.io/topics/loadbalancer/",
        (f"{BETA}azure-",), (), "azure",
    ),
    Product(
        "AWS load balancer", Arrives.NODE_PORT, DIALS,
        "https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/nlb/",
        (f"{BETA}aws-load-balancer-",), ("service.k8s.aws/",), "aws",
    ),
    Product(
        "OpenStack Octavia", Arrives.NODE_PORT, DIALS,
        "https://github.com/kubernetes/cloud-provider-openstack",
        ("loadbalancer.openstack.org/",), (), "openstack",
    ),
    Product(
        "DigitalOcean load balancer", Arrives.NODE_PORT, DIALS,
        "https://docs.digitalocean.com/products/kubernetes/how-to/add-load-balancers/",
        (f"{BETA}do-loadbalancer-",), (), "digitalocean",
    ),
    Product(
        "Hetzner load balancer", Arrives.NODE_PORT, DIALS,
        "https://github.com/hetznercloud/hcloud-cloud-controller-manager",
        ("load-balancer.hetzner.cloud/",), (), "hcloud",
    ),
)  # fmt: skip
