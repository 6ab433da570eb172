"""Terms of Kubernetes, Antrea and address translation."""

from diagnostics.checks.term import Term

NETWORK_TERMS: tuple[Term, ...] = (
    Term(
        "SNAT",
        "Source address translation: a Node replaces the address that a packet comes from, mostly so that the answer "
        "comes back through the same Node. Whatever sits behind it, applications and policies alike, sees the new "
        "address and cannot learn the old one. The points at which Kubernetes and Antrea do it are named S1 to S10.",
        ("source nat", "source address translation", "s-nat"),
    ),
    Term(
        "DNAT",
        "Destination address translation: a proxy replaces the address of the Service, and its port, by the address "
        "and target port of one endpoint. It hides no client. Policies of Pods are evaluated after it, so their ports "
        "mean the target port.",
        ("destination nat", "destination address translation"),
    ),
    Term(
        "masquerade",
        "SNAT to the primary address of the interface by which the packet leaves. kube-proxy does so for everything "
        "that comes from outside under externalTrafficPolicy Cluster; towards Pods of an encap cluster that interface "
        "is antrea-gw0.",
        ("masq", "masquerading", "kube-mark-masq"),
    ),
    Term(
        "DSR",
        "Direct server return: the ingress Node hands the packet on with the client's own address, and the answer "
        "leaves from the backend Node straight to the client. In Antrea a load-balancer mode behind the feature gate "
        "LoadBalancerModeDSR, for load-balancer IPs and external IPs, IPv4, Linux, encap mode, with proxyAll. It "
        "never covers NodePorts or endpoints on the host network.",
        ("direct server return", "load-balancer-mode", "LoadBalancerModeDSR"),
    ),
    Term(
        "ETP",
        "externalTrafficPolicy of a Service. Cluster, the default: every Node forwards to every endpoint, which "
        "mostly hides the client. Local: a Node uses its own endpoints only and keeps the client; Nodes without an "
        "endpoint drop or refuse.",
        ("externalTrafficPolicy", "external traffic policy", "Local policy"),
    ),
    Term(
        "ITP",
        "internalTrafficPolicy of a Service. It does for ClusterIPs what externalTrafficPolicy does for outside "
        "addresses: with Local, clients in the cluster reach endpoints of their own Node only.",
        ("internalTrafficPolicy", "internal traffic policy"),
    ),
    Term(
        "hairpin",
        "A connection that leaves by the interface through which it came, such as a Pod that reaches itself through "
        "its own Service, or a packet from antrea-gw0 to an endpoint on the host network. Its source has to be "
        "replaced or the answer would not come back; ingress policies are skipped for a Pod that reaches itself.",
        ("hairpinning",),
    ),
    Term(
        "proxyAll",
        "Setting antreaProxy.proxyAll: AntreaProxy then also handles NodePorts, load-balancer IPs and external IPs. "
        "Off by default. DSR and policies on a Service need it. Since v2.1 it may run beside kube-proxy in iptables "
        "mode and goes first; before that kube-proxy wins while it is there.",
        ("antreaProxy.proxyAll", "proxy all"),
    ),
    Term(
        "AntreaProxy",
        "Antrea's own implementation of Services in Open vSwitch. Without proxyAll it handles only what Pods send to "
        "ClusterIPs and load-balancer IPs. It keeps the client's address for an endpoint on the ingress Node and "
        "replaces it for one on another Node, unless DSR is in effect.",
        ("antrea proxy", "AP"),
    ),
    Term(
        "kube-proxy",
        "The implementation of Services that comes with Kubernetes, in iptables, nftables or ipvs mode. Under "
        "externalTrafficPolicy Cluster it replaces the source of every connection from outside, even for an endpoint "
        "on the same Node.",
        ("kubeproxy", "KP"),
    ),
    Term(
        "antrea-gw0",
        "The interface that joins a Node's own network stack to Antrea's Open vSwitch bridge. It has the first "
        "address of the Node's podCIDR. A Pod that sees this address as its client sees somebody whose own address "
        "was replaced by that Node, or the Node itself.",
        ("gateway", "gw0", "antrea gateway", "gateway address"),
    ),
    Term(
        "virtual Service address",
        "169.254.0.253 (IPv6 fc01::aabb:ccdd:eeff): AntreaProxy writes it as the source of packets that go back out "
        "through antrea-gw0, and the Node replaces it when the packet leaves. Endpoints on the host network of the "
        "ingress Node see it as their client.",
        ("169.254.0.253", "VIP", "virtual IP", "virtual service IP"),
    ),
    Term(
        "virtual NodePort address",
        "169.254.0.252 (IPv6 fc01::aabb:ccdd:eefe): with proxyAll the Node translates the destination of NodePort "
        "packets to it, so that they enter Open vSwitch. It is never seen as a source.",
        ("169.254.0.252", "virtual nodeport ip"),
    ),
    Term(
        "ClusterIP",
        "The virtual address of a Service for clients in the cluster. With AntreaProxy the Pod behind it sees the "
        "client Pod's own address.",
        ("cluster ip",),
    ),
    Term(
        "NodePort",
        "A port on every Node's address by which clients outside reach a Service. Many cloud load balancers use it "
        "too. Its connections are never covered by DSR; an Antrea ClusterNetworkPolicy on the Service can filter them "
        "by the client's own address.",
        ("node port", "nodeport service"),
    ),
    Term(
        "LoadBalancer IP",
        "An address in status.loadBalancer.ingress of a Service. The proxies serve it on every Node; an ingress with "
        "only a host name programmes nothing, its load balancer forwards to NodePorts.",
        ("LoadBalancerIP", "lb ip", "load balancer ip", "loadbalancer"),
    ),
    Term(
        "external IP",
        "An address in spec.externalIPs of a Service that the network routes to the Nodes. AntreaProxy serves it only "
        "with proxyAll and since v1.12. Deprecated since Kubernetes 1.36.",
        ("ExternalIP", "externalIPs"),
    ),
    Term(
        "encap",
        "Antrea's default traffic mode: packets between Pods of different Nodes travel in a tunnel (Geneve by "
        "default). An ingress Node that hides clients shows the address of its antrea-gw0. The only mode with DSR.",
        ("trafficEncapMode", "tunnel", "encapsulation"),
    ),
    Term(
        "noEncap",
        "A traffic mode without tunnel: the network routes the podCIDRs. An ingress Node that hides clients of remote "
        "endpoints shows its own address. DSR has no effect but the loss of connections.",
        ("no encap", "noencap"),
    ),
    Term(
        "hybrid",
        "A traffic mode: no tunnel between Nodes of one subnet, a tunnel between others. Which address a remote Pod "
        "sees depends on the two Nodes.",
        ("hybrid mode",),
    ),
    Term(
        "networkPolicyOnly",
        "A traffic mode in which another CNI moves the packets (EKS, AKS) and Antrea enforces policies. antrea-gw0 "
        "then has the Node's own address.",
        ("policy only", "networkpolicy only"),
    ),
    Term(
        "WireGuard",
        "Encryption between Nodes (trafficEncryptionMode wireGuard). The mode is still called encap, but packets are "
        "routed through antrea-wg0 instead of the tunnel port, so DSR does not work with it.",
        ("trafficEncryptionMode",),
    ),
    Term(
        "ACNP",
        "Antrea ClusterNetworkPolicy, clusternetworkpolicies.crd.antrea.io: policies with tiers, priorities and the "
        "actions Allow, Drop, Reject and Pass, for the whole cluster. The only kind that can be applied to a Service. "
        "Not to be mixed up with ClusterNetworkPolicy of policy.networking.k8s.io.",
        ("Antrea ClusterNetworkPolicy", "ClusterNetworkPolicy"),
    ),
    Term(
        "ANNP",
        "Antrea NetworkPolicy, networkpolicies.crd.antrea.io: as ACNP, for one namespace. kubectl's short name "
        "networkpolicies means those of Kubernetes, so always write the group.",
        ("Antrea NetworkPolicy",),
    ),
    Term(
        "NetworkPolicy",
        "networkpolicies.networking.k8s.io: an allow-list. A Pod selected by any with policy type Ingress drops what "
        "none of them admits. Their ipBlock is compared with the source address after every SNAT.",
        ("Kubernetes NetworkPolicy", "K8s NP"),
    ),
    Term(
        "tier",
        "The order in which Antrea asks policies: emergency, securityops, networkops, platform, application (the "
        "default), then Kubernetes NetworkPolicies, then baseline. Custom tiers have priorities from 1 to 249.",
        ("tiers",),
    ),
    Term(
        "Pass",
        "An action of Antrea's policies: stop asking Antrea's rules and let Kubernetes NetworkPolicies decide, then "
        "the baseline tier. Unlike Allow it does not skip the policies of the Pod.",
        ("pass action",),
    ),
    Term(
        "baseline",
        "Antrea's last tier, asked after Kubernetes NetworkPolicies. A Pod that one of those isolates never gets "
        "there. Pass is not valid in it.",
        ("baseline tier",),
    ),
    Term(
        "appliedTo",
        "The part of an Antrea policy that says where it is enforced: Pods, on their own Node and after every SNAT; "
        "or a NodePort Service, on the Node that the client dials and with the client's own address.",
        ("applied to", "appliedTo.service"),
    ),
    Term(
        "isolated",
        "A Pod is isolated when a Kubernetes NetworkPolicy with policy type Ingress selects it: what no such policy "
        "admits is dropped.",
        ("isolation",),
    ),
    Term(
        "SNAT-blind",
        "A rule is SNAT-blind when it names client ranges, but by the time it is asked the source is an address of "
        "the cluster: it never matches. An allow rule then keeps its own clients out, a deny rule denies nobody.",
        ("snat blind", "blind rule"),
    ),
    Term(
        "SNAT-open",
        "A rule is SNAT-open when it admits an address that stands for any client, such as that of antrea-gw0 or of a "
        "Node: whoever reaches that Node's port gets in.",
        ("snat open", "open rule"),
    ),
    Term(
        "ipMode",
        "status.loadBalancer.ingress[].ipMode: VIP means that packets arrive with the load-balancer IP, Proxy that "
        "the load balancer ends the connection itself; Nodes then do not serve the address.",
        ("ip mode",),
    ),
    Term(
        "podCIDR",
        "The range from which a Node's Pods get their addresses, spec.podCIDRs of the Node. Its first address belongs "
        "to that Node's antrea-gw0.",
        ("podCIDRs", "pod cidr"),
    ),
    Term(
        "skipServices",
        "Setting antreaProxy.skipServices: Services, by namespace/name or ClusterIP, that AntreaProxy leaves to "
        "kube-proxy or to nobody.",
        ("skip services",),
    ),
    Term(
        "PROXY protocol",
        "A line that a load balancer sends ahead of a connection with the client's own address in it. Together with "
        "X-Forwarded-For the only way to learn a client that was replaced before the cluster; the application must "
        "read it and policies do not.",
        ("X-Forwarded-For", "XFF"),
    ),
)
