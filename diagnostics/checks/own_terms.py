"""The names of the SNAT points, and the words of this tool: verdicts, severities, badges."""

from diagnostics.checks.term import Term

OWN_TERMS: tuple[Term, ...] = (
    Term(
        "S1",
        "SNAT by kube-proxy: marked in KUBE-MARK-MASQ, done in KUBE-POSTROUTING, to the primary address of the "
        "interface by which the packet leaves. For all outside traffic under externalTrafficPolicy Cluster.",
    ),
    Term(
        "S2",
        "SNAT by AntreaProxy in Open vSwitch to the antrea-gw0 address of the ingress Node, for an endpoint on "
        "another Node through the tunnel. DSR removes it.",
    ),
    Term(
        "S3",
        "SNAT by AntreaProxy in Open vSwitch to the virtual address 169.254.0.253, for packets that go back out "
        "through antrea-gw0: endpoints on the host network, outside the cluster, or remote ones without a tunnel.",
    ),
    Term(
        "S4",
        "Masquerade on the host that follows S3 when the packet leaves the Node: the virtual address becomes that of "
        "the interface by which it leaves.",
    ),
    Term(
        "S5",
        "Masquerade on the host for the Node's own traffic that enters antrea-gw0: it becomes the address of "
        "antrea-gw0.",
    ),
    Term(
        "S6",
        "Masquerade on the host for Pods that call out of the cluster, another Node's NodePort included: the Pod's "
        "address becomes its Node's. noSNAT turns it off.",
    ),
    Term(
        "S7",
        "SNAT by Antrea Egress to an Egress IP, for connections that Pods open to the outside. Answers of Services "
        "are never touched.",
        ("Egress", "Egress IP"),
    ),
    Term(
        "S8",
        "SNAT in Open vSwitch for a Pod that reaches itself through a Service: it sees the antrea-gw0 address of its "
        "Node, and its ingress policies are skipped.",
    ),
    Term(
        "S9",
        "SNAT outside the cluster, by a cloud load balancer, a proxy or a NAT gateway in front of it. Nothing in the "
        "cluster can undo it.",
    ),
    Term(
        "S10", "What S2 and S3 are on Windows Nodes, and NetNat for Pods that call out. This tool does not predict it."
    ),
    Term(
        "Snapshot",
        "What the cluster said at one moment. All answers of this tool are computed from it, none from live traffic.",
    ),
    Term(
        "Gap",
        "A source that could not be read, with the reason: forbidden, absent, timed out, not understood. Answers that "
        "hang on it are unknown, never passed.",
        ("gaps",),
    ),
    Term(
        "Access",
        "An address and port by which a Service is reached: NodePort, LoadBalancerIP, ExternalIP or ClusterIP.",
    ),
    Term("Vantage", "Where the client stands: outside the cluster, on a Node, in a Pod, or in the endpoint itself."),
    Term(
        "Path",
        "One class of connections: by one access, into one Node, to endpoints in one kind of place. All of a class "
        "fare alike; its share says how many of the endpoints it holds.",
        ("path class", "share"),
    ),
    Term(
        "Rewrite",
        "A change of an address on a path, SNAT or DNAT, with the place, before, after, and why we believe it.",
    ),
    Term(
        "Basis",
        "Why a rule of the network is believed: measured with real packets, documented in docs or source, or inferred "
        "from code and not proved on a cluster.",
        ("inferred", "measured", "documented"),
    ),
    Term("passed", "Verdict: the check looked at all it needs and found nothing.", ("pass verdict",)),
    Term(
        "found",
        "Verdict: the check has findings; each says what is wrong, with evidence, and what to do.",
        ("finding",),
    ),
    Term(
        "unknown",
        "Verdict: the check could not decide, for want of a right or a fact; the reason says which. It is never "
        "counted as passed.",
        ("cannot tell",),
    ),
    Term("not applicable", "Verdict: the question makes no sense for this Service.", ("n/a",)),
    Term("broken", "Severity: traffic fails, everybody is let in, or agents will fail at their next start."),
    Term("risky", "Severity: it works but loses something, such as the client's address."),
    Term("note", "Severity: good to know; nothing to mend."),
    Term("keeps", "Badge of a Service: outside clients are seen with their own address on every path."),
    Term("sometimes", "Badge of a Service: the client's address is kept on some paths and hidden on others."),
    Term("never", "Badge of a Service: no outside client is seen with its own address."),
)
