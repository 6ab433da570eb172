"""Policies as people publish them, written anew: what each is meant to do, as its documentation claims.

Sources of the ideas: the recipes of kubernetes.io/docs/concepts/services-networking/network-policies and of Antrea's
docs/antrea-network-policy.md. The Service has Pods labelled `app: web` in namespace `default`, listening on 8080.
"""

from dataclasses import dataclass

from policies import antrea_policy, network_policy

OFFICE, OFFICE_GUESTS, HOME = "203.0.113.20", "203.0.113.200", "198.51.100.9"
INGRESS_POD, MONITOR_POD, OTHER_POD = "ingress/controller", "monitoring/prometheus", "default/job"


@dataclass(frozen=True)
class Pattern:
    """Policies, and by client (an address outside, or a Pod) whether it gets in by its own address."""

    name: str
    text: str
    lets_in: tuple[str, ...] = ()
    keeps_out: tuple[str, ...] = ()


EVERYBODY = (OFFICE, OFFICE_GUESTS, HOME, INGRESS_POD, MONITOR_POD, OTHER_POD)
OUTSIDE = (OFFICE, OFFICE_GUESTS, HOME)
ON_WEB = "appliedTo: [{podSelector: {matchLabels: {app: web}}}]"

PATTERNS = (
    Pattern(
        "default deny of all ingress",
        network_policy("{podSelector: {}, policyTypes: [Ingress]}", "default-deny"),
        keeps_out=EVERYBODY,
    ),
    Pattern(
        "default deny, and allow everything to one application again",
        network_policy("{podSelector: {}, policyTypes: [Ingress]}", "default-deny")
        + network_policy("{podSelector: {matchLabels: {app: web}}, ingress: [{}]}", "web-allow-all"),
        lets_in=EVERYBODY,
    ),
    Pattern(
        "allow from one namespace only",
        network_policy(
            "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{namespaceSelector: "
            "{matchLabels: {kubernetes.io/metadata.name: monitoring}}}]}]}",
            "from-monitoring",
        ),
        lets_in=(MONITOR_POD,),
        keeps_out=(*OUTSIDE, INGRESS_POD, OTHER_POD),
    ),
    Pattern(
        "allow the ingress controller only",
        network_policy(
            "{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: "
            "{matchLabels: {kubernetes.io/metadata.name: ingress}}, podSelector: {matchLabels: {app: controller}}}], "
            "ports: [{protocol: TCP, port: 8080}]}]}",
            "from-ingress-controller",
        ),
        lets_in=(INGRESS_POD,),
        keeps_out=(*OUTSIDE, MONITOR_POD, OTHER_POD),
    ),
    Pattern(
        "allow from the same namespace only",
        network_policy("{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}", "same-namespace"),
        lets_in=(OTHER_POD,),
        keeps_out=(*OUTSIDE, INGRESS_POD, MONITOR_POD),
    ),
    Pattern(
        "allow the office but its guest network",
        network_policy(
            "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: "
            "{cidr: 203.0.113.0/24, except: [203.0.113.128/25]}}]}]}",
            "office",
        ),
        lets_in=(OFFICE,),
        keeps_out=(OFFICE_GUESTS, HOME, INGRESS_POD, MONITOR_POD, OTHER_POD),
    ),
    Pattern(
        "deny egress to the metadata service: ingress is not touched",
        network_policy(
            "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: "
            "{cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}]}]}",
            "no-metadata",
        ),
        lets_in=EVERYBODY,
    ),
    Pattern(
        "the security team drops a range before everybody else, and a baseline denies by default",
        antrea_policy(
            f"{{tier: securityops, priority: 1, {ON_WEB}, ingress: [{{name: banned, action: Drop, "
            "from: [{ipBlock: {cidr: 198.51.100.0/24}}]}]}",
            "banned",
        )
        + antrea_policy(
            f"{{priority: 5, {ON_WEB}, ingress: [{{name: office, action: Allow, from: [{{ipBlock: "
            "{cidr: 203.0.113.0/25}}, {ipBlock: {cidr: 198.51.100.0/24}}]}]}",
            "office",
        )
        + antrea_policy(
            f"{{tier: baseline, priority: 1, {ON_WEB}, ingress: [{{name: rest, action: Drop}}]}}", "baseline"
        ),
        lets_in=(OFFICE,),
        keeps_out=(HOME, OFFICE_GUESTS, INGRESS_POD, MONITOR_POD, OTHER_POD),
    ),
    Pattern(
        "an emergency drop of everything but one namespace",
        antrea_policy(
            f"{{tier: emergency, priority: 1, {ON_WEB}, ingress: [{{name: watch, action: Allow, from: "
            "[{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]}, "
            "{name: rest, action: Drop}]}",
            "lockdown",
        )
        + network_policy("{podSelector: {}, ingress: [{}]}", "allow-all"),
        lets_in=(MONITOR_POD,),
        keeps_out=(*OUTSIDE, INGRESS_POD, OTHER_POD),
    ),
    Pattern(
        "strict isolation of namespaces: allow own, drop others",
        antrea_policy(
            f"{{tier: securityops, priority: 1, {ON_WEB}, ingress: [{{action: Pass, from: "
            "[{namespaces: {match: Self}}]}, {action: Drop, from: [{namespaceSelector: {}}]}]}",
            "strict-namespaces",
        ),
        lets_in=(OTHER_POD, *OUTSIDE),
        keeps_out=(INGRESS_POD, MONITOR_POD),
    ),
)
