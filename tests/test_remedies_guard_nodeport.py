"""The plan for a policy on the NodePort Service: both halves or none, nobody but the named clients, always closed."""

import shlex
from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as changed

from clusters import EXTERNAL_IP, cluster, gateway, node_ip, without
from deployed import case_of, host, pod, service, with_services
from diagnostics.datapath.path import AccessKind
from diagnostics.datapath.trace import external_paths
from diagnostics.kube.recorded import read_demo
from diagnostics.model.case import Case
from diagnostics.model.meta import LabelSelector, OwnedMeta
from diagnostics.model.policies import (
    AntreaPeer,
    AntreaPolicy,
    AntreaPolicySpec,
    AntreaRule,
    AppliedTo,
    IngressRule,
    IPBlock,
    NetworkPolicy,
    NetworkPolicySpec,
    Peer,
)
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import judge
from diagnostics.remedies.offered.guard_nodeport import make
from diagnostics.remedies.plan.manifests import content_of
from diagnostics.remedies.plan.plan import Manifest, Plan, Question, Risk, State
from diagnostics.remedies.prerequisites.allowed import read_ranges

OFFICE = "203.0.113.0/24"
TWO_PODS = (pod(1), pod(2))
ONLY_NODE_PORT: dict[str, Any] = {"kind": "NodePort", "external_ips": ()}


def isolating(cidr: str = OFFICE, labels: dict[str, str] | None = None, name: str = "office") -> NetworkPolicy:
    """A NetworkPolicy that admits one range to the Pods of the Service."""
    return NetworkPolicy(
        metadata=OwnedMeta(name=name, namespace="default"),
        spec=NetworkPolicySpec(
            pod_selector=LabelSelector(match_labels={"app": "web"} if labels is None else labels),
            policy_types=["Ingress"],
            ingress=[IngressRule(peers=[Peer(ip_block=IPBlock(cidr=cidr))])],
        ),
    )


def plan_of(snapshot: Snapshot, *policies: NetworkPolicy, allow: tuple[str, ...] = (OFFICE,), **made: Any) -> Plan:
    case = case_of(replace(snapshot, network_policies=policies), service(TWO_PODS, **{**ONLY_NODE_PORT, **made}))
    return make(case, Question(allow=allow))


def manifests(plan: Plan, kind: str) -> list[Manifest]:
    return [item for step in plan.steps for item in step.manifests if content_of(item)["kind"] == kind]


def excepted(plan: Plan) -> list[str]:
    (item,) = manifests(plan, "ClusterNetworkPolicy")
    return [
        cidr for rule in content_of(item)["spec"]["ingress"] for cidr in rule["from"][0]["ipBlock"].get("except", [])
    ]


def titles(plan: Plan) -> list[str]:
    return [step.title for step in plan.steps]


def test_everybody_but_the_clients_the_pods_and_the_nodes_is_dropped() -> None:
    plan = plan_of(cluster(proxy_all=True))
    assert plan.applicable
    (item,) = manifests(plan, "ClusterNetworkPolicy")
    content = content_of(item)
    assert content["apiVersion"] == "crd.antrea.io/v1beta1"
    assert content["spec"]["appliedTo"] == [{"service": {"name": "web", "namespace": "default"}}]
    (rule,) = content["spec"]["ingress"]
    assert rule["action"] == "Drop"
    assert rule["from"][0]["ipBlock"]["cidr"] == "0.0.0.0/0"
    assert set(excepted(plan)) == {OFFICE, "10.10.0.0/16", "192.168.77.101/32", "192.168.77.102/32"}


def test_pods_of_nodes_to_come_are_spared_where_kube_proxy_tells_their_range() -> None:
    told = plan_of(cluster(proxy_all=True, cluster_cidr="10.10.0.0/16,2001:db8:10::/56"))
    assert "10.10.0.0/16" in excepted(told)
    assert any("clusterCIDR 10.10.0.0/16 tells" in text for step in told.steps for text in step.dangers)


@pytest.mark.parametrize("told", ["", "10.99.0.0/16", "0.0.0.0/0", "nonsense"])
def test_a_range_that_holds_no_pods_of_today_or_strangers_is_not_spared(told: str) -> None:
    plan = plan_of(cluster(proxy_all=True, cluster_cidr=told))
    assert set(excepted(plan)) == {OFFICE, "10.10.1.0/24", "10.10.2.0/24", "192.168.77.101/32", "192.168.77.102/32"}
    assert any("its callers are dropped" in text for step in plan.steps for text in step.dangers)


@pytest.mark.parametrize(("version", "api"), [("v2.1.0", "v1beta1"), ("v1.12.0", "v1alpha1")])
def test_before_2_2_a_pass_rule_takes_the_place_of_except(version: str, api: str) -> None:
    plan = plan_of(
        cluster(proxy_all=True, version=version, kube_proxy=None, agent={"kubeAPIServerOverride": "10.0.0.9:6443"})
    )
    (item,) = manifests(plan, "ClusterNetworkPolicy")
    content = content_of(item)
    assert content["apiVersion"] == f"crd.antrea.io/{api}"
    spare, drop = content["spec"]["ingress"]
    assert (spare["action"], drop["action"]) == ("Pass", "Drop")
    assert {"ipBlock": {"cidr": OFFICE}} in spare["from"]
    assert drop["from"] == [{"ipBlock": {"cidr": "0.0.0.0/0"}}]


def test_a_service_of_both_families_is_filtered_in_each_by_itself() -> None:
    snapshot = cluster(proxy_all=True, families=(4, 6))
    plan = plan_of(snapshot, allow=(OFFICE, "2001:db8:7::/48"), families=(4, 6))
    (item,) = manifests(plan, "ClusterNetworkPolicy")
    four, six = (rule["from"][0]["ipBlock"] for rule in content_of(item)["spec"]["ingress"])
    assert (four["cidr"], six["cidr"]) == ("0.0.0.0/0", "::/0")
    assert OFFICE in four["except"]
    assert "2001:db8:7::/48" in six["except"]
    forgetful = plan_of(snapshot, families=(4, 6))
    assert any("No IPv6 client is allowed" in text for step in forgetful.steps for text in step.dangers)


def test_isolated_pods_get_the_other_half_with_the_sentence_what_it_admits() -> None:
    plan = plan_of(cluster(proxy_all=True), isolating())
    assert plan.applicable
    (item,) = manifests(plan, "NetworkPolicy")
    content = content_of(item)
    assert content["spec"]["podSelector"] == {"matchLabels": {"app": "web"}}
    (rule,) = content["spec"]["ingress"]
    assert {peer["ipBlock"]["cidr"] for peer in rule["from"]} == {f"{gateway(1)}/32", f"{gateway(2)}/32", OFFICE}
    assert rule["ports"] == [{"protocol": "TCP", "port": 8080}]
    (step,) = [step for step in plan.steps if item in step.manifests]
    assert any(f"admits every client that any Node passes on as {gateway(1)}" in text for text in step.dangers)


def test_without_tunnels_the_pods_must_admit_the_nodes_instead() -> None:
    plan = plan_of(cluster(proxy_all=True, encap="noEncap"), isolating())
    (item,) = manifests(plan, "NetworkPolicy")
    (rule,) = content_of(item)["spec"]["ingress"]
    assert {peer["ipBlock"]["cidr"] for peer in rule["from"]} == {f"{node_ip(1)}/32", f"{node_ip(2)}/32", OFFICE}


def test_pods_that_no_policy_isolates_stay_as_they_are_and_the_plan_says_so() -> None:
    plan = plan_of(cluster(proxy_all=True))
    assert not manifests(plan, "NetworkPolicy")
    assert any("open to everybody already" in text for step in plan.steps for text in step.dangers)


def test_pods_that_admit_it_all_already_need_no_other_half() -> None:
    plan = plan_of(cluster(proxy_all=True), isolating(), isolating("10.10.0.0/16", name="cluster"))
    assert plan.applicable
    assert not manifests(plan, "NetworkPolicy")


def test_only_pods_that_are_isolated_already_are_selected() -> None:
    wider = isolating(labels={"tier": "front"}, name="front")
    snapshot = replace(cluster(proxy_all=True), network_policies=(wider,))
    case = case_of(snapshot, service(TWO_PODS, **ONLY_NODE_PORT))
    assert not manifests(make(case, Question(allow=(OFFICE,))), "NetworkPolicy"), "it selects no Pod of the Service"
    everybody = plan_of(cluster(proxy_all=True), isolating(labels={}))
    (item,) = manifests(everybody, "NetworkPolicy")
    assert content_of(item)["spec"]["podSelector"] == {"matchLabels": {"app": "web"}}


def test_at_no_moment_are_the_pods_open_to_clients_that_nobody_filters() -> None:
    plan = plan_of(cluster(), isolating())
    drop = titles(plan).index("Drop all other clients at the NodePort of Service default/web")
    widen = titles(plan).index("Let the Pods admit what arrives from other Nodes")
    restart = titles(plan).index("Restart the agents and wait for every Node")
    assert restart < drop < widen
    undo = [line for step in reversed(plan.steps) for line in step.undo]
    pods_first = next(index for index, line in enumerate(undo) if "networkpolicies.networking.k8s.io" in line)
    service_then = next(index for index, line in enumerate(undo) if "clusternetworkpolicies.crd.antrea.io" in line)
    assert pods_first < service_then


def test_after_the_plan_the_office_gets_in_by_every_node_and_a_stranger_by_none() -> None:
    case = Case.of(read_demo("seed"), "partner/intake")
    then = make(case, Question(allow=(OFFICE,))).then
    assert then is not None
    ways = [path for path in then.once(external_paths) if path.access.kind is AccessKind.NODE_PORT]
    assert ways
    assert {judge(then, path, "203.0.113.7").verdict for path in ways} <= {Decision.ALLOW, Decision.NONE}
    assert {judge(then, path, "192.0.2.9").verdict for path in ways} == {Decision.DENY}


def test_it_is_refused_where_the_other_half_would_open_the_load_balancer_to_everybody() -> None:
    plan = plan_of(cluster(proxy_all=True), isolating(), external_ips=(EXTERNAL_IP,))
    assert not plan.applicable
    assert any(EXTERNAL_IP in text and "use-dsr" in text for text in plan.blocked_by)
    with_dsr = plan_of(cluster(proxy_all=True, dsr_gate=True), isolating(), external_ips=(EXTERNAL_IP,), mode="dsr")
    assert with_dsr.applicable


def test_a_load_balancer_gets_the_warnings_about_its_checks_and_its_own_address() -> None:
    plan = plan_of(cluster(proxy_all=True), kind="LoadBalancer")
    dangers = [text for step in plan.steps for text in step.dangers]
    assert any("Health checks" in text for text in dangers)
    assert any("198.51.100.10" in text and "in part" in text for text in dangers)


def test_another_policy_that_still_denies_the_clients_is_named() -> None:
    plan = plan_of(cluster(proxy_all=True), isolating())
    case = Case.of(replace(plan.after, cluster_policies=()), "default/web") if plan.after else None
    assert case is not None
    denying = make(with_drop_all(case), Question(allow=(OFFICE,)))
    assert any("lockdown" in text for text in denying.blocked_by)


def with_drop_all(case: Case) -> Case:
    drop = AntreaPolicy(
        metadata=OwnedMeta(name="lockdown"),
        spec=AntreaPolicySpec(
            tier="emergency",
            priority=1,
            applied_to=[AppliedTo(pod_selector=LabelSelector(match_labels={"app": "web"}))],
            ingress=[AntreaRule(action="Drop", peers=[AntreaPeer(ip_block=IPBlock(cidr="0.0.0.0/0"))])],
        ),
    )
    return Case.of(replace(case.snapshot, cluster_policies=(drop,)), case.key)


@pytest.mark.parametrize(
    ("snapshot", "made", "reason"),
    [
        (cluster(version="v1.7.0", kube_proxy=None), {}, "1.8 or newer"),
        (cluster(version="v2.0.0"), {}, "Upgrade Antrea to 2.1"),
        (cluster(kube_proxy="ipvs"), {}, "ipvs"),
        (cluster(), {"kind": "ClusterIP"}, "NodePorts"),
        (cluster(), {"node_port": 0}, "NodePorts"),
        (cluster(agent={"featureGates": {"AntreaPolicy": False}}), {}, "policies are on"),
        (cluster(proxy_all=True, proxy={"nodePortAddresses": ["127.0.0.0/8"]}), {}, "do nothing"),
        (cluster(antrea_proxy=False), {}, "AntreaProxy is on"),
    ],
)
def test_where_the_policy_would_do_nothing_there_are_no_steps_and_the_reason(
    snapshot: Snapshot, made: dict[str, Any], reason: str
) -> None:
    plan = plan_of(snapshot, **made)
    assert not plan.applicable
    assert plan.steps == ()
    assert any(reason in text for text in plan.blocked_by), plan.blocked_by


def test_policies_that_may_not_be_read_block_it_because_half_a_plan_opens_or_closes_too_much() -> None:
    snapshot = without(cluster(proxy_all=True), Gap(Source.NETWORK_POLICIES, Reason.FORBIDDEN, "No right.", "default"))
    plan = plan_of(snapshot)
    assert not plan.applicable
    assert any("networkpolicies.networking.k8s.io" in text for text in plan.blocked_by)


def test_host_network_endpoints_have_no_policies_of_their_own() -> None:
    case = case_of(cluster(proxy_all=True), service((host(1), host(2)), **ONLY_NODE_PORT))
    plan = make(case, Question(allow=(OFFICE,)))
    assert plan.applicable
    assert not manifests(plan, "NetworkPolicy")


def test_without_ranges_the_plan_asks_and_shows_how_to_answer() -> None:
    plan = plan_of(cluster(), allow=())
    assert not plan.applicable
    assert plan.steps == ()
    assert any("--allow" in text for text in plan.asks)
    assert plan.prerequisites


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("10.0.0.0/33", "0 to 32"),
        ("2001:db8::/129", "0 to 128"),
        ("10.0.0.0/", "0 to 32"),
        ("300.1.1.1", "0 to 255"),
        ("10.0.0", "not an address or range"),
        ("office", "not an address or range"),
        ("", "An empty text"),
        ("::ffff:10.0.0.0/104", "write it as IPv4"),
        ("fe80::1%eth0/64", "leave out what follows the %"),
        ("a\nb", "a b is not"),
    ],
)
def test_a_range_that_cannot_be_read_is_asked_again_with_the_reason(text: str, words: str) -> None:
    plan = plan_of(cluster(), allow=(OFFICE, text))
    assert not plan.applicable
    assert any(words in ask for ask in plan.asks), plan.asks


@pytest.mark.parametrize(
    ("texts", "cidrs"),
    [
        (("203.0.113.9",), ("203.0.113.9/32",)),
        (("2001:db8::1",), ("2001:db8::1/128",)),
        (("10.1.2.3/8",), ("10.0.0.0/8",)),
        ((" 10.0.0.0/9 ", "10.128.0.0/9"), ("10.0.0.0/8",)),
    ],
)
def test_ranges_are_put_right_where_that_is_safe(texts: tuple[str, ...], cidrs: tuple[str, ...]) -> None:
    allowed = read_ranges(texts)
    assert allowed.addresses.cidrs == cidrs
    assert bool(allowed.notes) == (texts == ("10.1.2.3/8",))


@pytest.mark.parametrize("allow", [("0.0.0.0/0",), ("0.0.0.0/1", "128.0.0.0/1"), (OFFICE, "::/0")])
def test_allowing_everybody_is_refused(allow: tuple[str, ...]) -> None:
    plan = plan_of(cluster(), allow=allow)
    assert any("filter nothing" in text for text in plan.blocked_by)


def test_ranges_of_the_wrong_family_are_asked_again() -> None:
    assert any("IPv4 only" in text for text in plan_of(cluster(), allow=("2001:db8::/32",)).asks)


def test_names_of_two_services_never_meet() -> None:
    names = set()
    for namespace, name in (("a-b", "c"), ("a", "b-c")):
        made = service(TWO_PODS, name=name, namespace=namespace, **ONLY_NODE_PORT)
        plan = make(
            Case.of(with_services(cluster(proxy_all=True), made), f"{namespace}/{name}"), Question(allow=(OFFICE,))
        )
        names.add(content_of(manifests(plan, "ClusterNetworkPolicy")[0])["metadata"]["name"])
    assert len(names) == 2


def test_planning_again_saves_the_policy_that_is_there_and_keeps_it_one_policy() -> None:
    first = plan_of(cluster(proxy_all=True))
    assert first.after is not None
    again = make(Case.of(first.after, "default/web"), Question(allow=("198.51.100.0/24",)))
    assert any(".bak.yaml" in line for step in again.steps for line in step.commands)
    assert any("replaces the policy doctor-default.web" in text for step in again.steps for text in step.dangers)
    assert again.after is not None
    assert len(again.after.cluster_policies) == 1


def test_unknown_pod_ranges_are_said() -> None:
    snapshot = cluster(proxy_all=True, agents=True)
    bare = tuple(changed(node, spec=changed(node.spec, pod_cidr="", pod_cidrs=[])) for node in snapshot.nodes)
    infos = tuple(changed(info, node_subnets=[]) for info in snapshot.agent_infos)
    plan = plan_of(replace(snapshot, nodes=bare, agent_infos=infos))
    (item,) = [item for item in plan.prerequisites if "ranges of the cluster" in item.title]
    assert item.state is State.UNKNOWN
    assert "node1" in item.evidence


def test_every_step_that_others_feel_is_tried_by_the_server_or_proved_and_can_be_undone() -> None:
    plan = plan_of(cluster(), isolating())
    for step in plan.steps:
        if step.risk is Risk.SAFE:
            continue
        assert step.verify
        assert step.expect
        applies = [line for line in step.commands if " apply " in line]
        assert len([line for line in applies if "--dry-run=server" in line]) * 2 == len(applies)
        assert all("--server-side" in line and "--field-manager=antrea-doctor" in line for line in applies)
        assert step.undo or step.changes, "a restart is undone together with the edit before it"


def test_every_command_parses_and_names_its_context_and_full_resources() -> None:
    plan = make(Case.of(read_demo("seed"), "partner/intake"), Question(allow=(OFFICE,), kube_context="prod west"))
    lines = [line for step in plan.steps for line in (*step.commands, *step.verify, *step.undo)]
    assert len(lines) > 10
    for line in lines:
        words = shlex.split(line)
        assert words[:3] == ["kubectl", "--context", "prod west"], line
        assert not {"svc", "cm", "ds", "acnp", "netpol"} & set(words)
    assert any("-n partner" in line for line in lines)
