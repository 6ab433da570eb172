"""Which backend Pods a policy is applied to, and "cannot tell" where labels or groups are missing."""

from dataclasses import replace

import msgspec
import pytest

from clusters import cluster, without
from deployed import Deployed, case_of, host, pod, service
from diagnostics.model.case import Case
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source
from diagnostics.policy.rules import isolations, rules_on
from diagnostics.policy.selecting import Coverage
from policies import antrea_policy, group, network_policy, with_objects

DEFAULT = "---\nkind: Namespace\nmetadata: {name: default, labels: {team: a}}\n"
DROP = "ingress: [{action: Drop}]"


def _labelled(deployed: Deployed, *labels: dict[str, str]) -> Deployed:
    """The Pods with these labels added, in turn."""
    pods = tuple(
        msgspec.structs.replace(
            item, metadata=msgspec.structs.replace(item.metadata, labels={**item.metadata.labels, **extra})
        )
        for item, extra in zip(deployed.pods, labels, strict=True)
    )
    return replace(deployed, pods=pods)


def _forbidden(snapshot: Snapshot, source: Source) -> Snapshot:
    return without(snapshot, Gap(source, Reason.FORBIDDEN, f"The right to list {source} is missing."))


def _coverage(case: Case) -> Coverage:
    found = case.once(rules_on)
    return found[0].selects if found else Coverage.NONE


def _canary(text: str) -> Case:
    """A Service with two Pods, of which the second is marked `track: canary`; another namespace has its like."""
    return case_of(
        with_objects(cluster(), DEFAULT + text), _labelled(service([pod(1), pod(2)]), {}, {"track": "canary"})
    )


@pytest.mark.parametrize(
    ("selector", "namespace", "expected"),
    [
        ("{}", "default", Coverage.ALL),
        ("{matchLabels: {app: web}}", "default", Coverage.ALL),
        ("{matchLabels: {app: web}}", "other", Coverage.NONE),
        ("{matchLabels: {app: db}}", "default", Coverage.NONE),
        ("{matchLabels: {track: canary}}", "default", Coverage.SOME),
        ("{matchExpressions: [{key: track, operator: DoesNotExist}]}", "default", Coverage.SOME),
        ("{matchExpressions: [{key: track, operator: NotIn, values: [stable]}]}", "default", Coverage.ALL),
        ("{matchExpressions: [{key: app, operator: In, values: [web, db]}]}", "default", Coverage.ALL),
        ("{matchLabels: {app: web}, matchExpressions: [{key: track, operator: Exists}]}", "default", Coverage.SOME),
    ],
)
def test_a_network_policy_applies_by_its_pod_selector_within_its_namespace(
    selector: str, namespace: str, expected: Coverage
) -> None:
    case = _canary(network_policy(f"{{podSelector: {selector}, ingress: [{{}}]}}", namespace=namespace))
    assert _coverage(case) is expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("{podSelector: {matchLabels: {app: web}}}", Coverage.ALL),
        ("{podSelector: {matchLabels: {track: canary}}}", Coverage.SOME),
        ("{namespaceSelector: {matchLabels: {team: a}}}", Coverage.ALL),
        ("{namespaceSelector: {matchLabels: {team: b}}}", Coverage.NONE),
        ("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: default}}}", Coverage.ALL),
        ("{namespaceSelector: {}, podSelector: {matchLabels: {track: canary}}}", Coverage.SOME),
        ("{namespaceSelector: {matchLabels: {team: b}}, podSelector: {}}", Coverage.NONE),
        ("{nodeSelector: {}}", Coverage.NONE),
        ("{externalEntitySelector: {}}", Coverage.NONE),
        ("{serviceAccount: {name: web, namespace: default}}", Coverage.UNKNOWN),
        ("{serviceAccount: {name: web, namespace: other}}", Coverage.NONE),
        ("{service: {name: other, namespace: default}}", Coverage.NONE),
        ("{group: canaries}", Coverage.SOME),
        ("{group: web-service}", Coverage.ALL),
        ("{group: other-service}", Coverage.NONE),
        ("{group: no-such-service}", Coverage.NONE),
        ("{group: team}", Coverage.ALL),
        ("{group: ranges}", Coverage.NONE),
        ("{group: nodes}", Coverage.NONE),
        ("{group: parent}", Coverage.SOME),
        ("{group: grandparent}", Coverage.NONE),
        ("{group: no-such-group}", Coverage.NONE),
    ],
)
def test_an_antrea_policy_applies_by_each_kind_of_applied_to(entry: str, expected: Coverage) -> None:
    groups = (
        group("{podSelector: {matchLabels: {track: canary}}}", "canaries")
        + group("{serviceReference: {name: web, namespace: default}}", "web-service")
        + group("{serviceReference: {name: web, namespace: other}}", "other-service")
        + group("{serviceReference: {name: gone, namespace: default}}", "no-such-service")
        + group("{namespaceSelector: {matchLabels: {team: a}}}", "team")
        + group("{ipBlocks: [{cidr: 10.0.0.0/8}]}", "ranges")
        + group("{nodeSelector: {}}", "nodes")
        + group("{childGroups: [ranges, canaries]}", "parent")
        + group("{childGroups: [parent]}", "grandparent")
    )
    assert _coverage(_canary(groups + antrea_policy(f"{{appliedTo: [{entry}], {DROP}}}"))) is expected
    in_rule = f"{{ingress: [{{action: Drop, appliedTo: [{entry}]}}]}}"
    assert _coverage(_canary(groups + antrea_policy(in_rule))) is expected


def test_a_namespaced_antrea_policy_applies_within_its_namespace_and_by_its_own_groups() -> None:
    spec = f"{{appliedTo: [{{group: canaries}}], {DROP}}}"
    groups = group("{podSelector: {matchLabels: {track: canary}}}", "canaries", "default")
    assert _coverage(_canary(groups + antrea_policy(spec, namespace="default"))) is Coverage.SOME
    assert _coverage(_canary(groups + antrea_policy(spec, namespace="other"))) is Coverage.NONE
    cluster_wide = group("{podSelector: {}}", "canaries")
    assert _coverage(_canary(cluster_wide + antrea_policy(spec, namespace="default"))) is Coverage.NONE


def test_rules_of_one_policy_may_apply_to_different_pods() -> None:
    rules = "[{action: Drop, appliedTo: [{podSelector: {matchLabels: {track: canary}}}]},"
    rules += " {action: Allow, appliedTo: [{podSelector: {matchLabels: {app: db}}}]}]"
    (rule,) = _canary(antrea_policy(f"{{ingress: {rules}}}")).once(rules_on)
    assert (rule.index, rule.pods) == (0, ("web-2-0",))


def test_several_entries_of_applied_to_add_up() -> None:
    entries = "{podSelector: {matchLabels: {track: canary}}}, {podSelector: {matchLabels: {app: web}}}"
    assert _coverage(_canary(antrea_policy(f"{{appliedTo: [{entries}], {DROP}}}"))) is Coverage.ALL


def test_host_network_pods_are_covered_by_no_policy_for_pods() -> None:
    everyone = network_policy("{podSelector: {}, ingress: [{}]}") + antrea_policy(
        f"{{appliedTo: [{{podSelector: {{}}}}], {DROP}}}"
    )
    only_host = case_of(with_objects(cluster(), everyone), service([host(1)]))
    assert only_host.once(rules_on) == ()
    assert only_host.once(isolations) == ()
    mixed = case_of(with_objects(cluster(), everyone), service([host(1), pod(2)]))
    assert {rule.pods for rule in mixed.once(rules_on)} == {("web-2-0",)}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("{}", Coverage.ALL),
        ("{matchLabels: {app: web}}", Coverage.ALL),
        ("{matchLabels: {app: db}}", Coverage.NONE),
        ("{matchLabels: {track: canary}}", Coverage.UNKNOWN),
        ("{matchLabels: {app: web, track: canary}}", Coverage.UNKNOWN),
        ("{matchLabels: {app: db, track: canary}}", Coverage.NONE),
        ("{matchExpressions: [{key: track, operator: DoesNotExist}]}", Coverage.UNKNOWN),
        ("{matchExpressions: [{key: app, operator: Exists}]}", Coverage.ALL),
    ],
)
def test_without_the_pods_the_service_selector_decides_or_it_is_unknown(selector: str, expected: Coverage) -> None:
    snapshot = with_objects(cluster(), network_policy(f"{{podSelector: {selector}, ingress: [{{}}]}}"))
    deployed = replace(service([pod(1), pod(2)]), pods=())
    case = case_of(_forbidden(snapshot, Source.PODS), deployed)
    assert _coverage(case) is expected
    if expected is Coverage.UNKNOWN:
        (rule,) = case.once(rules_on)
        assert rule.perhaps == ("web-1-0", "web-2-0")
        assert "labels of 2 Pods" in rule.missing[0]
        assert "pods: forbidden" in rule.missing[0]


def test_without_the_namespaces_only_their_names_decide() -> None:
    by_team = antrea_policy(f"{{appliedTo: [{{namespaceSelector: {{matchLabels: {{team: a}}}}}}], {DROP}}}")
    case = case_of(with_objects(cluster(), by_team), service([pod(1)]))
    (rule,) = case.once(rules_on)
    assert rule.selects is Coverage.UNKNOWN
    assert rule.missing == ("labels of namespace default",)
    name = "{matchLabels: {kubernetes.io/metadata.name: default}}"
    by_name = antrea_policy(f"{{appliedTo: [{{namespaceSelector: {name}}}], {DROP}}}")
    assert _coverage(case_of(with_objects(cluster(), by_name), service([pod(1)]))) is Coverage.ALL


def test_a_group_that_could_not_be_read_is_named() -> None:
    text = antrea_policy(f"{{appliedTo: [{{group: canaries}}], {DROP}}}")
    case = case_of(_forbidden(with_objects(cluster(), text), Source.CLUSTER_GROUPS), service([pod(1)]))
    (rule,) = case.once(rules_on)
    assert rule.selects is Coverage.UNKNOWN
    assert rule.missing[0].startswith("ClusterGroup canaries (clustergroups.crd.antrea.io: forbidden.")


def test_a_pod_selected_for_certain_counts_beside_pods_that_cannot_be_told() -> None:
    text = antrea_policy(
        "{appliedTo: [{podSelector: {matchLabels: {track: canary}}}, {serviceAccount: {name: a, namespace: default}}], "
        + DROP
        + "}"
    )
    (rule,) = _canary(text).once(rules_on)
    assert (rule.pods, rule.perhaps, rule.selects) == (("web-2-0",), ("web-1-0",), Coverage.SOME)
